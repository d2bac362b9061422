package relay.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One run, from the first registration to the result. For one thread, which starts all others and waits for them. */
final class BenchRun {
    private static final Duration DURATION = Duration.ofSeconds(10);
    private static final Duration DURATION_FOR_MESSAGES = Duration.ofMinutes(10);

    /** After so long without a message, no more is expected. */
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** How long a run waits for repeats after everything has arrived once. */
    private static final long REPEATS_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    /** How long after the end of the schedule a publisher may still wait for answers. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long DRAIN_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final long START_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final double NANOS_PER_SECOND = 1e9;

    /** With fewer, the memory of a process says more about its heap than about its connections. */
    private static final int FEWEST_FOR_MEMORY = 500;

    private static final Pattern RSS = Pattern.compile("VmRSS:\\s*(\\d+) kB");

    private final BenchOptions options;
    private final List<Target> targets;
    private final OptionalLong pid;
    private final Topics topics;
    private final Clock clock;
    private final Progress progress;
    private final Pauses pauses;
    private final Optional<Restarts> restarts;

    /**
     * @param targets the relays under load: one, or several that act as one; the first registers all clients
     * @param restarts kills the relay during the run
     * @param pid the relay's process, if it is on this machine and its memory is to be reported
     */
    BenchRun(
            BenchOptions options,
            List<Target> targets,
            OptionalLong pid,
            Clock clock,
            Progress progress,
            Pauses pauses,
            Optional<Restarts> restarts) {
        this.options = options;
        this.targets = List.copyOf(targets);
        this.pid = pid;
        this.topics = Topics.random(options.topics());
        this.clock = clock;
        this.progress = progress;
        this.pauses = pauses;
        this.restarts = restarts;
    }

    /**
     * Runs.
     *
     * @throws IOException if the load could not be set up
     */
    Result run() throws IOException, InterruptedException {
        Subscribers subscribers = new Subscribers(options, targets, topics, clock, progress);
        try {
            OptionalDouble perConnection = open(subscribers);
            Schedule.Span span = span();
            long measuredFrom = System.currentTimeMillis() + options.warmup().toMillis();
            subscribers.measureFrom(span.measureFrom());
            restarts.ifPresent(killed ->
                    killed.begin(span.measureFrom(), Trial.length(options).toNanos()));
            List<Publisher> publishers = publish(span);
            List<int[]> sent = publishers.stream().map(Publisher::sent).toList();
            if (restarts.isPresent()) {
                restarts.get().await();
            }
            long expected = subscribers.expected(sent);
            awaitDeliveries(expected);
            long measuredTo = System.currentTimeMillis();
            OptionalLong resident = resident();
            long closed = progress.closed.sum();
            if (options.slow() > 0) {
                subscribers.wake();
            }
            subscribers.close();
            return Result.of(
                    publishers,
                    subscribers.tallies(sent),
                    span,
                    closed,
                    new Result.Paused(
                            pauses.longestOfOthers(measuredFrom, measuredTo),
                            pauses.longestHere(measuredFrom, measuredTo)),
                    new Result.Memory(resident, perConnection),
                    new Trial(
                            options,
                            expected,
                            subscribers.returns(),
                            subscribers.stalls(),
                            restarts.map(Restarts::ready).orElse(List.of()),
                            restarts.map(Restarts::back).orElse(List.of()),
                            publishers.stream().mapToLong(Publisher::repeated).sum()));
        } finally {
            subscribers.close();
            progress.end();
        }
    }

    /** The first tenth is opened beforehand, so that memory that a relay needs once is not counted as a connection's. */
    private OptionalDouble open(Subscribers subscribers) throws IOException, InterruptedException {
        int all = options.connections();
        int first = all / 10;
        subscribers.open(0, first);
        OptionalLong before = resident();
        subscribers.open(first, all);
        OptionalLong after = resident();
        return before.isEmpty() || after.isEmpty() || all < FEWEST_FOR_MEMORY
                ? OptionalDouble.empty()
                : OptionalDouble.of((double) (after.getAsLong() - before.getAsLong()) / (all - first));
    }

    /** How long a run publishes measured messages at most. */
    static Duration duration(BenchOptions options) {
        return options.duration().orElse(options.messages().isPresent() ? DURATION_FOR_MESSAGES : DURATION);
    }

    private Schedule.Span span() {
        long start = clock.nanos() + START_NANOS;
        long measureFrom = start + options.warmup().toNanos();
        return new Schedule.Span(
                start, measureFrom, measureFrom + duration(options).toNanos());
    }

    /** Starts the publishers, waits until all have ended, and stops those that take too long. */
    private List<Publisher> publish(Schedule.Span span) throws IOException, InterruptedException {
        List<Publisher> publishers = new ArrayList<>();
        for (int number = 0; number < options.publishers(); number++) {
            publishers.add(
                    new Publisher(number, topics.count(), schedule(number, span), sender(number), clock, progress));
        }
        List<Thread> threads = new ArrayList<>();
        for (Publisher publisher : publishers) {
            Thread thread = new Thread(publisher, "bench-publisher");
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        while (threads.stream().anyMatch(Thread::isAlive)) {
            progress.pause(span.isMeasured(clock.nanos()) ? "publishing" : "warming up");
            if (clock.nanos() - span.end() > PATIENCE_NANOS) {
                publishers.forEach(Publisher::abort);
            }
        }
        return publishers;
    }

    private Schedule schedule(int number, Schedule.Span span) {
        int publishers = options.publishers();
        int messages = options.messages().orElse(Integer.MAX_VALUE);
        double interval = options.rate() == 0 ? 0 : NANOS_PER_SECOND / options.rate();
        int quota = messages / publishers + (number < messages % publishers ? 1 : 0);
        return new Schedule(clock, span, Math.round(interval * number), interval * publishers, quota);
    }

    private Sender sender(int number) throws IOException {
        Target target = targets.get(number % targets.size());
        MessageTemplate[] templates = new MessageTemplate[topics.count()];
        for (int topic = 0; topic < templates.length; topic++) {
            templates[topic] = options.ndjson()
                    ? MessageTemplate.line(topics, topic, number, options.size())
                    : MessageTemplate.request(target, topics, topic, number, options.size(), options.restarts() > 0);
        }
        if (options.ndjson()) {
            return new Sender.Lines(target, templates);
        }
        Sender.Requests requests = new Sender.Requests(target, templates);
        return options.restarts() > 0 ? new PersistentSender(requests, clock) : requests;
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
        long delivered = progress.delivered.sum();
        long silentFrom = clock.nanos();
        while (delivered < expected && clock.nanos() - silentFrom < SILENCE_NANOS && clock.nanos() - hardEnd < 0) {
            progress.pause("waiting for the last");
            long now = progress.delivered.sum();
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
