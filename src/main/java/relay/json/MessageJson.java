package relay.json;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Text;
import relay.message.UserId;

/** Writes messages in envelopes, and gaps, as JSON. Stateless, for any thread. */
public final class MessageJson {
    /** The longest escape: a control character becomes 6 bytes. */
    private static final int LONGEST_ESCAPE = 6;

    /** All names, the punctuation, the longest id and the time. */
    private static final int FRAME_BYTES = 192;

    private static final byte[] MESSAGE = ",\"message\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END = "\"}".getBytes(StandardCharsets.US_ASCII);

    private final Json json;

    /** The part of an envelope before the message: {@code {"id":"...","time":"...","topic":"cats","user_id":1,"from":2}}. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Head(
            String id,
            String time,
            String topic,
            @JsonProperty("user_id") @Nullable Object userId,
            @Nullable Object from,
            @Nullable Boolean retained) {}

    /** A message in its envelope, not written yet: its text may be long. */
    public static final class Envelope {
        private final byte[] head;
        private final Text text;

        private Envelope(byte[] head, Text text) {
            this.head = head;
            this.text = text;
        }

        /** In bytes. */
        public long size() {
            return head.length - 1 + MESSAGE.length + JsonText.size(text) + END.length;
        }

        /** Appends it to a buffer that has room for it. */
        public void putInto(ByteBuffer target) {
            target.put(head, 0, head.length - 1).put(MESSAGE);
            JsonText.put(text, target);
            target.put(END);
        }
    }

    private record Next(String next) {}

    private record GapFrame(Place gap) {}

    private record Place(String topic, String after, String reason) {}

    public MessageJson(Json json) {
        this.json = json;
    }

    /** An upper bound, in bytes, of {@link #envelope}. */
    public long maxSize(Message message) {
        int characters = message.topic().name().length()
                + message.recipient().map(user -> user.value().length()).orElse(0)
                + message.options().from().map(user -> user.value().length()).orElse(0);
        return FRAME_BYTES + LONGEST_ESCAPE * characters + JsonText.size(message.text());
    }

    /**
     * {@code {"id":"...","time":"2026-11-26T10:00:00.123Z","topic":"cats","user_id":1,"message":"are awesome"}}; before the
     * message, {@code "from":2} where a client of that user published it, and {@code "retained":true} where it is sent as the retained
     * value of its topic.
     */
    public Envelope envelope(AcceptedMessage accepted) {
        Message message = accepted.message();
        byte[] head = json.write(new Head(
                accepted.id().toString(),
                TimestampText.of(accepted.timeMillis()),
                message.topic().name(),
                message.recipient().map(MessageJson::numberOrText).orElse(null),
                message.options().from().map(MessageJson::numberOrText).orElse(null),
                accepted.retained() ? Boolean.TRUE : null));
        return new Envelope(head, message.text());
    }

    /** {@code {"gap":{"topic":"cats","after":"<id>","reason":"trimmed"}}}. */
    public byte[] gap(Gap gap) {
        return json.write(new GapFrame(new Place(
                gap.topic().name(), gap.after().toString(), gap.reason().toString())));
    }

    /** {@code {"next":"<id>"}}. */
    public byte[] next(MessageId id) {
        return json.write(new Next(id.toString()));
    }

    /** A user in JSON: a number where it has one that no client would round. */
    public static Object numberOrText(UserId user) {
        Optional<Long> number = user.exactNumber();
        return number.isPresent() ? number.get() : user.value();
    }
}
