package relay.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.ParameterException;

/** {@code java -jar relay.jar bench}: reads the flags, runs, and prints the result. For one thread. */
public final class BenchCommand {
    private static final String URL_FORM =
            "--url takes a URL such as http://localhost:8000, or several, separated by commas";

    /** What follows it is for the relay that is started. */
    private static final String THE_REST = "--";

    private static final int CLEAN = 0;
    private static final int FAULTY = 1;

    private static final Duration LONGEST_DURATION = Duration.ofHours(24);
    private static final int MAX_CONNECTIONS = 1_000_000;
    private static final int MAX_PUBLISHERS = 1024;
    private static final int MAX_TRIALS = 1000;
    private static final int MAX_SIZE = 1_000_000;

    /** The sequence checkers have a counter for each of them. */
    private static final int MAX_PLACES = 100_000_000;

    private final CommandLine commandLine;
    private final PrintStream out;
    private final PrintStream err;
    private final Clock clock = Clock.system();
    private final Progress progress;

    /**
     * @param durations parses the flags that are a time
     * @param out for the result
     * @param err for everything else
     * @param terminal whether {@code err} is a terminal, so that progress may overwrite itself
     */
    public BenchCommand(ITypeConverter<Duration> durations, PrintStream out, PrintStream err, boolean terminal) {
        this.commandLine = new CommandLine(BenchOptions.class)
                .registerConverter(Duration.class, durations)
                .setExpandAtFiles(false);
        this.out = out;
        this.err = err;
        this.progress = new Progress(err, terminal, clock);
    }

    /**
     * Runs, and returns the exit status of the process.
     *
     * @throws ParameterException if a flag is wrong; its message is one line
     */
    public int run(String... arguments) {
        List<String> all = List.of(arguments);
        int own = all.contains(THE_REST) ? all.indexOf(THE_REST) : all.size();
        List<String> flagsOfRelay = all.subList(Math.min(own + 1, all.size()), all.size());
        commandLine.parseArgs(all.subList(0, own).toArray(String[]::new));
        commandLine.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        if (CommandLine.printHelpIfRequested(commandLine.getParseResult())) {
            return CLEAN;
        }
        BenchOptions options = commandLine.getCommand();
        check(options, flagsOfRelay);
        Optional<String> key = secret("--key", options.key(), options.keyFile());
        Optional<String> token = secret("--token", options.token(), options.tokenFile());
        try (Pauses pauses = new Pauses()) {
            if (options.url().isPresent()) {
                List<Target> targets = Stream.of(options.url().get().split(",", -1))
                        .map(url -> target(url, key, token, options.cacert()))
                        .toList();
                OptionalLong pid = options.pid().map(OptionalLong::of).orElse(OptionalLong.empty());
                return measure(targets, options, pauses, pid, Optional.empty());
            }
            if (options.restarts() > 0) {
                try (Restarts restarts = new Restarts(
                        options.restarts(),
                        options.connections(),
                        List.of(pauses.flag()),
                        flagsOfRelay,
                        clock,
                        progress)) {
                    List<Target> killed =
                            List.of(target(restarts.relay().url().toString(), key, token, options.cacert()));
                    return measure(killed, options, pauses, OptionalLong.empty(), Optional.of(restarts));
                }
            }
            RelayProcess relay = RelayProcess.start(List.of(pauses.flag()), 0, flagsOfRelay);
            try {
                List<Target> started = List.of(target(relay.url().toString(), key, token, options.cacert()));
                return measure(
                        started,
                        options,
                        pauses,
                        OptionalLong.of(relay.process().pid()),
                        Optional.empty());
            } finally {
                relay.stop();
            }
        } catch (IOException e) {
            err.println("bench: " + e.getMessage());
            return FAULTY;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            err.println("bench: interrupted");
            return FAULTY;
        }
    }

    private int measure(
            List<Target> targets, BenchOptions options, Pauses pauses, OptionalLong pid, Optional<Restarts> restarts)
            throws IOException, InterruptedException {
        Result result = new BenchRun(options, targets, pid, clock, progress, pauses, restarts).run();
        progress.firstError().ifPresent(error -> err.println("bench: " + error));
        out.print(options.json() ? result.json(options) : result.table(options));
        out.flush();
        return result.faults().areNone() ? CLEAN : FAULTY;
    }

