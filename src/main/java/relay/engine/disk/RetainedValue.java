package relay.engine.disk;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import relay.engine.Receiver;
import relay.message.Message;
import relay.message.Topic;
import relay.message.UserId;

/**
 * The retained value of a topic as it is kept.
 *
 * @param sequence of the message that has set it
 * @param timeMillis when that was
 * @param message with that topic only
 */
record RetainedValue(long sequence, long timeMillis, Message message) {
    /** What it takes of the heap beside its texts. */
    private static final int OBJECT_BYTES = 300;

    /** A clock may have been wrong. */
    private static final long MOST_AGE_MILLIS = TimeUnit.DAYS.toMillis(10_000);

    /** Which value it is: a newer one of the same name replaces it. */
    record Name(Topic topic, Optional<UserId> recipient) {}

    Name name() {
        return new Name(message.topic(), message.recipient());
    }

    /** What it takes of a segment and of the heap, about. */
    int bytes() {
        return OBJECT_BYTES
                + message.text().size()
                + message.topic().name().length()
                + message.recipient().map(user -> user.value().length()).orElse(0);
    }

    /** How many bytes {@link #putInto} writes at most. */
    int payloadBytes() {
        return 2 * Long.BYTES
                + 1
                + 2 * Short.BYTES
                + Layout.utf8(message.topic().name()).length
                + message.recipient()
                        .map(user -> Layout.utf8(user.value()).length)
                        .orElse(0)
                + MessageCodec.more(message).length
                + message.text().size();
    }

    void putInto(ByteBuffer target) {
        target.putLong(sequence).putLong(timeMillis).put(MessageCodec.flags(message));
        Layout.putText(target, Layout.utf8(message.topic().name()));
        message.recipient().ifPresent(user -> Layout.putText(target, Layout.utf8(user.value())));
        target.put(MessageCodec.more(message));
        message.text().putInto(target);
    }

    /** Absent if this version knows no such topic or user. */
    static @Nullable RetainedValue from(ByteBuffer source, MessageCodec.Parts parts, boolean withText) {
        long sequence = source.getLong();
        long time = source.getLong();
        MessageCodec.Head head = MessageCodec.head(source, parts, MessageCodec.KeyReader.SKIP);
        return head == null
                ? null
                : new RetainedValue(sequence, time, withText ? head.withText(source) : head.withoutText());
    }

    boolean isExpired(long nowMillis) {
        return message.options().isExpired(ageNanos(timeMillis, nowMillis));
    }

    Receiver.Past past(long nowMillis) {
        return new Receiver.Past(sequence, timeMillis, message, ageNanos(timeMillis, nowMillis));
    }

    /** How long ago a time was, by the machine's clock: from 0 to some decades. */
    static long ageNanos(long timeMillis, long nowMillis) {
        return TimeUnit.MILLISECONDS.toNanos(Math.min(MOST_AGE_MILLIS, Math.max(0, nowMillis - timeMillis)));
    }
}
