package relay.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import relay.message.InvalidInputException;
import relay.message.Message;
import relay.message.Subscription;
import relay.message.Text;
import relay.message.Topic;
import relay.message.TopicPattern;
import relay.message.UserId;

/**
 * The value of the field that is being read. Call exactly one of the methods, in the reader's thread. Each throws {@link
 * InvalidInputException} if the value has another type or is out of bounds.
 */
public final class JsonValue {
    private final JsonParser parser;
    private final char[] source;

    JsonValue(JsonParser parser, char[] source) {
        this.parser = parser;
        this.source = source;
    }

    /** A topic that is no pattern. */
    public Topic topic() throws IOException {
        return Topic.exact(topicText("topic"));
    }

    /** An array of the topics and patterns that a client asks for; duplicates count once. */
    public Set<Topic> topics(int most) throws IOException {
        return topics("topics", most);
    }

    /** An array of topics and patterns, in the field of this name; duplicates count once. */
    public Set<Topic> topics(String name, int most) throws IOException {
        Set<Topic> topics = strings(name, "[\"cats\",\"news.*\"]", most, () -> new Topic(topicText("a topic")));
        Subscription.requireFewPatterns(topics);
        return topics;
    }

    /** An array of the topics of one message: at least one, each once, none of them a pattern. */
    public List<Topic> topicsOfMessage() throws IOException {
        requireArray("topics", "[\"cats\",\"dogs\"]");
        Set<Topic> topics = new LinkedHashSet<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            Topic topic = Topic.exact(topicText("a topic"));
            if (!topics.add(topic)) {
                throw new InvalidInputException("topics has \"" + topic + "\" twice: name each topic once");
            }
            if (topics.size() > Message.MOST_TOPICS) {
                throw new InvalidInputException(
                        "topics has too many entries: at most " + Message.MOST_TOPICS + " for a message");
            }
        }
        if (topics.isEmpty()) {
            throw new InvalidInputException(
                    "topics is empty: name 1 to " + Message.MOST_TOPICS + " topics, such as [\"cats\",\"dogs\"]");
        }
        return List.copyOf(topics);
    }

    /** An array of patterns of topics; duplicates count once. */
    public Set<TopicPattern> topicPatterns(String name, int most) throws IOException {
        return strings(name, "[\"cats\",\"news.*\"]", most, () -> new TopicPattern(topicText("a pattern of topics")));
    }

    /** A user, as a number or a string. */
    public UserId userId() throws IOException {
        return switch (parser.currentToken()) {
            case VALUE_NUMBER_INT -> UserId.of(parser.getBigIntegerValue());
            case VALUE_STRING -> new UserId(parser.getText());
            default ->
                throw new InvalidInputException(
                        "user_id is neither a whole number nor a string: send a whole number from 0 to 2^64-1, or a string of 1"
                                + " to " + UserId.MAX_CHARACTERS + " characters");
        };
    }

    /** A user, or empty for {@code null}. */
    public Optional<UserId> userIdOrNull() throws IOException {
        return isNull() ? Optional.empty() : Optional.of(userId());
    }

    /** The text of a string; any other value as its JSON text, unchanged. */
    public Text text() throws IOException {
        if (parser.currentToken().isScalarValue()) {
            return Text.of(parser.getText());
        }
        int start = Math.toIntExact(parser.currentTokenLocation().getCharOffset());
        parser.skipChildren();
        int end = Math.toIntExact(parser.currentLocation().getCharOffset());
        return Text.of(new String(source, start, end - start));
    }

    /** The JSON text of each element of an array, unchanged. */
    public List<Text> elements(String name, int most) throws IOException {
        requireArray(name, "[{}]");
        List<Text> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (elements.size() == most) {
                throw new InvalidInputException(name + " has too many entries: at most " + most);
            }
            elements.add(text());
        }
        return elements;
    }

    /** Whether it is {@code null}. May be asked before the value is read. */
    public boolean isNull() {
        return parser.currentToken() == JsonToken.VALUE_NULL;
    }

    /** {@code true} or {@code false}. */
    public boolean trueOrFalse(String name) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_TRUE && parser.currentToken() != JsonToken.VALUE_FALSE) {
            throw new InvalidInputException(name + " takes true or false, without quotes");
        }
        return parser.getBooleanValue();
    }

    /** A string. */
    public String string(String name) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw new InvalidInputException(name + " is not a string: send one, in quotes");
        }
        return parser.getText();
    }

    /** A whole number within bounds. */
    public long wholeNumber(String name, long least, long most) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            try {
                long number = parser.getBigIntegerValue().longValueExact();
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (ArithmeticException e) {
                throw outOfBounds(name, least, most);
            }
        }
        throw outOfBounds(name, least, most);
    }

    /** The error for an unknown field. */
    public InvalidInputException unknown(String name, String known) {
        return new InvalidInputException("unknown field \"" + name + "\": there are " + known);
    }

    private <T> Set<T> strings(String name, String example, int most, Element<T> element) throws IOException {
        requireArray(name, example);
        Set<T> read = new LinkedHashSet<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            read.add(element.read());
            if (read.size() > most) {
                throw new InvalidInputException(name + " has too many entries: at most " + most + " for a client");
            }
        }
        return read;
    }

    private void requireArray(String name, String example) {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw new InvalidInputException(name + " is not an array: send one of strings, such as " + example);
        }
    }

    @FunctionalInterface
    private interface Element<T> {
        T read() throws IOException;
    }

    private String topicText(String what) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw new InvalidInputException(
                    what + " is not a string: send 1 to " + Topic.MAX_CHARACTERS + " characters in quotes");
        }
        return parser.getText();
    }

    private static InvalidInputException outOfBounds(String name, long least, long most) {
        return new InvalidInputException(name + " takes a whole number from " + least + " to " + most);
    }
}
