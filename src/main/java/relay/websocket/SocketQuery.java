package relay.websocket;

import java.util.Set;
import org.eclipse.jetty.http.HttpURI;
import relay.hub.Start;
import relay.message.InvalidInputException;
import relay.message.MessageId;
import relay.uri.Parameters;

/**
 * How a client opens its socket: {@code ?format=json&after=<id>}.
 *
 * @param envelopes whether each message comes in its envelope, and commands are answered
 * @param start from where it goes on
 */
record SocketQuery(boolean envelopes, Start start) {
    /** @throws InvalidInputException if there is anything else in it */
    static SocketQuery of(HttpURI uri) {
        Parameters parameters = Parameters.of(uri).allow(Set.of("format", "after"));
        boolean envelopes = parameters
                .get("format")
                .map(format -> switch (format) {
                    case "json" -> true;
                    case "text" -> false;
                    default -> throw new InvalidInputException("format takes json or text");
                })
                .orElse(false);
        Start start = parameters
                .get("after")
                .<Start>map(id -> new Start.After(MessageId.parse(id)))
                .orElse(Start.NOW);
        return new SocketQuery(envelopes, start);
    }
}
