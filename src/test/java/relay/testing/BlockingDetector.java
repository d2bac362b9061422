package relay.testing;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Watches the threads that serve everybody, those that select and the workers, from another one: what they do for the relay
 * must not wait, neither for a signal of another thread, nor for a disk, a name, a pipe or another machine, nor for a lock
 * whose holder does. It looks a thousand times a second, so it sees what waits for some milliseconds. Until it is closed.
 */
public final class BlockingDetector implements AutoCloseable {
    private static final Pattern SERVING = Pattern.compile("(http-|fanout-|answers).*");
    private static final Set<Thread.State> WAITING = Set.of(Thread.State.WAITING, Thread.State.TIMED_WAITING);

    /** What waits outside the JVM: each stands for the beginning of a class's name. */
    private static final List<String> FOREIGN = List.of(
            "java.io.FileInputStream",
            "java.io.FileOutputStream",
            "java.io.RandomAccessFile",
            "java.io.UnixFileSystem",
            "java.lang.ProcessImpl",
            "java.net.Inet4AddressImpl",
            "java.net.Inet6AddressImpl",
            "java.net.InetAddress$",
            "sun.net.spi",
            "sun.nio.ch.FileChannelImpl",
            "sun.nio.ch.NioSocketImpl",
            "sun.nio.fs.UnixNativeDispatcher");

    /** What the JVM and the kernel answer by themselves: classes that are loaded, random numbers, figures of the process. */
    private static final List<String> HARMLESS = List.of(
            "java.lang.ClassLoader", "sun.security.provider.NativePRNG", "io.prometheus", "relay.http.StaticContent");

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final Set<String> seen = new TreeSet<>();
    private final Thread watcher = new Thread(this::watch, "wait-watch");
    private volatile boolean closed;

    private BlockingDetector() {}

    public static BlockingDetector start() {
        BlockingDetector watch = new BlockingDetector();
        watch.watcher.setDaemon(true);
        watch.watcher.start();
        return watch;
    }

    /** Where something waited so far, that should not have. */
    public List<String> seen() {
        synchronized (seen) {
            return List.copyOf(seen);
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            watcher.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void watch() {
        try {
            while (!closed) {
                look();
                TimeUnit.MILLISECONDS.sleep(1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        Map<Long, ThreadInfo> all = new HashMap<>();
        for (ThreadInfo thread : threads.dumpAllThreads(false, true)) {
            all.put(thread.getThreadId(), thread);
        }
        all.values().stream()
                .filter(thread -> SERVING.matcher(thread.getThreadName()).matches())
                .flatMap(thread -> waitingFor(thread, all).stream())
                .forEach(this::remember);
    }

    private void remember(String what) {
        synchronized (seen) {
            seen.add(what);
        }
    }

    private static Optional<String> waitingFor(ThreadInfo thread, Map<Long, ThreadInfo> all) {
        List<StackTraceElement> stack = Arrays.asList(thread.getStackTrace());
        int ours = firstOfTheRelay(stack);
        if (ours < 0 || isItsPlaceToWait(stack.get(ours))) {
            return Optional.empty();
        }
        ThreadInfo holder = all.get(thread.getLockOwnerId());
        boolean waits = isWaiting(thread, stack.subList(0, ours))
                || (holder != null && isWaiting(holder, Arrays.asList(holder.getStackTrace())));
        return waits
                ? Optional.of(thread.getThreadName().replaceAll("\\d+", "N") + " waits in " + stack.get(ours) + " for "
                        + stack.get(0) + (holder == null ? "" : ", which " + holder.getThreadName() + " holds"))
                : Optional.empty();
    }

    /** A lock that is held for a moment is no wait of its own: what its holder does tells. */
    private static boolean isWaiting(ThreadInfo thread, List<StackTraceElement> stack) {
        if (WAITING.contains(thread.getThreadState())) {
            return stack.stream()
                    .noneMatch(frame -> frame.getClassName().startsWith("java.util.concurrent.locks.Reentrant")
                            && frame.getMethodName().equals("lock"));
        }
        return thread.getThreadState() == Thread.State.RUNNABLE
                && begins(stack.stream().limit(8), FOREIGN)
                && !begins(stack.stream(), HARMLESS);
    }

    private static boolean begins(Stream<StackTraceElement> stack, List<String> names) {
        return stack.anyMatch(frame -> names.stream().anyMatch(frame.getClassName()::startsWith));
    }

    private static int firstOfTheRelay(List<StackTraceElement> stack) {
        for (int i = 0; i < stack.size(); i++) {
            if (stack.get(i).getClassName().startsWith("relay.")) {
                return i;
            }
        }
        return -1;
    }

    /** A worker that has nothing to do, a thread of the pool that has none, and the thread that accepts. */
    private static boolean isItsPlaceToWait(StackTraceElement frame) {
        return frame.getClassName().equals("relay.net.WatchedServer$Threads")
                || (frame.getClassName().equals("relay.fanout.Turn")
                        && frame.getMethodName().equals("park"))
                || (frame.getClassName().equals("relay.net.LeanConnector")
                        && frame.getMethodName().equals("accept"));
    }
}
