package relay.websocket;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import relay.json.Json;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UnavailableException;

/** The text frames that answer what a client sends on its socket. Stateless. */
final class SocketAnswer {
    /** {@code {"ok":{"topics":["cats"]}}}. */
    private record Ok(Applied ok) {}

    private record Applied(List<String> topics) {}

    /** {@code {"error":{"code":"...","detail":"..."}}}. */
    private record Failed(Cause error) {}

    private record Cause(String code, String detail) {}

    private SocketAnswer() {}

    /** A command took effect: the client now has these topics. */
    static ByteBuffer ok(Json json, Set<Topic> topics) {
        return Frames.text(
                json.write(new Ok(new Applied(topics.stream().map(Topic::name).toList()))));
    }

    static ByteBuffer invalidCommand(Json json, String detail) {
        return error(json, "invalid_command", detail);
    }

    static ByteBuffer notAllowed(Json json, Topic topic, TopicFilter allowed) {
        String detail = allowed.isNothing()
                ? "this client may subscribe to no topic: what allows it topics, its token or registration, is an empty list"
                : "this client may not subscribe to \"" + topic + "\": it may to " + allowed;
        return error(json, "not_allowed", detail);
    }

    static ByteBuffer unavailable(Json json, UnavailableException cause) {
        return error(json, "unavailable", cause.detail());
    }

    static ByteBuffer binary(Json json) {
        return error(
                json,
                "unsupported_frame",
                "binary frames are not supported: send text, such as {\"topics\":[\"cats\"]}");
    }

    private static ByteBuffer error(Json json, String code, String detail) {
        return Frames.text(json.write(new Failed(new Cause(code, detail))));
    }
}
