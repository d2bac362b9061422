package relay.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** All the publishers of a run. For the thread of {@link BenchRun}. */
final class Publishers {
    private static final double NANOS_PER_SECOND = 1e9;

    /** How long after the end of the schedule a publisher may still wait for answers. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Load load;
    private final Topics topics;
    private final Clock clock;
    private final LiveCounts live;
    private final Schedule.Span span;
    private final List<Publisher> publishers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    /** @param span when the messages are sent */
    Publishers(Load load, Topics topics, Schedule.Span span, Clock clock, LiveCounts live) {
        this.load = load;
        this.topics = topics;
        this.span = span;
        this.clock = clock;
        this.live = live;
    }

    /**
     * Starts them.
     *
     * @throws IOException if one cannot connect
     */
    void start() throws IOException {
        for (int number = 0; number < load.publishers(); number++) {
            publishers.add(new Publisher(number, topics.count(), schedule(number), sender(number), clock, live));
        }
        for (Publisher publisher : publishers) {
            threads.add(BenchThreads.start("publisher", publisher));
        }
    }

    /** Waits until all have ended, and stops those that take too long. */
    void await(Progress progress) throws InterruptedException {
        while (isAnyAlive()) {
            progress.pause(span.isMeasured(clock.nanos()) ? "publishing" : "warming up");
            if (clock.nanos() - span.end() > PATIENCE_NANOS) {
                publishers.forEach(Publisher::abort);
            }
        }
    }

    /** For each, how many messages the relay took, by topic. */
    List<int[]> sent() {
        return publishers.stream().map(Publisher::sent).toList();
    }

    /** How many measured messages the relay took. */
    long measured() {
        return publishers.stream().mapToLong(Publisher::measured).sum();
    }

    /** How many messages it did not take. */
    long failed() {
        return publishers.stream().mapToLong(Publisher::failed).sum();
    }

    /** The publish latency of the measured messages, in nanoseconds. */
    Histogram latency() {
        Histogram sum = Tally.newHistogram();
        publishers.forEach(publisher -> sum.add(publisher.latency()));
        return sum;
    }

    /** From the start of the measurement to the last answer, in seconds. */
    double seconds() {
        long longest = publishers.stream()
                .mapToLong(publisher -> publisher.finishedAt() - span.measureFrom())
                .max()
                .orElse(0);
        return Math.max(0, longest) / NANOS_PER_SECOND;
    }

    private boolean isAnyAlive() {
        return threads.stream().anyMatch(Thread::isAlive);
    }

    private Schedule schedule(int number) {
        double interval = load.rate() == 0 ? 0 : NANOS_PER_SECOND / load.rate();
        int quota = load.messages() / load.publishers() + (number < load.messages() % load.publishers() ? 1 : 0);
        return new Schedule(clock, span, Math.round(interval * number), interval * load.publishers(), quota);
    }

    private Sender sender(int number) throws IOException {
        Target target = load.target(number);
        MessageTemplate[] templates = new MessageTemplate[topics.count()];
        for (int topic = 0; topic < templates.length; topic++) {
            templates[topic] = load.stream()
                    ? MessageTemplate.line(topics, topic, number, load.size())
                    : MessageTemplate.request(target, topics, topic, number, load.size());
        }
        return load.stream() ? StreamSender.open(target, templates) : new RequestSender(target, templates);
    }
}
