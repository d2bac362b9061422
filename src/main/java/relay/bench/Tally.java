package relay.bench;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What one {@link SubscriberLoop} counts of the messages that come. Its thread only; anybody once that has ended. */
final class Tally {
    private static final int DIGITS = 3;

    /** The longest latency that a histogram tells apart from longer ones. */
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final SequenceChecker checker;
    private final LiveCounts live;
    private final int publishers;
    private final Histogram latency = newHistogram();
    private long measureFrom;
    private long now;
    private long lastMeasured;
    private long foreign;
    private long unreportedDelivered;
    private long unreportedRepeated;

    Tally(int subscribers, int publishers, LiveCounts live) {
        this.checker = new SequenceChecker(subscribers, publishers);
        this.publishers = publishers;
        this.live = live;
    }

    /** For latencies in nanoseconds, to three digits. */
    static Histogram newHistogram() {
        return new Histogram(1, LONGEST_NANOS, DIGITS);
    }

    /** Enters a latency, those out of bounds at the bound. */
    static void record(Histogram histogram, long nanos) {
        histogram.recordValue(Math.max(1, Math.min(nanos, LONGEST_NANOS)));
    }

    /** Bytes have been read: when that was, and from when on messages count towards rates and latency. */
    void readAt(long moment, long measuredFrom) {
        now = moment;
        measureFrom = measuredFrom;
    }

    /** A message came at the subscriber with this number, which asked for this topic. */
    void message(int subscriber, int topic, ByteBuffer bytes, int at, long length) {
        if (length < Stamp.LENGTH || !Stamp.isAt(bytes, at)) {
            foreign++;
            return;
        }
        int publisher = Stamp.publisher(bytes, at);
        int counter = Stamp.counter(bytes, at);
        if (Stamp.topic(bytes, at) != topic || publisher >= publishers || counter < 0) {
            foreign++;
        } else if (checker.arrived(subscriber, publisher, counter)) {
            first(Stamp.moment(bytes, at));
        } else {
            unreportedRepeated++;
        }
    }

    /** Tells the world what has come since it was told last. */
    void report() {
        if (unreportedDelivered > 0) {
            live.delivered.add(unreportedDelivered);
            unreportedDelivered = 0;
        }
        if (unreportedRepeated > 0) {
            live.repeated.add(unreportedRepeated);
            unreportedRepeated = 0;
        }
    }

    SequenceChecker checker() {
        return checker;
    }

    /** Of the messages that count, in nanoseconds. */
    Histogram latency() {
        return latency;
    }

    /** When the last message that counts came. */
    long lastMeasured() {
        return lastMeasured;
    }

    /** Frames that no publisher of this run sent to that topic. */
    long foreign() {
        return foreign;
    }

    private void first(long sentAt) {
        unreportedDelivered++;
        if (sentAt - measureFrom >= 0) {
            record(latency, now - sentAt);
            lastMeasured = now;
        }
    }
}
