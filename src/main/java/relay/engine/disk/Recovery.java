package relay.engine.disk;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Receiver;

/** Makes of what is read what the relay had. For the thread that starts it, once. */
final class Recovery implements LogReader.Handler {
    private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

    private final StateReader states;
    private final Retention retention;
    private final Receiver receiver;
    private final long nowMillis;
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
                        ? "no message is lost, but perhaps what was new of a registration, or a retained value"
                        : "the messages after " + damage.after() + " up to " + damage.through()
                                + " are lost; what they retained or cleared is as it was before them");
        if (damage.messages() > 0) {
            receiver.damaged(damage.after(), damage.through());
        }
    }

    @Override
    public void message(long sequence, ByteBuffer payload, long timeMillis, long location) {
        retention.stored(sequence, timeMillis);
        MessageCodec.Head head = states.readMessage(sequence, payload, timeMillis, location);
        if (head != null) {
            long ageNanos = RetainedValue.ageNanos(timeMillis, nowMillis);
            // One that has expired is as if it had never been: trimming it later is no gap.
            if (!head.options().isExpired(ageNanos)) {
                receiver.restored(sequence, head.topics(), head.recipient(), location, ageNanos);
            }
        }
    }

    @Override
    public void state(byte kind, long sequence, ByteBuffer payload, long location) {
        states.read(kind, sequence, payload, location);
    }
}
