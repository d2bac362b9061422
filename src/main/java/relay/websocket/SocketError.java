package relay.websocket;

import java.nio.ByteBuffer;
import relay.json.Json;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UnavailableException;

/**
 * The answer to a client's mistake on the socket: {@code {"error":{"code":"...","detail":"..."}}}.
 *
 * @param error what was wrong
 */
record SocketError(Cause error) {
    /**
     * What was wrong.
     *
     * @param code for programs
     * @param detail for people: what was wrong and what would be right
     */
    record Cause(String code, String detail) {}

    static SocketError invalidCommand(String detail) {
        return new SocketError(new Cause("invalid_command", detail));
    }

    static SocketError notAllowed(Topic topic, TopicFilter allowed) {
        return new SocketError(
                new Cause("not_allowed", "this client may not ask for \"" + topic + "\": it may ask for " + allowed));
    }

    static SocketError unavailable(UnavailableException cause) {
        return new SocketError(new Cause("unavailable", cause.detail()));
    }

    static SocketError binary() {
        return new SocketError(
                new Cause("unsupported_frame", "binary frames mean nothing here: send text, {\"topics\":[\"cats\"]}"));
    }

    ByteBuffer frame(Json json) {
        return Frames.text(json.write(this));
    }
}
