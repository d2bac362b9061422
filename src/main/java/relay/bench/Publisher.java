package relay.bench;

import java.io.IOException;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * Sends messages to one topic after the other, at the times of its schedule. Runs in a thread of its own; its counts may be
 * read when that has ended.
 */
final class Publisher implements Runnable {
    /** It gives up after so many refusals in a row. */
    private static final int MAX_REFUSED = 100;

    private final Schedule schedule;
    private final Sender sender;
    private final Clock clock;
    private final Progress progress;
    private final int[] sent;
    private final Histogram latency = Tally.newHistogram();
    private int topic;
    private int refusedInSequence;
    private long measured;
    private long failed;
    private long finishedAt;

    /** @param topics how many there are; it begins with the one of its own number */
    Publisher(int number, int topics, Schedule schedule, Sender sender, Clock clock, Progress progress) {
        this.schedule = schedule;
        this.sender = sender;
        this.clock = clock;
        this.progress = progress;
        this.sent = new int[topics];
        this.topic = number % topics;
    }

    @Override
    public void run() {
        try (sender) {
            while (refusedInSequence < MAX_REFUSED && schedule.advance()) {
                waitForTurn();
                publish();
            }
            long rejected = sender.finish();
            if (rejected > 0) {
                failed += rejected;
                progress.error("lines of a stream were rejected");
            }
        } catch (IOException e) {
            failed++;
            progress.error("publishing failed: " + e.getMessage());
        }
        finishedAt = clock.nanos();
    }

    /** Stops a publisher that does not end by itself. For any thread. */
    void abort() {
        try {
            sender.close();
        } catch (IOException e) {
            progress.error("publishing failed: " + e.getMessage());
        }
    }

    /** How many of its messages the relay took, by topic. */
    int[] sent() {
        return sent.clone();
    }

    /** How many of them were measured. */
    long measured() {
        return measured;
    }

    /** How many the relay did not take. */
    long failed() {
        return failed;
    }

    /** How many requests were sent again because there was no answer. */
    long repeated() {
        return sender.repeated();
    }

    /** From the moment a measured message was due to the relay's answer, in nanoseconds; empty for a stream. */
    Histogram latency() {
        return latency;
    }

    /** When the relay had answered everything. */
    long finishedAt() {
        return finishedAt;
    }

    private void waitForTurn() throws IOException {
        if (schedule.due() - clock.nanos() > 0) {
            sender.flush();
            clock.waitUntil(schedule.due());
        }
    }

    private void publish() throws IOException {
        Optional<String> refusal = sender.send(topic, sent[topic], schedule.due());
        if (refusal.isPresent()) {
            failed++;
            refusedInSequence++;
            progress.error(refusal.get());
        } else {
            taken();
        }
        topic = (topic + 1) % sent.length;
    }

    private void taken() {
        sent[topic]++;
        refusedInSequence = 0;
        progress.published.increment();
        if (schedule.isMeasured()) {
            measured++;
            if (sender.answersEach()) {
                Tally.record(latency, clock.nanos() - schedule.due());
            }
        }
    }
}
