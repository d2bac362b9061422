package relay.http;

import java.nio.ByteBuffer;
import java.util.Optional;
import relay.json.Json;
import relay.json.PlainMessages;
import relay.message.InvalidInputException;
import relay.message.Message;

/**
 * Reads the JSON of a message that a publisher sends. For any thread.
 *
 * @param plain reads most messages in less time
 */
record MessageReader(Json json, PlainMessages plain) {
    /**
     * Reads a message.
     *
     * @param utf8 backed by an array
     * @throws InvalidInputException if it is none
     */
    Message read(ByteBuffer utf8) {
        Optional<Message> message = plain.read(utf8);
        return message.isPresent() ? message.get() : PublishRequest.read(json, utf8);
    }
}
