package relay.http;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.Message;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/** Reads the JSON of a message that a publisher sends. */
final class PublishRequest {
    private static final String EXAMPLE = "send one, such as {\"topic\": \"cats\", \"message\": \"are awesome\"}";

    private @Nullable Topic topic;
    private @Nullable Text text;
    private Optional<UserId> recipient = Optional.empty();

    private PublishRequest() {}

    static Message read(Json json, ByteBuffer body) {
        PublishRequest request = new PublishRequest();
        json.readObject(body, (name, value) -> {
            switch (name) {
                case "topic" -> request.topic = value.topic();
                case "message" -> request.text = value.text();
                case "user_id" -> request.recipient = value.userIdOrNull();
                default -> throw value.unknown(name, "topic, message and user_id");
            }
        });
        return request.message();
    }

    private Message message() {
        if (topic == null) {
            throw new InvalidInputException("topic is missing: " + EXAMPLE);
        }
        if (text == null) {
            throw new InvalidInputException("message is missing: " + EXAMPLE);
        }
        return new Message(topic, recipient, text);
    }
}
