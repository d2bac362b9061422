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
 * How many of the process's file descriptors clients may use, so that some are left for publishers. Used once, by the thread
 * that makes the relay.
 *
 * <p>It reads Linux's own files: the JVM's management takes long to start.
 */
public final class Descriptors {
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Pattern MOST = Pattern.compile("(?m)^Max open files +(\\d+)");

    private static final Path OPEN = Path.of("/proc/self/fd");

    /** For the engine, for files of keys and certificates, and for what the JVM opens at its first use. */
    private static final int OWN = 64;

    /** A selector takes two, and there is one for each core at most, both for the port and for the engine. */
    private static final int FOR_A_CORE = 4;

    private Descriptors() {}

    /** How many the process may have open; empty if the system does not say, or there is no limit. */
    public static OptionalLong most() {
        try {
            Matcher limit = MOST.matcher(Files.readString(LIMITS));
            return limit.find() ? OptionalLong.of(Long.parseLong(limit.group(1))) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /**
     * How many it may still open, not counting those for the cores. Many may be open already: a process inherits what its
     * parent has not closed.
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
     * Uses once what the JVM initialises at its first use and needs a descriptor for. If it had none at that time, the class
     * could never be used again, and the process would end when somebody asks for a page of clients or for the metrics.
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

    /** How many of those that are left may be sockets: the process needs some for itself. */
    public static long sockets(OptionalLong left) {
        return left.isPresent() ? Math.max(2, left.getAsLong() - OWN) : Long.MAX_VALUE;
    }

    /**
     * How many clients may be connected: as many as wanted, or as many as the descriptors allow after some are kept for
     * publishers, a quarter at most.
     *
     * @param wanted {@code --max-connections}
     * @param publishers how many connections are for publishers
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
