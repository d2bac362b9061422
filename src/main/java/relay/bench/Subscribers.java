package relay.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** All the subscribers of a run, over a few loops. For the thread of {@link BenchRun}. */
final class Subscribers {
    private static final int MOST_LOOPS = 4;
    private static final int CORES_PER_LOOP = 2;
    private static final int REGISTERING = 8;
    private static final long OPEN_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** After so long without an end of a connection that reads again, no more is expected. */
    private static final long WAKE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final int KEEP_SECONDS = 600;
    private static final Pattern ID = Pattern.compile("\"id\":\"([^\"\\\\]+)\"");

    private final BenchOptions options;
    private final List<Target> targets;
    private final Topics topics;
    private final Clock clock;
    private final Progress progress;
    private final List<ReaderLoop> loops = new ArrayList<>();
    private final Returns returns = new Returns();
    private final List<Returning> returning = new ArrayList<>();
    private final Stalls stalls = new Stalls();

    Subscribers(BenchOptions options, List<Target> targets, Topics topics, Clock clock, Progress progress)
            throws IOException {
        this.options = options;
        this.targets = targets;
        this.topics = topics;
        this.clock = clock;
        this.progress = progress;
        int count = Math.min(MOST_LOOPS, Math.max(1, Runtime.getRuntime().availableProcessors() / CORES_PER_LOOP));
        int each = (options.connections() + count - 1) / count;
        for (int i = 0; i < count; i++) {
            Tally tally = new Tally(each, options.publishers(), progress);
            loops.add(new ReaderLoop(clock, progress, tally, targets.get(0), options.connections()));
        }
        try {
            for (ReaderLoop loop : loops) {
                loop.start();
            }
        } catch (Exception e) {
            throw new IOException("the sockets could not be prepared", e);
        }
    }

    /**
     * Registers and connects the subscribers from one number on to another.
     *
     * @throws IOException if that fails for one of them
     */
    void open(int from, int to) throws IOException, InterruptedException {
        if (from == to) {
            return;
        }
        progress.pause("registering");
        List<String> resources = targets.get(0).token().isPresent() ? resources(from, to) : register(from, to);
        for (int loop = 0; loop < loops.size(); loop++) {
            List<Subscriber.Spec> specs = new ArrayList<>();
            for (int number = from; number < to; number++) {
                if (number % loops.size() == loop) {
                    specs.add(new Subscriber.Spec(
                            targets.get(number % targets.size()),
                            resources.get(number - from),
                            course(number, loops.get(loop))));
                }
            }
            loops.get(loop).open(specs);
        }
        awaitOpen(to);
    }

    /** Messages sent earlier are not measured, and connections are not cut earlier. */
    void measureFrom(long moment) {
        loops.forEach(loop -> loop.measureFrom(moment));
        if (options.cuts() > 0) {
            CutPlan plan = CutPlan.of(moment, Trial.length(options), Trial.offline(options), options.cuts());
            returning.forEach(subscriber -> subscriber.begin(plan));
        }
    }

    /** How many deliveries there are when every subscriber has every message. */
    long expected(List<int[]> sentByPublisher) {
        long expected = 0;
        for (int[] sent : sentByPublisher) {
            for (int topic = 0; topic < topics.count(); topic++) {
                expected += (long) sent[topic] * readers(topic);
            }
        }
        return expected;
    }

    /** Closes the sockets. */
    void close() throws IOException {
        for (ReaderLoop loop : loops) {
            loop.close();
        }
    }

    /** What arrived, after a comparison with what was sent. To be called once, after {@link #close}. */
    List<Tally> tallies(List<int[]> sentByPublisher) {
        returning.forEach(Returning::end);
        for (int number = 0; number < options.connections(); number++) {
            if (isSlow(number)) {
                continue;
            }
            SequenceChecker checker = loops.get(number % loops.size()).tally().checker();
            for (int publisher = 0; publisher < sentByPublisher.size(); publisher++) {
                int sent = sentByPublisher.get(publisher)[topics.ofSubscriber(number)];
                checker.sent(number / loops.size(), publisher, sent);
            }
        }
        return loops.stream().map(ReaderLoop::tally).toList();
    }

