package relay.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigInteger;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.UserId;

/** A message in its envelope, and the word of a gap, as JSON. Stateless, for any thread. */
public final class MessageJson {
    /** The most bytes that one character of a text takes in JSON: a control character, written as an escape. */
    private static final int LONGEST_ESCAPE = 6;

    private static final int FRAME_BYTES = 160;

    private final Json json;

    /** One message: {@code {"id":"...","topic":"cats","user_id":1,"message":"are awesome"}}. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Envelope(
            String id,
            String topic,
            @JsonProperty("user_id") @Nullable Object userId,
            String message) {}

    private record GapFrame(Place gap) {}

    private record Place(String topic, String after, String reason) {}

    public MessageJson(Json json) {
        this.json = json;
    }

    /** An upper bound, in bytes, of {@link #envelope}. */
    public int maxSize(Message message) {
        int characters = message.topic().name().length()
                + message.recipient().map(user -> user.value().length()).orElse(0);
        return FRAME_BYTES + LONGEST_ESCAPE * (characters + message.text().size());
    }

    /** A message with all that is known of it. */
    public byte[] envelope(MessageId id, Message message) {
        return json.write(new Envelope(
                id.toString(),
                message.topic().name(),
                message.recipient().map(MessageJson::numberOrText).orElse(null),
                message.text().toString()));
    }

    /** {@code {"gap":{"topic":"cats","after":"<id>","reason":"trimmed"}}}. */
    public byte[] gap(Gap gap) {
        return json.write(new GapFrame(new Place(
                gap.topic().name(), gap.after().toString(), gap.reason().toString())));
    }

    /** A user as JSON has it: one who can be named by a number is: that is the shorter of the two names. */
    public static Object numberOrText(UserId user) {
        Optional<BigInteger> number = user.number();
        return number.isPresent() ? number.get() : user.value();
    }
}
