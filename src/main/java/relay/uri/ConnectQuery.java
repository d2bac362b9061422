package relay.uri;

import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpURI;
import relay.message.InvalidInputException;

/**
 * How a client opens its connection, whatever its wire: {@code ?format=json&after=<id>}.
 *
 * @param envelopes whether each message comes in its envelope
 * @param after the id of the last message that the client has had, by its own account, as it was sent
 */
public record ConnectQuery(boolean envelopes, Optional<String> after) {
    /**
     * Reads the query.
     *
     * @throws InvalidInputException if there is anything else in it
     */
    public static ConnectQuery of(HttpURI uri) {
        Parameters parameters = Parameters.of(uri).allow(Set.of("format", "after"));
        boolean envelopes = switch (parameters.get("format").orElse("text")) {
            case "json" -> true;
            case "text" -> false;
            default -> throw new InvalidInputException("format takes json or text");
        };
        return new ConnectQuery(envelopes, parameters.get("after"));
    }
}
