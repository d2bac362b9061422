package relay.http;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import relay.client.InputMemory;
import relay.message.UnavailableException;
import relay.net.TimedHttpConnection;

/**
 * Reads the body of a request as it arrives, without blocking, and limits the time that it waits for more. For one Jetty thread
 * at a time; each step runs in the guard of the exchange.
 *
 * <p>What a sink holds while it waits for more counts against the {@link InputMemory} of all requests.
 */
final class BodyReader {
    /** Reading and parsing more than this takes so long that it is not for a selecting thread. */
    private static final int LARGE_BYTES = 64 << 10;

    private final Exchange exchange;
    private final Request request;
    private final Sink sink;
    private final InputMemory memory;
    private int counted;
    private boolean waited;
    private long dueNanos;

    /** Where a body goes. What it throws becomes the answer, and nothing more is read. */
    interface Sink {
        /** Takes the next piece, which is valid only during the call. */
        void take(ByteBuffer piece);

        /** How many bytes it holds while it waits for more. */
        int heldBytes();

        /** The memory of all requests is full. A sink that can do without what it holds drops that and returns true. */
        default boolean dropsHeld() {
            return false;
        }

        /** The body is complete. */
        void complete();

        /** Whether to stop reading for now; the sink then calls {@link BodyReader#read} to go on. */
        default boolean pauses() {
            return false;
        }

        /** The body will not be complete. Returns whether the sink answers the request itself. */
        default boolean answersFailure(Throwable failure) {
            return false;
        }

        /** Whether the time limit starts anew; asked before each wait. */
        default boolean hasProgressed() {
            return false;
        }
    }

    /** @throws RefusedException (415) if the body has a Content-Encoding */
    BodyReader(Exchange exchange, InputMemory memory, Sink sink) {
        exchange.requireNoCoding();
        this.exchange = exchange;
        this.request = exchange.coreRequest();
        this.memory = memory;
        this.sink = sink;
    }

    /**
     * Collects a whole body.
     *
     * @param whole gets the body, backed by an array; called once, in a Jetty thread, in the guard of the exchange; not called if the body is larger than the limit
     *     or breaks off
     * @throws RefusedException (413) if Content-Length is above the limit
     */
    static void readWhole(Exchange exchange, RequestLimits limits, Consumer<ByteBuffer> whole) {
        Collector collector = new Collector(limits.maxBodyBytes(), whole);
        long length = exchange.coreRequest().getLength();
        if (length > limits.maxBodyBytes()) {
            throw collector.tooLarge();
        }
        BodyReader reader = new BodyReader(exchange, limits.memory(), collector);
        if (length < 0 || length > LARGE_BYTES) {
            exchange.guardApart(reader::read);
        } else {
            reader.read();
        }
    }

    /**
     * Reads what has arrived, and goes on when more arrives.
     *
     * @throws UnavailableException if all requests together hold as much as they may
     */
    void read() {
        boolean unfinished = false;
        try {
            unfinished = readAvailable();
        } finally {
            if (!unfinished) {
                count(0);
            }
        }
    }

    /** Returns whether there is more to come. */
    private boolean readAvailable() {
        while (!sink.pauses()) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                await();
                return true;
            }
            if (Content.Chunk.isFailure(chunk)) {
                if (!sink.answersFailure(chunk.getFailure())) {
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
                sink.complete();
                return false;
            }
            if (!count(sink.heldBytes()) && !(sink.dropsHeld() && count(sink.heldBytes()))) {
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

    /** Collects a whole body, up to a limit. */
    private static final class Collector implements Sink {
        private final int maxBytes;
        private final Consumer<ByteBuffer> whole;

        /** As large as the first piece, which mostly is the whole body. */
        private ByteBuffer collected = ByteBuffer.allocate(0);

        Collector(int maxBytes, Consumer<ByteBuffer> whole) {
            this.maxBytes = maxBytes;
            this.whole = whole;
        }

        @Override
        public void take(ByteBuffer piece) {
            int size = collected.position() + piece.remaining();
            if (size > maxBytes) {
                collected = ByteBuffer.allocate(0);
                throw tooLarge();
            }
            if (size > collected.capacity()) {
                int capacity = Math.max(size, Math.min(2 * collected.capacity(), maxBytes));
                collected = ByteBuffer.allocate(capacity).put(collected.flip());
            }
            collected.put(piece);
        }

        @Override
        public int heldBytes() {
            return collected.position();
        }

        @Override
        public void complete() {
            whole.accept(collected.flip());
        }

        RefusedException tooLarge() {
            return new RefusedException(
                    HttpStatus.PAYLOAD_TOO_LARGE_413, "the body is too large: it takes at most " + maxBytes + " bytes");
        }
    }
}
