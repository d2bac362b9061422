package relay.net;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import relay.schedule.Ticker;

/**
 * By when a client must send what its HTTP connection waits for.
 *
 * <p>The thread that runs the connection sets it, several times for each request. So it reads the clock only where a wait
 * begins, and writes without a memory fence: Jetty has one wherever it hands a connection to another thread. Any thread may ask.
 */
final class InputDeadline {
    private final HttpTimeouts times;
    private final Ticker ticker;
    private final AtomicReference<Awaited> awaited = new AtomicReference<>(Awaited.NOTHING);
    private final AtomicLong dueNanos = new AtomicLong();

    /** A byte of a header has come, and not yet its end. */
    private boolean headerHasBegun;

    private boolean lookedAgain;

    /** What a connection waits for. */
    enum Awaited {
        /** A request is being handled, or its body is read as it comes. */
        NOTHING,
        /** The rest of a request's header; on a new connection also its first byte. */
        HEADER,
        /** The next part of a request's body. */
        BODY,
        /** The first byte of the next request. */
        REQUEST
    }

    InputDeadline(HttpTimeouts times, Ticker ticker) {
        this.times = times;
        this.ticker = ticker;
    }

    void headerBegins() {
        headerHasBegun = true;
    }

    void headerIsComplete() {
        headerHasBegun = false;
        awaited.setRelease(Awaited.NOTHING);
    }

    /** The connection waits for its next input, which is not of a body. A wait that goes on keeps its deadline. */
    void beginWait(boolean isNewConnection) {
        Awaited last = awaited.getPlain();
        if (headerHasBegun || isNewConnection) {
            if (last != Awaited.HEADER) {
                await(Awaited.HEADER, ticker.nanos() + times.header().toNanos());
            }
        } else if (last == Awaited.NOTHING || last == Awaited.BODY) {
            await(Awaited.REQUEST, ticker.nanos() + times.idle().toNanos());
        }
    }

    /** The connection waits for more of a body. */
    void awaitBody(long untilNanos) {
        await(Awaited.BODY, untilNanos);
    }

    private void await(Awaited next, long untilNanos) {
        lookedAgain = false;
        dueNanos.setOpaque(untilNanos);
        awaited.setRelease(next);
    }

    /** Says true once for each wait. */
    boolean mayLookAgain() {
        boolean may = !lookedAgain;
        lookedAgain = true;
        return may;
    }

    boolean awaits(Awaited what) {
        return awaited.getAcquire() == what;
    }

    /** How long the client still has, for what it is awaited to send; negative if it is late. */
    long nanosLeft(long nowNanos) {
        return dueNanos.getOpaque() - nowNanos;
    }

    boolean isLate(long nowNanos) {
        return !awaits(Awaited.NOTHING) && nanosLeft(nowNanos) <= 0;
    }
}
