package relay.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The subscribers that are connected and do not read, until the run has ended. For any thread. */
final class Stalls implements Course {
    private static final String WITHOUT = "none";

    private final List<Subscriber> open = new ArrayList<>();
    private final Map<String, Integer> ended = new TreeMap<>();

    /** Written once, by the thread that ends the run. */
    private volatile boolean awake;

    /** Whether the subscriber with this number among those of its topic is one, if so many of a hundred are. */
    static boolean isSlow(int number, int percent) {
        return (number + 1L) * percent / 100 > (long) number * percent / 100;
    }

    /** They read now, which is how they learn that the relay has closed their connections. */
    void wake() {
        awake = true;
        List<Subscriber> all;
        synchronized (this) {
            all = List.copyOf(open);
        }
        all.forEach(Subscriber::goOn);
    }

    /** How many there are whose connection has not ended. */
    synchronized int connected() {
        return open.size() - ended.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** How many connections ended with each close code, or without one. */
    synchronized Map<String, Integer> ended() {
        return Map.copyOf(ended);
    }

    @Override
    public synchronized void opened(Subscriber connection) {
        open.add(connection);
    }

    @Override
    public boolean isReading() {
        return awake;
    }

    @Override
    public void text(ByteBuffer bytes, int at, long length) {}

    @Override
    public synchronized boolean ended(Subscriber.Spec spec, boolean wasOpen, Throwable cause) {
        if (wasOpen) {
            ended.merge(cause instanceof Closed closed ? closed.code() : WITHOUT, 1, Integer::sum);
        }
        return wasOpen;
    }

    /** A relay has closed a connection with a close frame. */
    static final class Closed extends IOException {
        private static final long serialVersionUID = 1;
        private final String code;

        Closed(String code) {
            super("the relay closed a connection with " + code);
            this.code = code;
        }

        String code() {
            return code;
        }
    }
}
