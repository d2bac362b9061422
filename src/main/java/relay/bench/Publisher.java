package relay.bench;

import java.io.IOException;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * Sends messages, to one topic after the other, as its schedule has it. Runs in a thread of its own; what it counted is to
 * be asked when that has ended.
 */
final class Publisher implements Runnable {
    /** After so many refused in sequence it gives up. */
    private static final int MAX_REFUSED = 100;

    private final Schedule schedule;
    private final Outlet outlet;
    private final Clock clock;
    private final LiveCounts live;
    private final int[] sent;
    private final Histogram latency = Tally.newHistogram();
    private int topic;
    private int refusedInSequence;
    private long measured;
    private long failed;
    private long finishedAt;

    /** @param topics how many there are; it begins with the one that has the publisher's number */
    Publisher(int number, int topics, Schedule schedule, Outlet outlet, Clock clock, LiveCounts live) {
        this.schedule = schedule;
        this.outlet = outlet;
        this.clock = clock;
        this.live = live;
        this.sent = new int[topics];
        this.topic = number % topics;
    }

    @Override
    public void run() {
        try (outlet) {
            while (refusedInSequence < MAX_REFUSED && schedule.advance()) {
                waitForTurn();
                publish();
            }
            long rejected = outlet.finish();
            if (rejected > 0) {
                failed += rejected;
                live.trouble("lines of a stream were rejected");
            }
        } catch (IOException e) {
            failed++;
            live.trouble("publishing failed: " + e.getMessage());
        }
        finishedAt = clock.nanos();
    }

    /** Ends a publisher that does not end by itself. For any thread. */
    void abort() {
        try {
            outlet.close();
        } catch (IOException e) {
            live.trouble("publishing failed: " + e.getMessage());
        }
    }

    /** How many of its messages the relay took, by topic. */
    int[] sent() {
        return sent.clone();
    }

    /** How many of them count. */
    long measured() {
        return measured;
    }

    /** How many the relay did not take. */
    long failed() {
        return failed;
    }

    /** From the moment a message was to be sent to the relay's answer, of those that count; empty for a stream. */
    Histogram latency() {
        return latency;
    }

    /** When the relay had answered everything. */
    long finishedAt() {
        return finishedAt;
    }

    private void waitForTurn() throws IOException {
        if (schedule.due() - clock.nanos() > 0) {
            outlet.flush();
            clock.waitUntil(schedule.due());
        }
    }

    private void publish() throws IOException {
        Optional<String> refusal = outlet.send(topic, sent[topic], schedule.due());
        if (refusal.isPresent()) {
            failed++;
            refusedInSequence++;
            live.trouble(refusal.get());
        } else {
            taken();
        }
        topic = (topic + 1) % sent.length;
    }

    private void taken() {
        sent[topic]++;
        refusedInSequence = 0;
        live.published.increment();
        if (schedule.isMeasured()) {
            measured++;
            if (outlet.answersEach()) {
                Tally.record(latency, clock.nanos() - schedule.due());
            }
        }
    }
}
