package relay.uri;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpURI;
import relay.message.InvalidInputException;
import relay.message.MessageId;
import relay.message.StartPosition;

/**
 * The query of a connect: {@code ?format=json&after=<id>}, the same for WebSockets and event streams. It is in no log: it may hold
 * a credential.
 *
 * @param envelopes whether each message comes in an envelope
 * @param start from where the client goes on; {@link StartPosition#NOW} if it does not say
 * @param direct what a client says that comes without a registration; empty for one that has one
 */
public record ConnectQuery(boolean envelopes, StartPosition start, Optional<DirectQuery> direct) {
    private static final String LAST_EVENT_ID = "lastEventId";
    private static final String REFUSE = "refuse";

    /** The names that libraries use that cannot, or do not want to, send the header {@code Last-Event-ID}. */
    private static final Pattern LAST_EVENT_ID_SPELLINGS =
            Pattern.compile("(evs_)?last[-_]?event[-_]?id", Pattern.CASE_INSENSITIVE);

    /** The library that sends {@code evs_last_event_id} also sends these; they are meant for other servers. */
    private static final Set<String> MEANINGLESS = Set.of("evs_buffer_size_limit", "evs_preamble");

    private static final List<String> WORDS = List.of("format", "after", "last", "since");

    /**
     * Reads the query of a WebSocket.
     *
     * @throws InvalidInputException if it has other parameters, or one is malformed
     */
    public static ConnectQuery ofWebSocket(HttpURI uri, Route route, int maxTopics) {
        Parameters parameters = Parameters.of(uri);
        allow(parameters, route, REFUSE);
        parameters.get(REFUSE).filter(how -> !how.equals("close")).ifPresent(other -> {
            throw new InvalidInputException("refuse takes close");
        });
        return new ConnectQuery(envelopes(parameters), start(parameters), direct(parameters, route, maxTopics));
    }

    /** Whether the query of a WebSocket asks for a close frame in place of a refusal. */
    public static boolean wantsRefusalsAsClose(HttpURI uri) {
        try {
            return Parameters.of(uri).get(REFUSE).equals(Optional.of("close"));
        } catch (InvalidInputException e) {
            return false;
        }
    }

    /**
     * Reads the query of an event stream. Libraries append the id of the last event, so the last one counts: earlier ones
     * were in the URL of the page. An empty one means that the client has received no event. The header of a browser that
     * reconnects is newer still. Either overrides where the URL says to start, since that was for the first connection.
     *
     * @param lastEventId the header {@code Last-Event-ID}
     * @throws InvalidInputException if it has other parameters, or one is malformed
     */
    public static ConnectQuery ofStream(HttpURI uri, Route route, int maxTopics, Optional<String> lastEventId) {
        Parameters parameters = Parameters.of(uri, ConnectQuery::nameOnStreams);
        allow(parameters, route, LAST_EVENT_ID);
        StartPosition start = lastEventId
                .filter(id -> !id.isEmpty())
                .or(() -> parameters.getLast(LAST_EVENT_ID))
                .<StartPosition>map(id -> new StartPosition.After(MessageId.parse(id)))
                .orElseGet(() -> start(parameters));
        return new ConnectQuery(envelopes(parameters), start, direct(parameters, route, maxTopics));
    }

    private static void allow(Parameters parameters, Route route, String ofThisWire) {
        Set<String> names = new TreeSet<>(WORDS);
        names.add(ofThisWire);
        Set<String> repeated = new TreeSet<>(Set.of(LAST_EVENT_ID));
        if (route.isDirect()) {
            names.addAll(DirectQuery.NAMES);
            repeated.addAll(DirectQuery.REPEATED);
        }
        parameters.allow(names, repeated);
    }

    private static Optional<DirectQuery> direct(Parameters parameters, Route route, int maxTopics) {
        return route.isDirect() ? Optional.of(DirectQuery.of(parameters, route, maxTopics)) : Optional.empty();
    }

    private static StartPosition start(Parameters parameters) {
        return StartWords.in(parameters).position().orElse(StartPosition.NOW);
    }

    private static Optional<String> nameOnStreams(String name) {
        if (MEANINGLESS.contains(name)) {
            return Optional.empty();
        }
        return Optional.of(LAST_EVENT_ID_SPELLINGS.matcher(name).matches() ? LAST_EVENT_ID : name);
    }

    private static boolean envelopes(Parameters parameters) {
        return switch (parameters.get("format").orElse("text")) {
            case "json" -> true;
            case "text" -> false;
            default -> throw new InvalidInputException("format takes json or text");
        };
    }
}
