package relay.websocket;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Topic;

/** A command of a client: {@code {"topics":[...]}}, and where to start. */
final class SocketCommand {
    private @Nullable Set<Topic> topics;
    private @Nullable StartPosition start;

    private SocketCommand() {}

    /**
     * Reads a command.
     *
     * @throws InvalidInputException unless the text is {@code {"topics":[...]}}, optionally with {@code "after":"<id>"} or
     *     {@code "last":10}
     */
    static Subscription read(Json json, String text, int maxTopics) {
        SocketCommand command = new SocketCommand();
        json.readObject(text, (name, value) -> {
            switch (name) {
                case "topics" -> command.topics = value.topics(maxTopics);
                case "after" -> command.startAt(new StartPosition.After(MessageId.parse(value.string("after"))));
                case "last" ->
                    command.startAt(new StartPosition.Last((int) value.wholeNumber("last", 0, Integer.MAX_VALUE)));
                default -> throw value.unknown(name, "topics, after and last");
            }
        });
        return command.subscription();
    }

    private void startAt(StartPosition wanted) {
        if (start != null) {
            throw new InvalidInputException("after and last exclude each other: send one of them");
        }
        start = wanted;
    }

    private Subscription subscription() {
        if (topics == null) {
            throw new InvalidInputException("topics is missing: send {\"topics\":[\"cats\",\"dogs\"]}");
        }
        return new Subscription(topics, start == null ? StartPosition.NOW : start);
    }
}
