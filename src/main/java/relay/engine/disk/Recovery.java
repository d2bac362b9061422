package relay.engine.disk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Receiver;
import relay.message.Topic;
import relay.message.UserId;

/** Makes of what is read what the relay had. For the thread that starts it, once. */
final class Recovery implements LogReader.Handler {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    /** A clock may have been wrong. */
    private static final long MOST_AGE_MILLIS = TimeUnit.DAYS.toMillis(10_000);

    private final StateReader states;
    private final Retention retention;
    private final Receiver receiver;
    private final long nowMillis;
    private final Names<Topic> topics = new Names<>(Topic::new);
    private final Names<UserId> users = new Names<>(UserId::new);
    private final List<Damage> damaged = new ArrayList<>();

    /** @param nowMillis the time now, by which messages have an age */
    Recovery(StateReader states, Retention retention, Receiver receiver, long nowMillis) {
        this.nowMillis = nowMillis;
        this.states = states;
        this.retention = retention;
        this.receiver = receiver;
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
        Optional<UserId> recipient = (flags & Layout.HAS_RECIPIENT) == 0 ? Optional.empty() : users.next(payload);
        if ((flags & Layout.HAS_KEY) != 0) {
            states.readKey(sequence, payload, timeMillis, location);
        }
        boolean forNobody = (flags & Layout.HAS_RECIPIENT) != 0 && recipient.isEmpty();
        if (topic.isPresent() && !forNobody) {
            long age = Math.min(MOST_AGE_MILLIS, Math.max(0, nowMillis - timeMillis));
            receiver.restored(sequence, List.of(topic.get()), recipient, location, TimeUnit.MILLISECONDS.toNanos(age));
        }
    }

    @Override
    public void state(byte kind, long sequence, ByteBuffer payload, long location) {
        states.read(kind, sequence, payload, location);
    }
}
