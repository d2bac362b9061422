package relay.cores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What threads have taken of the processors so far, by the beginning of their name. Linux only.
 *
 * @param nanos how long they ran
 * @param sleeps how often they gave a processor up to wait for something
 */
record Processors(long nanos, long sleeps) {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final Path TASKS = Path.of("/proc/self/task");
    private static final String SLEEPS = "voluntary_ctxt_switches:";

    static Processors of(String prefix) {
        long nanos = Arrays.stream(THREADS.getThreadInfo(THREADS.getAllThreadIds()))
                .filter(thread -> thread != null && thread.getThreadName().startsWith(prefix))
                .mapToLong(thread -> THREADS.getThreadCpuTime(thread.getThreadId()))
                .sum();
        try (Stream<Path> tasks = Files.list(TASKS)) {
            return new Processors(
                    nanos, tasks.mapToLong(task -> sleeps(task, prefix)).sum());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How long the calling thread ran. */
    static long ofThisThread() {
        return THREADS.getCurrentThreadCpuTime();
    }

    private static long sleeps(Path task, String prefix) {
        try {
            if (!Files.readString(task.resolve("comm")).startsWith(prefix)) {
                return 0;
            }
            List<String> status = Files.readAllLines(task.resolve("status"));
            return status.stream()
                    .filter(line -> line.startsWith(SLEEPS))
                    .mapToLong(line ->
                            Long.parseLong(line.substring(SLEEPS.length()).trim()))
                    .sum();
        } catch (IOException e) {
            // It has ended meanwhile.
            return 0;
        }
    }

    Processors since(Processors before) {
        return new Processors(nanos - before.nanos, sleeps - before.sleeps);
    }
}
