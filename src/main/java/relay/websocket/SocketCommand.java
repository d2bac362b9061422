package relay.websocket;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Subscription.Change;
import relay.message.Topic;
import relay.uri.StartWords;

/** A command of a client. */
sealed interface SocketCommand {
    /** {@code {"topics":[...]}} or {@code {"add":[...]}}, and where to start; or {@code {"remove":[...]}}. */
    record Subscribe(Subscription wanted) implements SocketCommand {}

    /** {@code {"token":"..."}}: another token for the connection. It is in no log. */
    record Renew(String token) implements SocketCommand {
        @Override
        public String toString() {
            return "Renew";
        }
    }

    /**
     * Reads a command.
     *
     * @throws InvalidInputException unless the text is {@code {"topics":[...]}} or {@code {"add":[...]}}, optionally with
     *     {@code "after":"<id>"}, {@code "last":10} or {@code "since":"10m"}, or {@code {"remove":[...]}}, or {@code {"token":"..."}}
     */
    static SocketCommand read(Json json, String text, int maxTopics) {
        Builder builder = new Builder();
        json.readObject(text, (name, value) -> {
            switch (name) {
                case "topics" -> builder.change(Change.REPLACE, value.topics("topics", maxTopics));
                case "add" -> builder.change(Change.ADD, value.topics("add", maxTopics));
                case "remove" -> builder.change(Change.REMOVE, value.topics("remove", maxTopics));
                case "after" -> builder.start.after(value.string("after"));
                case "last" -> builder.start.last(value.wholeNumber("last", 0, Integer.MAX_VALUE));
                case "since" -> builder.start.since(value.string("since"));
                case "token" -> builder.token = value.string("token");
                default ->
                    throw value.unknown(name, "topics, add or remove, with after, last or since, or token alone");
            }
        });
        return builder.build();
    }

    /** What has been read of one. */
    final class Builder {
        /** As long as a whole header may be: a client cannot have come with a longer one. */
        private static final int LONGEST_TOKEN = 8192;

        private final StartWords start = new StartWords();
        private Set<Topic> topics = Set.of();
        private @Nullable Change change;
        private @Nullable String token;

        private Builder() {}

        private void change(Change wanted, Set<Topic> named) {
            if (change != null && change != wanted) {
                throw new InvalidInputException(
                        "topics, add and remove exclude each other: send one of them, and the next in a command of its own");
            }
            change = wanted;
            topics = named;
        }

        private SocketCommand build() {
            if (token != null) {
                return renewal(token);
            }
            if (change == null) {
                throw new InvalidInputException("topics is missing: send {\"topics\":[\"cats\",\"dogs\"]}");
            }
            if (change == Change.REMOVE && start.position().isPresent()) {
                throw new InvalidInputException(
                        "remove takes no after, last or since: they say from where messages are wanted, for topics and add");
            }
            return new Subscribe(
                    new Subscription(change, topics, start.position().orElse(StartPosition.NOW)));
        }

        private SocketCommand renewal(String given) {
            if (change != null || start.position().isPresent()) {
                throw new InvalidInputException(
                        "token stands alone: send the other words in a command of their own, behind it");
            }
            if (given.length() > LONGEST_TOKEN) {
                throw new InvalidInputException("token is too long: at most " + LONGEST_TOKEN + " characters");
            }
            return new Renew(given);
        }
    }
}
