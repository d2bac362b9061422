package relay;

/**
 * How many threads of each kind a relay has by itself, on so many processor cores. What else runs is the JVM's, and threads for requests,
 * which come as they are needed.
 *
 * <p>The figures behind it are those of {@code relay.cores} in {@code src/jmh}.
 *
 * @param number at least 1
 */
record Cores(int number) {
    private static final int CORES_PER_SELECTOR = 2;

    /** More would only wait for each other where messages get their place in the sequence. */
    private static final int MOST_SELECTORS = 16;

    private static final int CORES_PER_TOKEN_CHECK = 2;

    /** As many as Jetty has by itself. */
    private static final int MOST_REQUEST_THREADS = 200;

    private static final int REQUEST_THREADS_PER_CORE = 8;
    private static final int FURTHER_REQUEST_THREADS = 16;

    /** Those of this machine or container. */
    static Cores available() {
        return new Cores(Runtime.getRuntime().availableProcessors());
    }

    /**
     * Fan-out workers: the square root of the cores. Each of them writes to its share of the clients, so what a message costs for many
     * clients stays the same, and is done in less time. But over TLS, or where it is for more than a few dozen clients, a message
     * wakes each worker that sleeps, which costs about as much as writing to two clients: with many workers a message would cost more to
     * announce than to write.
     */
    int workers() {
        return (int) Math.sqrt(number);
    }

    /** Threads that select, of which each reads from its share of the connections, and handles what it reads. */
    int selectors() {
        return Math.max(1, Math.min(number / CORES_PER_SELECTOR, MOST_SELECTORS));
    }

    /** How many signatures of tokens are checked at a time that clients send on their sockets: there is to be time for others. */
    int tokenChecks() {
        return Math.max(1, number / CORES_PER_TOKEN_CHECK);
    }

    /**
     * Threads for requests at most. Nothing in them waits, so more do not finish sooner. But each that a burst of connections starts takes
     * 100 KB of memory until it has been idle for a minute.
     */
    int requestThreads() {
        return Math.min(MOST_REQUEST_THREADS, FURTHER_REQUEST_THREADS + REQUEST_THREADS_PER_CORE * number);
    }
}
