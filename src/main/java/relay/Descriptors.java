package relay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many of the process's descriptors clients may take, so that publishers still get one. Used once, by the thread that
 * makes the relay.
 *
 * <p>Asked of the system by its file (Linux): the JVM's management takes long to start.
 */
final class Descriptors {
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Pattern MOST = Pattern.compile("(?m)^Max open files +(\\d+)");

    /** For the jar and the log, selectors, the engine, files of keys and certificates that are read. */
    private static final int OWN = 64;

    private Descriptors() {}

    /** How many the process may have open; empty where the system does not say, or there is no limit. */
    static OptionalLong most() {
        try {
            Matcher limit = MOST.matcher(Files.readString(LIMITS));
            return limit.find() ? OptionalLong.of(Long.parseLong(limit.group(1))) : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** How many sockets there may be: the process needs some for itself. */
    static long sockets(OptionalLong most) {
        return most.isPresent() ? Math.max(2, most.getAsLong() - OWN) : Long.MAX_VALUE;
    }

    /**
     * How many clients may be connected: as many as wanted, or as the descriptors allow when as many as publishers want, a
     * quarter at most, are kept for them.
     *
     * @param wanted {@code --max-connections}
     * @param publishers how many connections are for those who publish
     */
    static int connections(int wanted, int publishers, OptionalLong most) {
        if (most.isEmpty()) {
            return wanted;
        }
        long free = sockets(most);
        long allowed = Math.max(1, free - Math.min(publishers, free / 4));
        return (int) Math.min(wanted, allowed);
    }
}
