package relay.engine.disk;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import relay.engine.Publication;
import relay.message.UnavailableException;

/**
 * What waits for the writer, in the order in which it came. Messages are bounded by the hub's backlog, requests here, changes by the
 * number of registrations. For any thread; {@link #take} is for the writer's.
 */
final class Inbox {
    /** How many requests wait at most: each is of a client of HTTP, which waits too. */
    private static final int MOST_REQUESTS = 100_000;

    final Changes changes = new Changes();

    private List<Object> waiting = new ArrayList<>();
    private int requests;
    private boolean writerWaits;
    private @Nullable UnavailableException closed;

    /** A message waits; if it cannot, it is refused. */
    void add(Publication publication) {
        UnavailableException refusal;
        synchronized (this) {
            refusal = closed;
            if (refusal == null) {
                waiting.add(publication);
                wake();
                return;
            }
        }
        publication.refused(refusal);
    }

    /** A request waits; if it cannot, it is refused. */
    void add(Request request) {
        UnavailableException refusal;
        synchronized (this) {
            refusal = closed;
            if (refusal == null && requests < MOST_REQUESTS) {
                requests++;
                waiting.add(request);
                wake();
                return;
            }
        }
        request.refuse(refusal == null ? UnavailableException.noRoomFor("requests that wait for the disk") : refusal);
    }

    /** A change is to be written now. */
    synchronized void changed() {
        wake();
    }

    /** Refuses all that comes from now on. */
    synchronized void close(UnavailableException refusal) {
        closed = refusal;
        wake();
    }

    synchronized boolean isClosed() {
        return closed != null;
    }

    /**
     * Waits for something.
     *
     * @param empty what takes in what comes from now on
     * @param waitMillis how long to wait at most
     * @return messages and requests; perhaps none, in time, after a change, or when it is closed
     */
    synchronized List<Object> take(List<Object> empty, long waitMillis) throws InterruptedException {
        if (waiting.isEmpty() && closed == null && waitMillis > 0 && !changes.hasUrgent()) {
            writerWaits = true;
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMillis);
            for (long left = waitMillis; writerWaits && left > 0; left = millisUntil(end)) {
                wait(left);
            }
            writerWaits = false;
        }
        List<Object> taken = waiting;
        waiting = empty;
        requests = 0;
        return taken;
    }

    private static long millisUntil(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos - System.nanoTime());
    }

    private void wake() {
        if (writerWaits) {
            writerWaits = false;
            notifyAll();
        }
    }
}
