package relay.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The thread that owns a share of the subscribers: it opens their sockets, some at a time, reads them all through one
 * buffer, and counts. {@link #open}, {@link #measureFrom} and {@link #stop} are for any thread.
 */
final class SubscriberLoop implements Runnable {
    /** How many handshakes of one loop are under way at a time: fewer than the backlog of a listening socket. */
    private static final int MAX_OPENING = 128;

    private static final int READ_BYTES = 256 << 10;
    private static final long LONGEST_SELECT_MILLIS = 100;

    private final Clock clock;
    private final LiveCounts live;
    private final Tally tally;
    private final Selector selector;
    private final ConcurrentLinkedQueue<Subscriber.Spec> toOpen = new ConcurrentLinkedQueue<>();
    private final ByteBuffer shared = ByteBuffer.allocateDirect(READ_BYTES);
    private int opening;

    /** Written once, before the first message is sent. */
    private volatile long measuredFrom;

    /** Written once, by the thread that ends the run. */
    private volatile boolean stopped;

    SubscriberLoop(Clock clock, LiveCounts live, Tally tally) throws IOException {
        this.clock = clock;
        this.live = live;
        this.tally = tally;
        this.selector = Selector.open();
        this.measuredFrom = clock.nanos();
    }

    /** Opens these clients' sockets as well. */
    void open(List<Subscriber.Spec> specs) {
        toOpen.addAll(specs);
        selector.wakeup();
    }

    /** Messages sent earlier are not measured. To be called before the first is sent. */
    void measureFrom(long moment) {
        measuredFrom = moment;
    }

    /** Makes the thread close all sockets and end. */
    void stop() {
        stopped = true;
        selector.wakeup();
    }

    /** To be read when the thread has ended. */
    Tally tally() {
        return tally;
    }

    @Override
    public void run() {
        try (selector) {
            try {
                while (!stopped) {
                    openMore();
                    selector.select(this::attendTo, LONGEST_SELECT_MILLIS);
                    tally.report();
                }
            } finally {
                selector.keys().forEach(SubscriberLoop::close);
            }
        } catch (IOException | RuntimeException e) {
            live.error("a thread that reads failed: " + e);
        }
    }

    private void openMore() {
        while (opening < MAX_OPENING && !toOpen.isEmpty()) {
            opening++;
            try {
                Subscriber.connect(toOpen.remove(), tally, selector);
            } catch (IOException | RuntimeException e) {
                refused(e);
            }
        }
    }

    private void attendTo(SelectionKey key) {
        Subscriber subscriber = (Subscriber) key.attachment();
        boolean wasOpen = subscriber.isOpen();
        try {
            if (key.isConnectable()) {
                subscriber.connected(key);
            } else if (!read(subscriber)) {
                throw new IOException("the relay ended a connection");
            }
            if (!wasOpen && subscriber.isOpen()) {
                opening--;
                live.opened.increment();
            }
        } catch (IOException | RuntimeException e) {
            close(key);
            if (wasOpen) {
                live.closed.increment();
                live.error(String.valueOf(e.getMessage()));
            } else {
                refused(e);
            }
        }
    }

    private boolean read(Subscriber subscriber) throws IOException {
        tally.readAt(clock.nanos(), measuredFrom);
        return subscriber.read(shared);
    }

    private void refused(Exception e) {
        opening--;
        live.refused.increment();
        live.error(String.valueOf(e.getMessage()));
    }

    private static void close(SelectionKey key) {
        try {
            key.channel().close();
        } catch (IOException e) {
            key.cancel();
        }
    }
}
