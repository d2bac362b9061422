package relay.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One run, from the first registration to the result. For one thread, which starts all others and waits for them. */
final class BenchRun {
    /** After so long without a message, no more is expected. */
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** How long a run waits for repeats after everything has arrived once. */
    private static final long REPEATS_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    private static final long DRAIN_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final long START_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** With fewer, the memory of a process says more about its heap than about its connections. */
    private static final int FEWEST_FOR_MEMORY = 500;

    private static final Pattern RSS = Pattern.compile("VmRSS:\\s*(\\d+) kB");

    private final Load load;
    private final OptionalLong pid;
    private final Clock clock;
    private final LiveCounts live;
    private final Progress progress;

    /** @param pid the relay's process, if it is on this machine and its memory is to be reported */
    BenchRun(Load load, OptionalLong pid, Clock clock, LiveCounts live, Progress progress) {
        this.load = load;
        this.pid = pid;
        this.clock = clock;
        this.live = live;
        this.progress = progress;
    }

    /**
     * Runs.
     *
     * @throws IOException if the load could not be set up
     */
    Result run() throws IOException, InterruptedException {
        Topics topics = Topics.random(load.topics());
        Subscribers subscribers = new Subscribers(load, topics, clock, live);
        try {
            OptionalDouble perConnection = open(subscribers);
            Schedule.Span span = span();
            subscribers.measureFrom(span.measureFrom());
            Publishers publishers = new Publishers(load, topics, span, clock, live);
            publishers.start();
            publishers.await(progress);
            List<int[]> sent = publishers.sent();
            awaitDeliveries(subscribers.expected(sent));
            OptionalLong resident = resident();
            long closed = live.closed.sum();
            subscribers.close();
            return Result.of(publishers, subscribers.tallies(sent), span, closed, resident, perConnection);
        } finally {
            subscribers.close();
            progress.end();
        }
    }

    /** The first tenth is opened beforehand, so that memory that a relay needs once is not counted as a connection's. */
    private OptionalDouble open(Subscribers subscribers) throws IOException, InterruptedException {
        int first = load.connections() / 10;
        subscribers.open(0, first, progress);
        OptionalLong before = resident();
        subscribers.open(first, load.connections(), progress);
        OptionalLong after = resident();
        if (before.isEmpty() || after.isEmpty() || load.connections() < FEWEST_FOR_MEMORY) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of((double) (after.getAsLong() - before.getAsLong()) / (load.connections() - first));
    }

    private Schedule.Span span() {
        long start = clock.nanos() + START_NANOS;
        long measureFrom = start + load.warmup().toNanos();
        return new Schedule.Span(
                start, measureFrom, measureFrom + load.duration().toNanos());
    }

    /** The resident memory of the relay's process in bytes, where the system tells it (Linux). */
    private OptionalLong resident() {
        if (pid.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            Matcher rss = RSS.matcher(Files.readString(Path.of("/proc/" + pid.getAsLong() + "/status")));
            return rss.find() ? OptionalLong.of(Long.parseLong(rss.group(1)) << 10) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private void awaitDeliveries(long expected) throws InterruptedException {
        long hardEnd = clock.nanos() + DRAIN_NANOS;
        long delivered = live.delivered.sum();
        long silentFrom = clock.nanos();
        while (delivered < expected && clock.nanos() - silentFrom < SILENCE_NANOS && clock.nanos() - hardEnd < 0) {
            progress.pause("waiting for the last");
            long now = live.delivered.sum();
            if (now != delivered) {
                delivered = now;
                silentFrom = clock.nanos();
            }
        }
        long end = clock.nanos() + REPEATS_NANOS;
        while (clock.nanos() - end < 0) {
            progress.pause("waiting for repeats");
        }
    }
}