    private Target target(String url, Optional<String> key, Optional<String> token, Optional<Path> cacert) {
        try {
            return Target.at(URI.create(url), key, token, cacert).orElseThrow(() -> wrong(URL_FORM));
        } catch (IllegalArgumentException e) {
            throw wrong(URL_FORM);
        } catch (IOException e) {
            throw wrong("--cacert cannot be read: " + e.getMessage());
        }
    }

    /** What a flag says, or the file that another one names. */
    private Optional<String> secret(String flag, Optional<String> said, Optional<Path> file) {
        if (said.isPresent() && file.isPresent()) {
            throw wrong(flag + " and " + flag + "-file both give it: take one of them");
        }
        try {
            Optional<String> secret =
                    file.isPresent() ? Optional.of(Files.readString(file.get()).strip()) : said;
            if (secret.isPresent() && !secret.get().matches("[\\x21-\\x7e]+")) {
                throw wrong(flag + " takes letters, digits and other characters of ASCII, and no space");
            }
            return secret;
        } catch (IOException e) {
            throw wrong(flag + "-file cannot be read: " + e.getMessage());
        }
    }

    private void check(BenchOptions options, List<String> flagsOfRelay) {
        require("--connections", options.connections(), 1, MAX_CONNECTIONS);
        require("--topics", options.topics(), 1, Stamp.MAX_NUMBER);
        require("--publishers", options.publishers(), 1, MAX_PUBLISHERS);
        require("--messages", options.messages().orElse(1), 1, Integer.MAX_VALUE);
        require("--size", options.size(), Stamp.LENGTH, MAX_SIZE);
        require("--rate", options.rate(), 0, Integer.MAX_VALUE);
        if ((long) options.connections() * options.publishers() > MAX_PLACES) {
            throw wrong("--connections times --publishers takes " + MAX_PLACES + " at most");
        }
        Duration duration = options.duration().orElse(LONGEST_DURATION);
        if (duration.isZero() || duration.compareTo(LONGEST_DURATION) > 0) {
            throw wrong("--duration takes more than no time, and 24h at most");
        }
        if (options.warmup().compareTo(LONGEST_DURATION) > 0) {
            throw wrong("--warmup takes 24h at most");
        }
        checkTrial(options);
        if (options.pid().isPresent() && options.url().isEmpty()) {
            throw wrong("--pid is for a relay that --url names");
        }
        if (options.url().isPresent() && !flagsOfRelay.isEmpty()) {
            throw wrong("the flags after -- are for a relay that is started for the run: leave them or --url out");
        }
    }

    private void checkTrial(BenchOptions options) {
        require("--cuts", options.cuts(), 0, MAX_TRIALS);
        require("--restarts", options.restarts(), 0, MAX_TRIALS);
        require("--slow", options.slow(), 0, 99);
        if (Stream.of(options.cuts(), options.restarts(), options.slow())
                        .filter(flag -> flag > 0)
                        .count()
                > 1) {
            throw wrong("--cuts, --restarts and --slow are for a run each");
        }
        if (options.slow() > 0
                && (options.connections() + options.topics() - 1L) / options.topics() * options.slow() < 100) {
            throw wrong("--slow " + options.slow() + " of so few connections to each topic is none of them");
        }
        if (options.offline().isPresent() && options.cuts() == 0) {
            throw wrong("--offline is for --cuts");
        }
        if (!Trial.areReturning(options)) {
            return;
        }
        if (options.token().isPresent() || options.tokenFile().isPresent()) {
            throw wrong("--cuts and --restarts are for subscribers that are registered, and so not for --token");
        }
        if (options.duration().isEmpty() && options.messages().isPresent() && options.rate() == 0) {
            throw wrong("--cuts and --restarts take the --duration of the run, or its --messages and their --rate");
        }
        if (options.cuts() > 0
                && Trial.offline(options).multipliedBy(options.cuts()).compareTo(Trial.length(options)) >= 0) {
            throw wrong("--cuts " + options.cuts() + " times --offline has to be shorter than the run");
        }
        if (options.restarts() > 0 && options.url().isPresent()) {
            throw wrong("--restarts is for a relay that is started for the run, and so not for --url");
        }
        if (options.restarts() > 0 && options.ndjson()) {
            throw wrong("--restarts is for publishers that can send a message again, and so not for --ndjson");
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
