package relay.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import relay.client.InputMemory;
import relay.message.UnavailableException;
import relay.net.TimedHttpConnection;

/**
 * Reads a request's body as it comes, without blocking, and has a time set for what does not come. For one thread of
 * Jetty's at a time; each step runs within the exchange's guard.
 *
 * <p>What a sink holds of a body while more of it is awaited has a bound over all requests, in the {@link InputMemory}.
 */
final class BodyReader {
    private final Exchange exchange;
    private final Request request;
    private final Sink sink;
    private final InputMemory memory;
    private int counted;
    private boolean waited;
    private long dueNanos;

    /** Where a body goes. What it throws becomes the answer, and nothing more is read. */
    interface Sink {
        /** Takes the next piece, which is its own only during the call. */
        void take(ByteBuffer piece);

        /** How many bytes of what it was given it holds, for more that is to come. */
        int heldBytes();

        /** All requests hold too much: lets go of what it holds and says true, if it can take the rest without it. */
        default boolean letsGo() {
            return false;
        }

        /** The body is complete. */
        void end();

        /** Whether to read no further for now; whoever said so calls {@link BodyReader#read} when it may go on. */
        default boolean pauses() {
            return false;
        }

        /** The body will not be complete; says whether there is an answer all the same. */
        default boolean endsAt(Throwable failure) {
            return false;
        }

        /** Whether the time for what comes next begins anew; asked each time that there is a wait. */
        default boolean hasProgressed() {
            return false;
        }
    }

    /** @throws RefusedException (415) if the body is coded */
    BodyReader(Exchange exchange, InputMemory memory, Sink sink) {
        exchange.requireNoCoding();
        this.exchange = exchange;
        this.request = exchange.coreRequest();
        this.memory = memory;
        this.sink = sink;
    }

    /**
     * Reads what has come, and goes on when more comes.
     *
     * @throws UnavailableException if all requests together hold as much as they may
     */
    void read() {
        boolean goesOn = false;
        try {
            goesOn = readOn();
        } finally {
            if (!goesOn) {
                count(0);
            }
        }
    }

    /** Whether there is more to come. */
    private boolean readOn() {
        while (!sink.pauses()) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                await();
                return true;
            }
            if (Content.Chunk.isFailure(chunk)) {
                if (!sink.endsAt(chunk.getFailure())) {
                    exchange.bodyFailed(chunk.getFailure());
                }
                return false;
            }
            boolean last = chunk.isLast();
            try {
                sink.take(chunk.getByteBuffer());
            } finally {
                chunk.release();
            }
            if (last) {
                sink.end();
                return false;
            }
            if (!count(sink.heldBytes()) && !(sink.letsGo() && count(sink.heldBytes()))) {
                throw UnavailableException.inputIsFull();
            }
        }
        return true;
    }

    private boolean count(int held) {
        boolean hasRoom = memory.change(held - counted);
        if (hasRoom) {
            counted = held;
        }
        return hasRoom;
    }

    private void await() {
        TimedHttpConnection connection =
                (TimedHttpConnection) request.getConnectionMetaData().getConnection();
        if (sink.hasProgressed() || !waited) {
            waited = true;
            dueNanos = connection.bodyDueNanos();
        }
        connection.awaitBody(dueNanos);
        request.demand(() -> exchange.guard(this::read));
    }
}
