package relay.engine.disk;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.Message;
import relay.message.MessageOptions.Retain;

/** Makes registrations, idempotency keys and retained values of their records, in the order of these. For one thread. */
final class StateReader {
    private static final Logger LOG = LoggerFactory.getLogger(StateReader.class);

    private final LiveState live;
    private final long nowMillis;
    private final MessageCodec.Parts parts;
    private final boolean withTexts;
    private final Map<Long, StoredRegistration> byNumber = new HashMap<>();

    /**
     * A reader.
     *
     * @param live takes them in
     * @param withTexts whether retained values are to have their texts
     */
    StateReader(LiveState live, long nowMillis, MessageCodec.Parts parts, boolean withTexts) {
        this.live = live;
        this.nowMillis = nowMillis;
        this.parts = parts;
        this.withTexts = withTexts;
    }

    /**
     * Reads a message: its key, and the value that it sets or clears.
     *
     * @return the message without its text; absent if this version knows none of its topics, or not whom it is for
     */
    MessageCodec.@Nullable Head readMessage(long sequence, ByteBuffer payload, long timeMillis, long location) {
        MessageCodec.Head head =
                MessageCodec.head(payload, parts, keyed -> readKey(sequence, keyed, timeMillis, location));
        if (head != null && head.options().retain() != Retain.NO) {
            Message message = withTexts ? head.withText(payload) : head.withoutText();
            live.retained().stored(sequence, timeMillis, message, location);
        }
        return head;
    }

    private void readKey(long sequence, ByteBuffer payload, long timeMillis, long location) {
        String key = Layout.getText(payload);
        String fingerprint = Layout.getText(payload);
        live.wrote(new StoredKey(key, fingerprint, sequence, timeMillis, Optional.empty()), location, nowMillis);
    }

    /** Reads a record that is no message. */
    void read(byte kind, long sequence, ByteBuffer payload, long location) {
        try {
            switch (kind) {
                case Layout.REGISTRATION -> {
                    StoredRegistration registration = StoredRegistration.from(payload);
                    byNumber.put(registration.number, registration);
                    live.wrote(registration, location);
                }
                case Layout.PRESENCE -> {
                    StoredRegistration registration = byNumber.get(payload.getLong());
                    if (registration != null) {
                        registration.readPresence(payload);
                    }
                }
                case Layout.CURSORS -> cursors(sequence, payload);
                case Layout.ENDED -> {
                    StoredRegistration registration = byNumber.remove(payload.getLong());
                    if (registration != null) {
                        live.remove(registration.id);
                    }
                }
                case Layout.RETAINED -> {
                    RetainedValue value = RetainedValue.from(payload, parts, withTexts);
                    if (value != null) {
                        live.retained().wrote(value, location);
                    }
                }
                case Layout.KEY -> live.wrote(StoredKey.from(payload), location, nowMillis);
                default -> throw new IllegalStateException("kind " + kind);
            }
        } catch (BufferUnderflowException e) {
            LOG.error("a record of kind {} at {} is too short: left out", kind, location, e);
        }
    }

    private void cursors(long sequence, ByteBuffer payload) {
        while (payload.hasRemaining()) {
            StoredRegistration registration = byNumber.get(Layout.getNumber(payload));
            long cursor = sequence - Layout.getNumber(payload);
            if (registration != null) {
                registration.cursor(cursor);
            }
        }
    }
}
