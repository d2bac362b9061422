package relay.bench;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A relay that is killed again and again, and started anew on the same port and the same data. {@link #begin} has a thread do
 * that; the rest is for the thread of the run, when that one has ended.
 */
final class Restarts implements Closeable {
    /** Below those that systems give to the clients' ends of connections: one of them might else take the relay's while it is away. */
    private static final int FIRST_PORT = 20_000;

    private static final int PORTS = 12_000;
    private static final int ATTEMPTS = 100;

    /** How long a relay serves all subscribers at least until it is killed. */
    private static final long SERVES_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long it may take until they are all back. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private static final String DATA = "--data";
    private static final String ENGINE = "--engine";

    private final int count;
    private final List<String> machine;
    private final List<String> flags;
    private final int port;
    private final Path data;
    private final Clock clock;
    private final Progress progress;
    private final int connections;
    private final List<Long> ready = new ArrayList<>();
    private final List<Long> back = new ArrayList<>();

    /** Written by the thread that kills, read by the one that ends the program too. */
    private volatile RelayProcess relay;

    private @Nullable Thread thread;

    /**
     * Starts the first relay.
     *
     * @param connections how many subscribers the run has
     * @param machine flags of its virtual machine
     * @param flags its other flags; if they do not say where its data is, it is in a folder that goes with this
     */
    Restarts(int count, int connections, List<String> machine, List<String> flags, Clock clock, Progress progress)
            throws IOException, InterruptedException {
        this.count = count;
        this.connections = connections;
        this.machine = machine;
        this.clock = clock;
        this.progress = progress;
        this.port = freePort();
        this.data = Files.createTempDirectory("relay-bench-data-");
        List<String> all = new ArrayList<>(flags);
        if (flags.stream().noneMatch(Restarts::saysWhereDataIs)) {
            all.addAll(List.of(DATA, data.toString()));
        }
        this.flags = List.copyOf(all);
        try {
            this.relay = RelayProcess.start(machine, port, this.flags);
        } catch (IOException | InterruptedException e) {
            delete();
            throw e;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::deleteAtExit, "bench-exit-data"));
    }

    RelayProcess relay() {
        return relay;
    }

    /** Has it killed as often as wanted, evenly over that time; less often if all take so long to be back that this does not fit. */
    void begin(long from, long nanos) {
        Thread killer = new Thread(
                () -> {
                    for (int i = 1; i <= count && clock.nanos() - from < nanos && !isInterrupted(); i++) {
                        clock.waitUntil(from + nanos / (count + 1) * i);
                        restart();
                        clock.waitUntil(clock.nanos() + SERVES_NANOS);
                    }
                },
                "bench-restarts");
        killer.setDaemon(true);
        killer.start();
        thread = killer;
    }

    /** Waits until it has been done. */
    void await() throws InterruptedException {
        if (thread != null) {
            thread.join();
        }
    }

    /** For each new relay, how long it took to be ready from the end of the one before, in milliseconds. */
    List<Long> ready() {
        return List.copyOf(ready);
    }

    /** For each new relay, how long it took from the same moment until all subscribers were connected again, in milliseconds. */
    List<Long> back() {
        return List.copyOf(back);
    }

    @Override
    public void close() throws IOException {
        Thread killer = thread;
        if (killer != null) {
            killer.interrupt();
        }
        try {
            await();
            relay.stop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            relay.process().destroyForcibly();
        }
        delete();
    }

    /** For a run that is interrupted. */
    private void deleteAtExit() {
        try {
            relay.process().destroyForcibly().waitFor();
            delete();
        } catch (IOException | InterruptedException e) {
            // The system's own folder for temporary files is cleared by the system too, and nobody reads an error here.
            return;
        }
    }

    private void restart() {
        try {
            relay.process().destroyForcibly().waitFor();
            long ended = clock.nanos();
            relay = RelayProcess.start(machine, port, flags);
            long listens = clock.nanos();
            ready.add(TimeUnit.NANOSECONDS.toMillis(listens - ended));
            while (progress.opened.sum() < connections
                    && clock.nanos() - listens < PATIENCE_NANOS
                    && !isInterrupted()) {
                clock.waitUntil(clock.nanos() + POLL_NANOS);
            }
            back.add(TimeUnit.NANOSECONDS.toMillis(clock.nanos() - ended));
        } catch (IOException e) {
            progress.error(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean isInterrupted() {
        return Thread.currentThread().isInterrupted();
    }

    private void delete() throws IOException {
        if (!Files.exists(data)) {
            return;
        }
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static boolean saysWhereDataIs(String flag) {
        return Stream.of(DATA, ENGINE).anyMatch(name -> flag.equals(name) || flag.startsWith(name + "="));
    }

    private static int freePort() throws IOException {
        IOException last = new IOException("no port is free");
        for (int i = 0; i < ATTEMPTS; i++) {
            int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORTS);
            try (ServerSocket probe = new ServerSocket()) {
                probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return port;
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }
}
