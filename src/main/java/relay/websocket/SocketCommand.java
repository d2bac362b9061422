package relay.websocket;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.Topic;

/**
 * What a client asks for on its socket.
 *
 * @param topics what it wants to receive, and nothing else
 */
record SocketCommand(Set<Topic> topics) {
    /** @throws InvalidInputException if the text is anything but {@code {"topics":[...]}} */
    static SocketCommand read(Json json, String text, int maxTopics) {
        Reader reader = new Reader();
        json.readObject(text, (name, value) -> {
            if (!name.equals("topics")) {
                throw value.unknown(name, "topics");
            }
            reader.topics = value.topics(maxTopics);
        });
        return reader.command();
    }

    private static final class Reader {
        private @Nullable Set<Topic> topics;

        SocketCommand command() {
            if (topics == null) {
                throw new InvalidInputException("topics is missing: send {\"topics\":[\"cats\",\"dogs\"]}");
            }
            return new SocketCommand(topics);
        }
    }
}
