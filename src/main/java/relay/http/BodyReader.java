package relay.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * Reads a request's body as it comes, without blocking, and has a time set for what does not come. For one thread of
 * Jetty's at a time; each step runs within the exchange's guard.
 */
final class BodyReader {
    private final Exchange exchange;
    private final Request request;
    private final Sink sink;
    private boolean waited;
    private long dueNanos;

    /** Where a body goes. What it throws becomes the answer, and nothing more is read. */
    interface Sink {
        /** Takes the next piece, which is its own only during the call. */
        void take(ByteBuffer piece);

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

    BodyReader(Exchange exchange, Sink sink) {
        this.exchange = exchange;
        this.request = exchange.coreRequest();
        this.sink = sink;
    }

    /** Reads what has come, and goes on when more comes. */
    void read() {
        while (!sink.pauses()) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                await();
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                if (!sink.endsAt(chunk.getFailure())) {
                    exchange.bodyFailed(chunk.getFailure());
                }
                return;
            }
            boolean last = chunk.isLast();
            try {
                sink.take(chunk.getByteBuffer());
            } finally {
                chunk.release();
            }
            if (last) {
                sink.end();
                return;
            }
        }
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
