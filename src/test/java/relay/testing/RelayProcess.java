package relay.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The jar in a process of its own, which {@link #close} ends whatever happened. */
public final class RelayProcess implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Pattern LISTENING = Pattern.compile("listening on https?://\\S+:(\\d+)");

    private final Process process;
    private final Path out;
    private final Path err;
    /** Where it listens; 0 until it has said so. */
    private volatile int port;

    private RelayProcess(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** The jar under test. */
    public static Path jar() {
        String jar = System.getProperty("relay.jar");
        if (jar == null) {
            throw new AssertionError("the system property relay.jar does not say which jar to test: run mvn verify");
        }
        return Path.of(jar);
    }

    /** The Java that runs the tests. */
    public static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    public static RelayProcess start(String... flags) {
        return start(Map.of(), flags);
    }

    /** Starts the jar with these environment variables, and none of its own beside them. */
    public static RelayProcess start(Map<String, String> environment, String... flags) {
        return start(List.of(java().toString()), environment, flags);
    }

    /** Starts the jar with these options of the virtual machine. */
    public static RelayProcess startWith(List<String> machine, String... flags) {
        List<String> java = new ArrayList<>(List.of(java().toString()));
        java.addAll(machine);
        return start(java, Map.of(), flags);
    }

    /** Starts the jar with so many descriptors at most. */
    public static RelayProcess startWithDescriptors(int most, String... flags) {
        return startAfter("ulimit -n " + most, flags);
    }

    /** Starts the jar from a shell that does this before; {@code $@} are the arguments of Java. */
    public static RelayProcess startAfter(String preparation, String... flags) {
        String shell = preparation + " && exec \"$0\" \"$@\"";
        return start(List.of("/bin/sh", "-c", shell, java().toString()), Map.of(), flags);
    }

    /**
     * Starts the jar with so many descriptors at most, of which it inherits some.
     *
     * @param machine options of the virtual machine
     */
    public static RelayProcess startWithDescriptors(int most, int inherited, List<String> machine, String... flags) {
        String shell = "for ((i = 0; i < " + inherited + "; i++)); do exec {fd}</dev/null; done; ulimit -n " + most
                + " && exec \"$0\" \"$@\"";
        List<String> java = new ArrayList<>(List.of("/bin/bash", "-c", shell, java().toString()));
        java.addAll(machine);
        return start(java, Map.of(), flags);
    }

    /** Starts the jar with these options of the virtual machine, and all classes from the jar itself. */
    public static RelayProcess startWithoutArchive(List<String> machine, String... flags) {
        List<String> java = new ArrayList<>(List.of(java().toString()));
        java.addAll(machine);
        return start(commandWithoutArchive(java, flags), Map.of());
    }

    private static RelayProcess start(List<String> java, Map<String, String> environment, String... flags) {
        return start(command(java, flags), environment);
    }

    private static RelayProcess start(ProcessBuilder builder, Map<String, String> environment) {
        try {
            Path out = Files.createTempFile("relay", ".out");
            Path err = Files.createTempFile("relay", ".err");
            builder.redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment().putAll(environment);
            return new RelayProcess(builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The jar with these arguments, yet to be started by a test that wants another end of its output or no relay. */
    public static ProcessBuilder command(String... arguments) {
        return command(List.of(java().toString()), arguments);
    }

    private static ProcessBuilder command(List<String> java, String... arguments) {
        List<String> all = new ArrayList<>(java);
        all.addAll(ClassArchive.options(jar()));
        return commandWithoutArchive(all, arguments);
    }

    private static ProcessBuilder commandWithoutArchive(List<String> java, String... arguments) {
        List<String> command = new ArrayList<>(java);
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-jar", jar().toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("RELAY_") || name.startsWith("JAVA_TOOL"));
        return builder;
    }

    /** The port it says that it listens on, waiting for that. */
    public int port() {
        if (port == 0) {
            awaitLog(LISTENING);
            Matcher matcher = LISTENING.matcher(out());
            port = matcher.find() ? Integer.parseInt(matcher.group(1)) : -1;
        }
        return port;
    }

    /** A backend with connections of its own. */
    public Api api() {
        return new Api(port());
    }

    /** Waits until it has logged this. */
    public void awaitLog(Pattern pattern) {
        await().atMost(TIMEOUT).until(() -> pattern.matcher(out()).find() || !process.isAlive());
        if (!pattern.matcher(out()).find()) {
            throw new AssertionError("it ended without having logged " + pattern + ": " + out() + err());
        }
    }

    /** All that it has written to its standard output so far. */
    public String out() {
        return read(out);
    }

    /** All that it has written to its standard error so far. */
    public String err() {
        return read(err);
    }

    /** Sends SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** Ends it at once, by SIGKILL. */
    public void kill() {
        process.destroyForcibly();
    }

    /** Sends it a signal, such as STOP. */
    public void signal(String name) {
        ExternalProgram.signal(name, process.pid());
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Its exit status, waiting for its end. */
    public int exitStatus() {
        try {
            if (!process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("it still runs after " + TIMEOUT + ": " + out());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return process.exitValue();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            process.destroyForcibly().waitFor();
            Files.deleteIfExists(out);
            Files.deleteIfExists(err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
