package relay.websocket;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import relay.engine.IdempotencyKey;
import relay.json.Json;
import relay.json.JsonValue;
import relay.message.InvalidInputException;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Subscription.Change;
import relay.message.Text;
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
     * {@code {"publish":{"topic":"chat.1","message":"hi"}}}.
     *
     * @param key makes it one message however often it is sent; empty: each time is a new message
     */
    record Publish(Topic topic, Text text, Optional<String> key) implements SocketCommand {}

    /**
     * Reads a command.
     *
     * @throws InvalidInputException unless the text is {@code {"topics":[...]}} or {@code {"add":[...]}}, optionally with
     *     {@code "after":"<id>"}, {@code "last":10} or {@code "since":"10m"}, or {@code {"remove":[...]}}, or {@code {"token":"..."}}, or
     *     {@code {"publish":{"topic":"chat.1","message":"hi"}}}, optionally with a {@code "key"}
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
                case "publish" -> builder.publish = publish(value);
                default ->
                    throw value.unknown(
                            name, "topics, add or remove, with after, last or since, or token or publish alone");
            }
        });
        return builder.build();
    }

    private static Publish publish(JsonValue value) throws IOException {
        PublishWords words = new PublishWords();
        value.object("publish", PublishWords.EXAMPLE, (name, field) -> {
            switch (name) {
                case "topic" -> words.topic = field.topic();
                case "message" -> words.text = field.text();
                case "key" -> words.key = IdempotencyKey.checked(field.string("key"));
                default -> throw field.unknown(name, "topic, message and key in publish");
            }
        });
        return words.command();
    }

    /** What has been read of a message. */
    final class PublishWords {
        private static final String EXAMPLE = "{\"publish\":{\"topic\":\"cats\",\"message\":\"are awesome\"}}";

        private @Nullable Topic topic;
        private @Nullable Text text;
        private @Nullable String key;

        private PublishWords() {}

        private Publish command() {
            return new Publish(required("topic", topic), required("message", text), Optional.ofNullable(key));
        }

        private static <T> T required(String name, @Nullable T value) {
            if (value == null) {
                throw new InvalidInputException(name + " is missing in publish: send " + EXAMPLE);
            }
            return value;
        }
    }

    /** What has been read of one. */
    final class Builder {
        /** As long as a whole header may be: a client cannot have come with a longer one. */
        private static final int LONGEST_TOKEN = 8192;

        private final StartWords start = new StartWords();
        private Set<Topic> topics = Set.of();
        private @Nullable Change change;
        private @Nullable String token;
        private @Nullable Publish publish;

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
                requireAlone("token", publish != null);
                return renewal(token);
            }
            if (publish != null) {
                requireAlone("publish", false);
                return publish;
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

        private void requireAlone(String word, boolean hasOther) {
            if (hasOther || change != null || start.position().isPresent()) {
                throw new InvalidInputException(
                        word + " stands alone: send the other words in a command of their own, behind it");
            }
        }

        private SocketCommand renewal(String given) {
            if (given.length() > LONGEST_TOKEN) {
                throw new InvalidInputException("token is too long: at most " + LONGEST_TOKEN + " characters");
            }
            return new Renew(given);
        }
    }
}
