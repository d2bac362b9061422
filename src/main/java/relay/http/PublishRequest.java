package relay.http;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import relay.json.Json;
import relay.message.ClientId;
import relay.message.InvalidInputException;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/** Reads the JSON of a message that a publisher sends. */
final class PublishRequest {
    private static final String EXAMPLE = "send one, such as {\"topic\": \"cats\", \"message\": \"are awesome\"}";

    private @Nullable List<Topic> topics;
    private @Nullable Text text;
    private boolean isNull;
    private Optional<UserId> recipient = Optional.empty();
    private Optional<Duration> ttl = Optional.empty();
    private Optional<ClientId> exclude = Optional.empty();
    private boolean retain;

    private PublishRequest() {}

    static Message read(Json json, ByteBuffer body) {
        PublishRequest request = new PublishRequest();
        json.readObject(body, (name, value) -> {
            switch (name) {
                case "topic" -> request.take(List.of(value.topic()));
                case "topics" -> request.take(value.topicsOfMessage());
                case "message" -> {
                    request.isNull = value.isNull();
                    request.text = value.text();
                }
                case "user_id" -> request.recipient = value.userIdOrNull();
                case "ttl" -> request.ttl = Optional.of(PublishOptions.ttl(value));
                case "exclude" -> request.exclude = Optional.of(PublishOptions.exclude(value.string("exclude")));
                case "retain" -> request.retain = value.trueOrFalse("retain");
                default -> throw value.unknown(name, "topic or topics, message, user_id, ttl, exclude and retain");
            }
        });
        return request.message();
    }

    private void take(List<Topic> named) {
        if (topics != null) {
            throw new InvalidInputException("topic and topics exclude each other: send one of them");
        }
        topics = named;
    }

    private Message message() {
        if (topics == null) {
            throw new InvalidInputException("topic is missing: " + EXAMPLE);
        }
        if (text == null) {
            throw new InvalidInputException("message is missing: " + EXAMPLE);
        }
        MessageOptions options = new PublishOptions(ttl, exclude, retain).forMessage(isNull);
        return new Message(topics, recipient, text, options);
    }
}
