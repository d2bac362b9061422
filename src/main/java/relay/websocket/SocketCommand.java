package relay.websocket;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Topic;
import relay.uri.StartWords;

/** A command of a client: {@code {"topics":[...]}}, and where to start. */
final class SocketCommand {
    private @Nullable Set<Topic> topics;
    private final StartWords start = new StartWords();

    private SocketCommand() {}

    /**
     * Reads a command.
     *
     * @throws InvalidInputException unless the text is {@code {"topics":[...]}}, optionally with {@code "after":"<id>"},
     *     {@code "last":10} or {@code "since":"10m"}
     */
    static Subscription read(Json json, String text, int maxTopics) {
        SocketCommand command = new SocketCommand();
        json.readObject(text, (name, value) -> {
            switch (name) {
                case "topics" -> command.topics = value.topics(maxTopics);
                case "after" -> command.start.after(value.string("after"));
                case "last" -> command.start.last(value.wholeNumber("last", 0, Integer.MAX_VALUE));
                case "since" -> command.start.since(value.string("since"));
                default -> throw value.unknown(name, "topics, after, last and since");
            }
        });
        return command.subscription();
    }

    private Subscription subscription() {
        if (topics == null) {
            throw new InvalidInputException("topics is missing: send {\"topics\":[\"cats\",\"dogs\"]}");
        }
        return new Subscription(topics, start.position().orElse(StartPosition.NOW));
    }
}
