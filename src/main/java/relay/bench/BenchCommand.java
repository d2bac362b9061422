package relay.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.ParameterException;

/** {@code java -jar relay.jar bench}: reads the flags, runs, and prints the result. */
public final class BenchCommand {
    private static final String URL_FORM =
            "--url takes a URL such as http://localhost:8000, or several, separated by commas";

    private static final String KEYS = "RELAY_API_KEYS";

    private static final int CLEAN = 0;
    private static final int FAULTY = 1;

    private static final Duration DEFAULT_DURATION = Duration.ofSeconds(10);
    private static final Duration LONGEST_DURATION = Duration.ofHours(24);
    private static final Duration DURATION_FOR_MESSAGES = Duration.ofMinutes(10);
    private static final int MAX_CONNECTIONS = 1_000_000;
    private static final int MAX_PUBLISHERS = 1024;
    private static final int MAX_SIZE = 1_000_000;

    /** The sequence checkers have a counter for each of them. */
    private static final int MAX_PLACES = 100_000_000;

    private final CommandLine commandLine;
    private final String keys;
    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;

    /**
     * @param durations parses the flags that are a time
     * @param environment holds the API keys for the relay that {@code --url} names, if it takes any
     * @param out for the result
     * @param err for everything else
     * @param terminal whether {@code err} is a terminal, so that progress may overwrite itself
     */
    public BenchCommand(
            ITypeConverter<Duration> durations,
            Map<String, String> environment,
            PrintStream out,
            PrintStream err,
            boolean terminal) {
        this.commandLine = new CommandLine(BenchOptions.class)
                .registerConverter(Duration.class, durations)
                .setExpandAtFiles(false);
        this.keys = environment.getOrDefault(KEYS, "");
        this.out = out;
        this.err = err;
        this.terminal = terminal;
    }

    /**
     * Runs, and returns the exit status of the process.
     *
     * @throws ParameterException if a flag is wrong; its message is one line
     */
    public int run(String... arguments) {
        commandLine.parseArgs(arguments);
        commandLine.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        if (CommandLine.printHelpIfRequested(commandLine.getParseResult())) {
            return CLEAN;
        }
        BenchOptions options = commandLine.getCommand();
        check(options);
        try {
            return options.url().isPresent()
                    ? runAgainst(targets(options.url().get()), pid(options), options)
                    : runOwn(options);
        } catch (IOException e) {
            err.println("bench: " + e.getMessage());
            return FAULTY;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            err.println("bench: interrupted");
            return FAULTY;
        }
    }

    private int runOwn(BenchOptions options) throws IOException, InterruptedException {
        RelayProcess relay = RelayProcess.start();
        try {
            return runAgainst(List.of(Target.local(relay.port())), OptionalLong.of(relay.pid()), options);
        } finally {
            relay.stop();
        }
    }

    private int runAgainst(List<Target> targets, OptionalLong pid, BenchOptions options)
            throws IOException, InterruptedException {
        Load load = load(targets, options);
        Clock clock = Clock.system();
        LiveCounts live = new LiveCounts();
        Progress progress = new Progress(err, terminal, clock, live);
        Result result = new BenchRun(load, pid, clock, live, progress).run();
        Report report = new Report(load, result);
        live.firstError().ifPresent(error -> err.println("bench: " + error));
        out.print(options.json() ? report.json() + System.lineSeparator() : report.table());
        out.flush();
        return result.faults().areNone() ? CLEAN : FAULTY;
    }

    private static Load load(List<Target> targets, BenchOptions options) {
        Duration unsaid = options.messages().isPresent() ? DURATION_FOR_MESSAGES : DEFAULT_DURATION;
        return new Load(
                targets,
                options.connections(),
                options.topics(),
                options.publishers(),
                options.messages().orElse(Integer.MAX_VALUE),
                options.warmup(),
                options.duration().orElse(unsaid),
                options.size(),
                options.rate(),
                options.ndjson());
    }

    private List<Target> targets(String urls) {
        Keys shown = shown();
        return Stream.of(urls.split(",", -1)).map(url -> target(url, shown)).toList();
    }

    private Keys shown() {
        try {
            return Keys.of(keys);
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private Target target(String url, Keys shown) {
        try {
            return Target.of(URI.create(url), shown).orElseThrow(() -> wrong(URL_FORM));
        } catch (IllegalArgumentException e) {
            throw wrong(URL_FORM);
        }
    }

    private static OptionalLong pid(BenchOptions options) {
        Optional<Long> pid = options.pid();
        return pid.isPresent() ? OptionalLong.of(pid.get()) : OptionalLong.empty();
    }

    private void check(BenchOptions options) {
        require("--connections", options.connections(), 1, MAX_CONNECTIONS);
        require("--topics", options.topics(), 1, Stamp.MAX_NUMBER);
        require("--publishers", options.publishers(), 1, MAX_PUBLISHERS);
        require("--messages", options.messages().orElse(1), 1, Integer.MAX_VALUE);
        require("--size", options.size(), Stamp.LENGTH, MAX_SIZE);
        require("--rate", options.rate(), 0, Integer.MAX_VALUE);
        if ((long) options.connections() * options.publishers() > MAX_PLACES) {
            throw wrong("--connections times --publishers takes " + MAX_PLACES + " at most");
        }
        Duration duration = options.duration().orElse(DEFAULT_DURATION);
        if (duration.isZero() || duration.compareTo(LONGEST_DURATION) > 0) {
            throw wrong("--duration takes more than no time, and 24h at most");
        }
        if (options.warmup().compareTo(LONGEST_DURATION) > 0) {
            throw wrong("--warmup takes 24h at most");
        }
        if (options.pid().isPresent() && options.url().isEmpty()) {
            throw wrong("--pid is for a relay that --url names");
        }
    }

    private void require(String flag, int value, int least, int most) {
        if (value < least || value > most) {
            throw wrong(flag + " takes " + least + " to " + most + ", not " + value);
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(commandLine, message);
    }
}
