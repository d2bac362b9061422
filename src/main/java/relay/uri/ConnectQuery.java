package relay.uri;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpURI;
import relay.message.InvalidInputException;
import relay.message.MessageId;
import relay.message.StartPosition;

/**
 * The query of a connect: {@code ?format=json&after=<id>}, the same for WebSockets and event streams.
 *
 * @param envelopes whether each message comes in an envelope
 * @param start from where the client goes on; {@link StartPosition#NOW} if it does not say
 */
public record ConnectQuery(boolean envelopes, StartPosition start) {
    private static final String LAST_EVENT_ID = "lastEventId";

    /** The names that libraries use that cannot, or do not want to, send the header {@code Last-Event-ID}. */
    private static final Pattern LAST_EVENT_ID_SPELLINGS =
            Pattern.compile("(evs_)?last[-_]?event[-_]?id", Pattern.CASE_INSENSITIVE);

    /** The library that sends {@code evs_last_event_id} also sends these; they are meant for other servers. */
    private static final Set<String> MEANINGLESS = Set.of("evs_buffer_size_limit", "evs_preamble");

    /**
     * Reads the query of a WebSocket.
     *
     * @throws InvalidInputException if it has other parameters
     */
    public static ConnectQuery of(HttpURI uri) {
        Parameters parameters = Parameters.of(uri).allow(Set.of("format", "after", "last", "since"));
        return new ConnectQuery(envelopes(parameters), start(parameters));
    }

    /**
     * Reads the query of an event stream. Libraries append the id of the last event, so the last one counts: earlier ones
     * were in the URL of the page. An empty one means that the client has received no event. The header of a browser that
     * reconnects is newer still. Either overrides where the URL says to start, since that was for the first connection.
     *
     * @param lastEventId the header {@code Last-Event-ID}
     * @throws InvalidInputException if it has other parameters
     */
    public static ConnectQuery ofStream(HttpURI uri, Optional<String> lastEventId) {
        Parameters parameters = Parameters.of(uri, ConnectQuery::nameOnStreams)
                .allow(Set.of("format", "after", "last", "since", LAST_EVENT_ID), Optional.of(LAST_EVENT_ID));
        StartPosition start = lastEventId
                .filter(id -> !id.isEmpty())
                .or(() -> parameters.getLast(LAST_EVENT_ID))
                .<StartPosition>map(id -> new StartPosition.After(MessageId.parse(id)))
                .orElseGet(() -> start(parameters));
        return new ConnectQuery(envelopes(parameters), start);
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
