package relay.websocket;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import relay.json.Json;
import relay.message.Topic;

/** The answer to a command of a client that asked for answers: {@code {"ok":{"topics":["cats"]}}}. */
record SocketAnswer(Applied ok) {
    /** What is in force from now on. */
    record Applied(List<String> topics) {}

    static SocketAnswer of(Set<Topic> topics) {
        return new SocketAnswer(new Applied(topics.stream().map(Topic::name).toList()));
    }

    ByteBuffer frame(Json json) {
        return Frames.text(json.write(this));
    }
}
