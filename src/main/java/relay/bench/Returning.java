package relay.bench;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber that comes back whenever its connection has ended, and continues after the last message that it received: after a
 * cut at the planned moment, after anything else soon. Its state is guarded by the {@link Tally} of its loop.
 */
final class Returning implements Course {
    private static final int LONGEST_ID = 64;

    /** Between two attempts to connect; with many subscribers, longer, so that the attempts do not take the machine. */
    private static final long SHORTEST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(400);
    private static final long WAIT_NANOS_OF_EACH = TimeUnit.MICROSECONDS.toNanos(200);

    private final ReaderLoop loop;
    private final Returns returns;
    private final BenchOptions options;
    private final int number;
    private final Course.Steady counted;
    private final byte[] lastId = new byte[LONGEST_ID];
    private int lastIdLength;
    private @Nullable CutPlan plan;
    private @Nullable Subscriber connection;
    private int cuts;
    private boolean returned;
    private long wantedAt;
    private long openedAt;
    private long openedAtMillis;
    private long lastReplayedAt;
    private boolean replays;

    /** @param number its number among all the subscribers of the run */
    Returning(ReaderLoop loop, Returns returns, BenchOptions options, int number, Course.Steady counted) {
        this.loop = loop;
        this.returns = returns;
        this.options = options;
        this.number = number;
        this.counted = counted;
    }

    /** From now on its connections are cut according to the plan. */
    void begin(CutPlan wanted) {
        synchronized (loop.tally()) {
            plan = wanted;
            scheduleCut();
        }
    }

    /** The run has ended. */
    void end() {
        synchronized (loop.tally()) {
            replayEnds();
        }
    }

    @Override
    public int looked() {
        return Envelope.HEAD_BYTES;
    }

    /** The first time, a registration with {@code keep} begins where the relay was when it registered. */
    @Override
    public String resource(String registered) {
        synchronized (loop.tally()) {
            String id = new String(lastId, 0, lastIdLength, StandardCharsets.US_ASCII);
            return registered + "?format=json" + (id.isEmpty() ? "" : "&after=" + id);
        }
    }

    @Override
    public void opened(Subscriber opened) {
        synchronized (loop.tally()) {
            connection = opened;
            openedAt = loop.clock().nanos();
            openedAtMillis = System.currentTimeMillis();
            if (returned) {
                returns.back(openedAt - wantedAt);
            }
            scheduleCut();
        }
    }

    @Override
    public void text(ByteBuffer bytes, int at, long length) {
        int textAt = Envelope.textAt(bytes, at, length, options.size());
        if (textAt < 0) {
            if (Envelope.isGap(bytes, at, length)) {
                returns.gaps.increment();
            } else {
                loop.tally().addForeign();
            }
            return;
        }
        lastIdLength = Envelope.copyId(bytes, at, lastId);
        if (loop.tally().isNew(counted.number(), counted.topic(), bytes, textAt, options.size())) {
            long sentAt = Stamp.moment(bytes, textAt);
            if (returned && sentAt - openedAt < 0 && wasMissed(bytes, at)) {
                replays = true;
                lastReplayedAt = loop.tally().replayed(sentAt);
            } else {
                loop.tally().live(sentAt);
            }
        }
    }

    @Override
    public boolean ended(Subscriber.Spec spec, boolean wasOpen, Throwable cause) {
        synchronized (loop.tally()) {
            if (!wasOpen && !returned) {
                return false;
            }
            if (wasOpen) {
                goes(loop.clock().nanos());
            }
        }
        if (options.restarts() == 0 || cause instanceof ProtocolException || cause instanceof Stalls.Closed) {
            loop.fault(cause);
        } else if (wasOpen) {
            returns.lost.increment();
        }
        if (cause instanceof ProtocolException) {
            return true;
        }
        long wait = Math.max(WAIT_NANOS, WAIT_NANOS_OF_EACH * options.connections());
        loop.after(SHORTEST_WAIT_NANOS + ThreadLocalRandom.current().nextLong(wait), () -> loop.connect(spec));
        return true;
    }

    /**
     * What publishers that are behind send may be due before the connection was open, and accepted later. A relay that is started for
     * the run has this machine's clock, and so tells.
     */
    private boolean wasMissed(ByteBuffer bytes, int at) {
        return options.url().isPresent() || Envelope.acceptedAt(bytes, at, lastIdLength) < openedAtMillis;
    }

    private void scheduleCut() {
        int cut = cuts;
        if (plan != null && cut < plan.cuts()) {
            loop.after(plan.moment(number, cut) - loop.clock().nanos(), () -> cut(cut));
        }
    }

    /** If it is away at that moment, for another reason, the cut is made when it is back. */
    private void cut(int cut) {
        Subscriber open;
        long offline;
        synchronized (loop.tally()) {
            open = connection;
            if (open == null || plan == null || cut != cuts || !open.finish()) {
                return;
            }
            cuts++;
            offline = plan.offline();
            goes(loop.clock().nanos() + offline);
        }
        returns.cuts.increment();
        open.close();
        loop.after(offline, () -> loop.connect(open.spec()));
    }

    private void goes(long wantsBackAt) {
        loop.gone();
        replayEnds();
        connection = null;
        returned = true;
        wantedAt = wantsBackAt;
    }

    private void replayEnds() {
        if (replays) {
            returns.replayed(lastReplayedAt - openedAt);
            replays = false;
        }
    }
}
