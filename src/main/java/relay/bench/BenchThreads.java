package relay.bench;

import java.util.concurrent.ThreadFactory;

/** Makes the threads of a run: named daemon threads. */
final class BenchThreads {
    private BenchThreads() {}

    /** Makes threads of that name. */
    static ThreadFactory named(String name) {
        return task -> {
            Thread thread = new Thread(task, "bench-" + name);
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Starts a thread of that name. */
    static Thread start(String name, Runnable task) {
        Thread thread = named(name).newThread(task);
        thread.start();
        return thread;
    }
}