    /** How they came back, if they went. */
    Returns returns() {
        return returns;
    }

    /** Those that do not read. */
    Stalls stalls() {
        return stalls;
    }

    /** Has those read that did not, and waits until the relay has said all that it has to say to them. */
    void wake() throws InterruptedException {
        stalls.wake();
        int connected = stalls.connected();
        long silentFrom = clock.nanos();
        while (connected > 0 && clock.nanos() - silentFrom < WAKE_NANOS) {
            progress.pause("waking the slow");
            if (stalls.connected() < connected) {
                connected = stalls.connected();
                silentFrom = clock.nanos();
            }
        }
    }

    private Course course(int number, ReaderLoop loop) {
        if (isSlow(number)) {
            return stalls;
        }
        Course.Steady steady = new Course.Steady(loop.tally(), number / loops.size(), topics.ofSubscriber(number));
        if (!Trial.areReturning(options)) {
            return steady;
        }
        Returning comes = new Returning(loop, returns, options, number, steady);
        returning.add(comes);
        return comes;
    }

    private boolean isSlow(int number) {
        return Stalls.isSlow(number / topics.count(), options.slow());
    }

    private long readers(int topic) {
        int subscribers = topics.subscribers(topic, options.connections());
        return subscribers - (long) subscribers * options.slow() / 100;
    }

    /** Where clients that are not registered connect to. */
    private List<String> resources(int from, int to) {
        List<String> resources = new ArrayList<>();
        for (int number = from; number < to; number++) {
            resources.add("/ws?topic=" + topics.name(topics.ofSubscriber(number)));
        }
        return resources;
    }

    /** Registers clients over several connections at once, and returns where they connect to. */
    private List<String> register(int from, int to) throws IOException, InterruptedException {
        int shares = Math.min(REGISTERING, to - from);
        List<Callable<List<String>>> tasks = new ArrayList<>();
        for (int share = 0; share < shares; share++) {
            int first = from + (int) ((long) (to - from) * share / shares);
            int end = from + (int) ((long) (to - from) * (share + 1) / shares);
            tasks.add(() -> registerShare(first, end));
        }
        ExecutorService threads = Executors.newFixedThreadPool(shares, task -> new Thread(task, "bench-register"));
        try {
            List<String> resources = new ArrayList<>();
            for (Future<List<String>> share : threads.invokeAll(tasks)) {
                resources.addAll(share.get());
            }
            return resources;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private List<String> registerShare(int from, int to) throws IOException {
        List<String> resources = new ArrayList<>();
        Target target = targets.get(0);
        try (HttpConnection http = HttpConnection.open(target)) {
            for (int number = from; number < to; number++) {
                String topic = topics.name(topics.ofSubscriber(number));
                String body = "{\"user_id\":\"bench-" + number + "\",\"topics\":[\"" + topic + "\"]" + keep() + "}";
                String head = target.requestHead("POST", "/register")
                        + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n";
                byte[] request = (head + body).getBytes(StandardCharsets.US_ASCII);
                http.write(request, 0, request.length);
                HttpConnection.Answer answer = http.read();
                Matcher id = ID.matcher(answer.body());
                if (!answer.isOk() || !id.find()) {
                    throw new IOException("POST /register was answered with " + answer);
                }
                resources.add("/ws/" + id.group(1));
            }
        }
        return resources;
    }

    /** Longer than they are away, also where coming back takes long. */
    private String keep() {
        return Trial.areReturning(options)
                ? ",\"keep\":" + (Trial.offline(options).toSeconds() + KEEP_SECONDS)
                : "";
    }

    private void awaitOpen(int count) throws IOException, InterruptedException {
        long opened = progress.opened.sum();
        long deadline = clock.nanos() + OPEN_TIMEOUT_NANOS;
        while (opened < count) {
            progress.pause("connecting");
            long now = progress.opened.sum();
            if (now > opened) {
                opened = now;
                deadline = clock.nanos() + OPEN_TIMEOUT_NANOS;
            }
            if (progress.refused.sum() > 0 || clock.nanos() - deadline > 0) {
                throw new IOException("only " + opened + " of " + options.connections()
                        + " connections could be opened: "
                        + progress.firstError().orElse("the others were not answered"));
            }
        }
    }
}
