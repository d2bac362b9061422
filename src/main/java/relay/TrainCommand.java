package relay;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import relay.message.Characters;
import relay.schedule.Ticker;
import relay.settings.CommandFlags;
import relay.settings.SettingsReader;

/**
 * {@code java -XX:AOTCacheOutput=FILE -jar relay.jar train}: runs a relay under load, from which the JVM makes the cache when the
 * process ends. A relay that has the cache loads its classes from it and compiles at once what the load has shown to be hot. For one
 * thread.
 *
 * <p>The load comes from processes of their own, since the cache is to hold what a relay does and nothing else.
 *
 * @param err what is done, and what went wrong
 */
record TrainCommand(PrintStream err) {
    private static final int GOOD = 0;
    private static final int FAILED = 1;

    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final List<String> OUTPUTS = List.of("-XX:AOTCacheOutput=", "-XX:ArchiveClassesAtExit=");

    /** Few connections, so that 1,024 descriptors do. The stream is slow enough for its one subscriber on any machine. */
    private static final List<List<String>> LOADS = List.of(
            List.of("--connections", "200"),
            List.of("--connections", "1", "--publishers", "64"),
            List.of("--connections", "1", "--publishers", "1", "--ndjson", "--rate", "50000"));

    /** Picocli fills them in. */
    @Command(
            name = "train",
            sortOptions = false,
            customSynopsis = {
                "java -XX:AOTCacheOutput=FILE [JVM's flags] -jar relay.jar train [--duration TIME]     JDK 25",
                "java -XX:ArchiveClassesAtExit=FILE [JVM's flags] -jar relay.jar train [--duration TIME]     JDK 17"
            },
            usageHelpWidth = 110,
            header = {
                "Runs a relay under load, from which the JVM makes a cache: a relay that is started with the same jar, Java and"
                        + " JVM's flags, and -XX:AOTCache=FILE (JDK 17: -XX:SharedArchiveFile=FILE), is ready and fast earlier."
            },
            footer = {"", "Exit status: 0; 1 if there was no load; 2 if a flag is wrong."})
    interface Options {
        @Option(
                names = "--duration",
                order = 1,
                paramLabel = "TIME",
                defaultValue = "4s",
                description = "How long each of the six loads takes (default: ${DEFAULT-VALUE}).")
        Duration duration();

        @Option(
                names = {"-h", "--help"},
                order = 2,
                usageHelp = true,
                description = "Show this help and exit.")
        boolean help();
    }

    /**
     * Puts load on a relay without and on one with a directory for data, and returns the exit status.
     *
     * @throws ParameterException if a flag is wrong; its message is one line
     */
    int run(String... arguments) {
        CommandFlags<Options> flags = new CommandFlags<>(Options.class);
        return flags.read(err, arguments)
                .map(options -> train(duration(options, flags)))
                .orElse(GOOD);
    }

    private static Duration duration(Options options, CommandFlags<Options> flags) {
        if (options.duration().isZero() || options.duration().compareTo(LONGEST) > 0) {
            throw flags.wrong("--duration takes more than no time, and 10m at most");
        }
        if (ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .noneMatch(flag -> OUTPUTS.stream().anyMatch(flag::startsWith))) {
            throw flags.wrong(
                    "train takes a flag of the JVM, before -jar, that says where the cache goes: -XX:AOTCacheOutput=FILE, or on JDK 17"
                            + " -XX:ArchiveClassesAtExit=FILE");
        }
        return options.duration();
    }

    private int train(Duration each) {
        try {
            Path data = Files.createTempDirectory("relay-train");
            try {
                train(each, List.of());
                train(each, List.of("--data", data.toString()));
            } finally {
                delete(data);
            }
            err.println("train: done, and the JVM makes the cache");
            return GOOD;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            err.println("train: interrupted");
            return FAILED;
        } catch (Exception e) {
            err.println("train: " + Characters.oneLine(e));
            return FAILED;
        }
    }

    private void train(Duration each, List<String> storing) throws Exception {
        List<String> flags = new ArrayList<>(List.of("--host", "127.0.0.1", "--port", "0", "--drain", "0s"));
        flags.addAll(storing);
        RelayServer relay = new RelayServer(
                new SettingsReader(Map.of())
                        .read(flags.toArray(String[]::new))
                        .orElseThrow()
                        .settings(),
                Ticker.system(),
                InstantSource.system());
        relay.start();
        try (TrainReaders readers = TrainReaders.open(relay.port())) {
            for (List<String> load : LOADS) {
                load(relay.port(), each, load);
            }
            readers.askOnce();
        } finally {
            relay.drainAndStop();
        }
    }

    private void load(int port, Duration duration, List<String> flags) throws IOException, InterruptedException {
        err.println("train: bench " + String.join(" ", flags));
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-cp",
                System.getProperty("java.class.path", ""),
                Main.class.getName(),
                "bench",
                "--url",
                "http://127.0.0.1:" + port,
                "--warmup",
                "0s",
                "--duration",
                duration.toMillis() + "ms"));
        command.addAll(flags);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        // The flags of this JVM, that of the cache before all, are not for it.
        builder.environment()
                .keySet()
                .removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JDK_AOT_VM_OPTIONS"));
        Process bench = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(bench::destroyForcibly, "train-exit"));
        int status = bench.waitFor();
        if (status > FAILED) {
            throw new IOException("bench ended with status " + status);
        }
        if (status == FAILED) {
            err.println("train: bench found a fault, which is nothing to a cache");
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
