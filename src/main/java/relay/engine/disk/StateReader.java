package relay.engine.disk;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes registrations and idempotency keys of their records, in the order of these. For one thread. */
final class StateReader {
    private static final Logger LOG = LoggerFactory.getLogger(StateReader.class);

    private final LiveState live;
    private final long nowMillis;
    private final Map<Long, StoredRegistration> byNumber = new HashMap<>();

    /** @param live takes them in */
    StateReader(LiveState live, long nowMillis) {
        this.live = live;
        this.nowMillis = nowMillis;
    }

    /** Reads the key of a message, which is next in its payload. */
    void readKey(long sequence, ByteBuffer payload, long timeMillis, long location) {
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
