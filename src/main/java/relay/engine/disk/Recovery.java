package relay.engine.disk;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Receiver;
import relay.message.Topic;
import relay.message.UserId;

/** Makes of what is read what the relay had. For the thread that starts it, once. */
final class Recovery implements LogReader.Handler {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final LiveState live;
    private final Retention retention;
    private final Receiver receiver;
    private final long nowMillis;
    private final Map<Long, StoredRegistration> byNumber = new HashMap<>();
    private final Names<Topic> topics = new Names<>(Topic::new);
    private final Names<UserId> users = new Names<>(UserId::new);
    private final List<Damage> damaged = new ArrayList<>();

    Recovery(LiveState live, Retention retention, Receiver receiver, long nowMillis) {
        this.live = live;
        this.retention = retention;
        this.receiver = receiver;
        this.nowMillis = nowMillis;
    }

    int damagedRanges() {
        return damaged.size();
    }

    @Override
    public void begins(long through) {
        if (through > 0) {
            receiver.trimmed(through);
        }
    }

    @Override
    public void damaged(Damage damage) {
        damaged.add(damage);
        LOG.error(
                "{} is damaged at byte {} ({} bytes): {}",
                damage.file(),
                damage.at(),
                damage.bytes(),
                damage.messages() == 0
                        ? "no message is lost, but perhaps what was new of a registration"
                        : "the messages after " + damage.after() + " up to " + damage.through() + " are lost");
        if (damage.messages() > 0) {
            receiver.damaged(damage.after(), damage.through());
        }
    }

    @Override
    public void message(long sequence, ByteBuffer payload, long timeMillis, long location) {
        retention.stored(sequence, timeMillis);
        byte flags = payload.get();
        Optional<Topic> topic = topics.next(payload);
        Optional<UserId> recipient = (flags & Record.HAS_RECIPIENT) == 0 ? Optional.empty() : users.next(payload);
        if ((flags & Record.HAS_KEY) != 0) {
            String key = Record.getText(payload);
            String fingerprint = Record.getText(payload);
            live.wrote(new StoredKey(key, fingerprint, sequence, timeMillis, Optional.empty()), location, nowMillis);
        }
        boolean forNobody = (flags & Record.HAS_RECIPIENT) != 0 && recipient.isEmpty();
        if (topic.isPresent() && !forNobody) {
            receiver.restored(sequence, topic.get(), recipient, location);
        }
    }

    @Override
    public void state(byte kind, long sequence, ByteBuffer payload, long location) {
        try {
            switch (kind) {
                case Record.REGISTRATION -> {
                    StoredRegistration registration = StoredRegistration.from(payload);
                    byNumber.put(registration.number, registration);
                    live.wrote(registration, location);
                }
                case Record.PRESENCE -> {
                    StoredRegistration registration = byNumber.get(payload.getLong());
                    if (registration != null) {
                        registration.readPresence(payload);
                    }
                }
                case Record.CURSORS -> cursors(sequence, payload);
                case Record.ENDED -> {
                    StoredRegistration registration = byNumber.remove(payload.getLong());
                    if (registration != null) {
                        live.remove(registration.id);
                    }
                }
                case Record.KEY -> live.wrote(StoredKey.from(payload), location, nowMillis);
                default -> throw new IllegalStateException("kind " + kind);
            }
        } catch (BufferUnderflowException e) {
            LOG.error("a record of kind {} at {} is too short: left out", kind, location, e);
        }
    }

    private void cursors(long sequence, ByteBuffer payload) {
        while (payload.hasRemaining()) {
            StoredRegistration registration = byNumber.get(Record.getNumber(payload));
            long cursor = sequence - Record.getNumber(payload);
            if (registration != null) {
                registration.cursor(cursor);
            }
        }
    }
}
