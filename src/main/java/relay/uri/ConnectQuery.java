package relay.uri;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpURI;
import relay.message.InvalidInputException;

/**
 * How a client opens its connection, whatever its wire: {@code ?format=json&after=<id>}.
 *
 * @param envelopes whether each message comes in its envelope
 * @param after the id of the last message that the client has had, by its own account, as it was sent
 */
public record ConnectQuery(boolean envelopes, Optional<String> after) {
    private static final String LAST_EVENT_ID = "lastEventId";

    /** As libraries spell it that cannot send the header {@code Last-Event-ID}, or do not want to. */
    private static final Pattern LAST_EVENT_ID_SPELLINGS =
            Pattern.compile("(evs_)?last[-_]?event[-_]?id", Pattern.CASE_INSENSITIVE);

    /** What the library that sends {@code evs_last_event_id} says beside it, of how it wants to be served by others. */
    private static final Set<String> MEANINGLESS = Set.of("evs_buffer_size_limit", "evs_preamble");

    /**
     * Reads the query.
     *
     * @throws InvalidInputException if there is anything else in it
     */
    public static ConnectQuery of(HttpURI uri) {
        Parameters parameters = Parameters.of(uri).allow(Set.of("format", "after"));
        return new ConnectQuery(envelopes(parameters), parameters.get("after"));
    }

    /**
     * Reads the query of an event stream, to which libraries append the id of the last event. The last one counts, before
     * {@code after}: those in front of it are the page's own. An empty one is that of a client that has had none.
     *
     * @throws InvalidInputException if there is anything else in it
     */
    public static ConnectQuery ofStream(HttpURI uri) {
        Parameters parameters = Parameters.of(uri, ConnectQuery::nameOnStreams)
                .allow(Set.of("format", "after", LAST_EVENT_ID), Optional.of(LAST_EVENT_ID));
        Optional<String> after = parameters.getLast(LAST_EVENT_ID).or(() -> parameters.get("after"));
        return new ConnectQuery(envelopes(parameters), after);
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
