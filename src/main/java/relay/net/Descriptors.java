package relay.net;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.crypto.Cipher;

/**
 * How many of the process's descriptors clients may take, so that publishers still get one. Used once, by the thread that
 * makes the relay.
 *
 * <p>Asked of the system by its file (Linux): the JVM's management takes long to start.
 */
public final class Descriptors {
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Pattern MOST = Pattern.compile("(?m)^Max open files +(\\d+)");

    private static final Path OPEN = Path.of("/proc/self/fd");

    /** For the engine, files of keys and certificates that are read, what the JVM makes when it is first used. */
    private static final int OWN = 64;

    /** What selects takes two, and there are as many as cores at most: some for the port, some for the engine. */
    private static final int FOR_A_CORE = 4;

    private Descriptors() {}

    /** How many the process may have open; empty where the system does not say, or there is no limit. */
    public static OptionalLong most() {
        try {
            Matcher limit = MOST.matcher(Files.readString(LIMITS));
            return limit.find() ? OptionalLong.of(Long.parseLong(limit.group(1))) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * How many it may still open, beside those for the cores. Many may be open already: a process inherits what its parent
     * has not closed.
     */
    public static OptionalLong left() {
        OptionalLong most = most();
        if (most.isEmpty()) {
            return most;
        }
        int cores = Runtime.getRuntime().availableProcessors();
        return OptionalLong.of(Math.max(0, most.getAsLong() - open() - (long) FOR_A_CORE * cores));
    }

    private static long open() {
        try (Stream<Path> open = Files.list(OPEN)) {
            return open.count();
        } catch (IOException e) {
            return 0;
        }
    }

    /**
     * Makes the JVM make what it makes when it is first used, and takes a descriptor for: for want of one it would never be
     * made again, and the process end when somebody asks for a page of clients, or for the metrics.
     *
     * @throws IOException if there are too few
     */
    public static void touch() throws IOException {
        try {
            SocketChannel.open().close();
            Cipher.getInstance("AES/GCM/NoPadding");
            ManagementFactory.getOperatingSystemMXBean();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES", e);
        }
    }

    /** How many sockets there may be, of those that are left: the process needs some for itself. */
    public static long sockets(OptionalLong left) {
        return left.isPresent() ? Math.max(2, left.getAsLong() - OWN) : Long.MAX_VALUE;
    }

    /**
     * How many clients may be connected: as many as wanted, or as the descriptors allow when as many as publishers want, a
     * quarter at most, are kept for them.
     *
     * @param wanted {@code --max-connections}
     * @param publishers how many connections are for those who publish
     */
    public static int connections(int wanted, int publishers, OptionalLong left) {
        if (left.isEmpty()) {
            return wanted;
        }
        long free = sockets(left);
        long allowed = Math.max(1, free - Math.min(publishers, free / 4));
        return (int) Math.min(wanted, allowed);
    }
}
