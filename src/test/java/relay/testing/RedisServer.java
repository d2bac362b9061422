package relay.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Debian's {@code redis-server} on a free port of the loopback address, in a folder of its own, without persistence unless
 * a setting says otherwise. {@link #close} ends it, and so does the end of this JVM, whatever that is. For any thread, but
 * {@link #kill}, {@link #startAgain} and {@link #close} for one at a time.
 */
public final class RedisServer implements AutoCloseable {
    /** Settings: whatever is acknowledged is on the disk. */
    public static final String APPEND_ALWAYS = "appendonly yes\nappendfsync always";

    /** Settings: whatever was acknowledged more than a second or two ago is on the disk. */
    public static final String APPEND_EVERY_SECOND = "appendonly yes\nappendfsync everysec";

    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final String PROGRAM = "/usr/bin/redis-server";
    /** Kills the server when the standard input ends: when this JVM does, in whatever way. */
    private static final String TETHERED = "exec 3<&0; { read -r _ <&3; kill -9 $$; } & exec 3<&- \"$@\"";

    private final Path folder;
    private final int port;
    private final List<String> mode;
    private Process process;

    private RedisServer(Path folder, int port, List<String> mode) throws IOException {
        this.folder = folder;
        this.port = port;
        this.mode = mode;
        this.process = launch();
    }

    /**
     * Starts a server and waits until it answers. Where there is none, the test is left out, or fails in CI.
     *
     * @param settings lines as in {@code redis.conf}: {@code "maxmemory 10mb"}
     */
    public static RedisServer start(String... settings) {
        return start(List.of(), FreePort.find(), settings);
    }

    /** Starts a server that follows another one. */
    public static RedisServer replicaOf(RedisServer master, String... settings) {
        return start(
                List.of(),
                FreePort.find(),
                Stream.concat(Stream.of("replicaof 127.0.0.1 " + master.port()), Stream.of(settings))
                        .toArray(String[]::new));
    }

    /** Starts a server as a node of a cluster that is yet to be formed. */
    static RedisServer startClusterNode(String... settings) {
        return start(
                List.of(),
                FreePort.find(),
                Stream.concat(Stream.of("cluster-enabled yes", "cluster-port " + FreePort.find()), Stream.of(settings))
                        .toArray(String[]::new));
    }

    /** Starts a Sentinel. */
    static RedisServer startSentinel(String... settings) {
        return start(List.of("--sentinel"), FreePort.find(), settings);
    }

    private static RedisServer start(List<String> mode, int port, String... settings) {
        // Valkey would do as well, but Debian 12 has none.
        ExternalProgram.require("redis-server", Map.of(), PROGRAM, "--version");
        try {
            Path folder = Files.createTempDirectory("redis");
            Stream<String> own = Stream.of("bind 127.0.0.1", "port " + port, "dir " + folder);
            Stream<String> ofServers = Stream.of("save \"\"", "enable-debug-command yes", "repl-diskless-sync-delay 0");
            Stream<String> common = mode.isEmpty() ? Stream.concat(own, ofServers) : own;
            Files.write(
                    folder.resolve("redis.conf"),
                    Stream.concat(common, Stream.of(settings)).toList());
            RedisServer server = new RedisServer(folder, port, mode);
            server.awaitReady();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process launch() throws IOException {
        List<String> command = Stream.of(
                        List.of("/bin/sh", "-c", TETHERED, "tether", PROGRAM, folder + "/redis.conf"), mode)
                .flatMap(List::stream)
                .toList();
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                .start();
    }

    public int port() {
        return port;
    }

    /** As it is given to {@code --engine}. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** All that it has logged, over all its starts. */
    public String output() {
        try {
            return Files.readString(log());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Asks for something on a connection of its own.
     *
     * @return the reply's values, those of nested arrays one after the other; nothing for a null
     * @throws RedisErrorException if the reply is an error
     * @throws UncheckedIOException if there is none
     */
    public List<String> ask(String... command) {
        try (RespConnection connection = new RespConnection(port)) {
            return connection.ask(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One line of {@code INFO}: {@code "run_id"}. */
    public String info(String name) {
        return ask("INFO", "everything")
                .get(0)
                .lines()
                .filter(line -> line.startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name));
    }

    /** Ends it with SIGKILL and waits for that. */
    public void kill() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("it still runs");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Starts it again after {@link #kill}, on the same port and with the same folder, and waits until it answers. */
    public void startAgain() {
        if (process.isAlive()) {
            throw new IllegalStateException("it runs");
        }
        try {
            process = launch();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitReady();
    }

    /** Kills it and starts it again. */
    public void restart() {
        kill();
        startAgain();
    }

    /** Stops it without ending it: its connections stay open, and nobody answers. */
    public void freeze() {
        signal("STOP");
    }

    public void thaw() {
        signal("CONT");
    }

    private void signal(String name) {
        try (ExternalProgram kill =
                ExternalProgram.start(Map.of(), "/bin/kill", "-s", name, String.valueOf(process.pid()))) {
            if (kill.exitStatus() != 0) {
                throw new AssertionError("no signal " + name + ": " + kill.output());
            }
        }
    }

    private void awaitReady() {
        Process started = process;
        await().atMost(TIMEOUT)
                .pollInterval(Duration.ofMillis(10))
                .failFast(
                        "the server has ended",
                        () -> assertThat(started.isAlive()).as(output()).isTrue())
                .until(this::answers);
    }

    /** Whoever wants a password first is there too. */
    private boolean answers() {
        try {
            return ask("PING").equals(List.of("PONG"));
        } catch (RedisErrorException e) {
            return String.valueOf(e.getMessage()).startsWith("NOAUTH ");
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    private Path log() {
        return folder.resolve("redis.log");
    }

    @Override
    public void close() {
        kill();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
