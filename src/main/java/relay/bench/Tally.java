package relay.bench;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What one {@link ReaderLoop} counts of the messages that arrive. For whoever has its lock; for any
 * once that loop is closed. */
final class Tally {
    private static final int DIGITS = 3;

    /** The largest latency of a histogram; longer ones are recorded as this. */
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final SequenceChecker checker;
    private final Progress progress;
    private final int publishers;
    private final Histogram latency = newHistogram();
    private long measureFrom;
    private long now;
    private long lastMeasured;
    private long foreign;
    private long replayed;
    private long unreportedDelivered;
    private long unreportedRepeated;

    Tally(int subscribers, int publishers, Progress progress) {
        this.checker = new SequenceChecker(subscribers, publishers);
        this.publishers = publishers;
        this.progress = progress;
    }

    /** For latencies in nanoseconds, to three digits. */
    static Histogram newHistogram() {
        return new Histogram(1, LONGEST_NANOS, DIGITS);
    }

    /** Records a latency; one that is out of bounds, at the bound. */
    static void record(Histogram histogram, long nanos) {
        histogram.recordValue(Math.max(1, Math.min(nanos, LONGEST_NANOS)));
    }

    /** Bytes are about to be read at this moment; messages sent from {@code measuredFrom} on are measured. */
    void readAt(long moment, long measuredFrom) {
        now = moment;
        measureFrom = measuredFrom;
    }

    /** A message arrived at the subscriber with this number, of this topic. Returns whether it did for the first time. */
    boolean isNew(int subscriber, int topic, ByteBuffer bytes, int at, long length) {
        if (length < Stamp.LENGTH || !Stamp.isAt(bytes, at)) {
            foreign++;
            return false;
        }
        int publisher = Stamp.publisher(bytes, at);
        int counter = Stamp.counter(bytes, at);
        if (Stamp.topic(bytes, at) != topic || publisher >= publishers || counter < 0) {
            foreign++;
            return false;
        }
        if (!checker.arrived(subscriber, publisher, counter)) {
            unreportedRepeated++;
            return false;
        }
        unreportedDelivered++;
        return true;
    }

    /** A message that is new arrived on the connection that was open when it was sent. */
    void live(long sentAt) {
        if (sentAt - measureFrom >= 0) {
            record(latency, now - sentAt);
            lastMeasured = now;
        }
    }

    /** A message that is new was sent before its connection was open. Returns the moment. */
    long replayed(long sentAt) {
        if (sentAt - measureFrom >= 0) {
            replayed++;
            lastMeasured = now;
        }
        return now;
    }

    /** A frame arrived that is no message of this run. */
    void addForeign() {
        foreign++;
    }

    /** Adds what has arrived since the last call to the live counts. */
    void report() {
        if (unreportedDelivered > 0) {
            progress.delivered.add(unreportedDelivered);
            unreportedDelivered = 0;
        }
        if (unreportedRepeated > 0) {
            progress.repeated.add(unreportedRepeated);
            unreportedRepeated = 0;
        }
    }

    SequenceChecker checker() {
        return checker;
    }

    /** Of the measured messages that arrived on time, in nanoseconds. */
    Histogram latency() {
        return latency;
    }

    /** How many measured messages arrived late because their subscriber was away. */
    long replayed() {
        return replayed;
    }

    /** When the last measured message arrived. */
    long lastMeasured() {
        return lastMeasured;
    }

    /** Frames that no publisher of this run sent to that topic. */
    long foreign() {
        return foreign;
    }
}
