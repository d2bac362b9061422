package relay.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/** Gathers a request's whole body, up to a bound, without blocking. */
final class Body {
    /** How much of a body that is too large is read all the same. */
    private static final long MAX_DISCARDED_BYTES = 64L << 20;

    private final Exchange exchange;
    private final Request request;
    private final int maxBytes;
    private final Consumer<ByteBuffer> whole;
    private final ByteArrayOutputStream gathered = new ByteArrayOutputStream(512);
    private long discarded;

    private Body(Exchange exchange, int maxBytes, Consumer<ByteBuffer> whole) {
        this.exchange = exchange;
        this.request = exchange.coreRequest();
        this.maxBytes = maxBytes;
        this.whole = whole;
    }

    /**
     * Reads the body and passes it on.
     *
     * @param whole called once, in one of Jetty's threads, within the exchange's guard; not called if the body is larger
     *     than the bound (413) or breaks off
     */
    static void read(Exchange exchange, int maxBytes, Consumer<ByteBuffer> whole) {
        Body body = new Body(exchange, maxBytes, whole);
        if (body.request.getLength() > maxBytes) {
            body.refuse();
        } else {
            body.read();
        }
    }

    private void read() {
        while (true) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(() -> exchange.guard(this::read));
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                exchange.bodyFailed(chunk);
                return;
            }
            boolean last = chunk.isLast();
            if (!gather(chunk)) {
                refuse();
                return;
            }
            if (last) {
                whole.accept(ByteBuffer.wrap(gathered.toByteArray()));
                return;
            }
        }
    }

    private boolean gather(Content.Chunk chunk) {
        try {
            if (gathered.size() + chunk.remaining() > maxBytes) {
                return false;
            }
            byte[] bytes = new byte[chunk.remaining()];
            chunk.getByteBuffer().get(bytes);
            gathered.writeBytes(bytes);
            return true;
        } finally {
            chunk.release();
        }
    }

    /**
     * Answers at once. Many a client reads nothing before it has sent everything, and would find the connection reset
     * instead of the answer: so what still comes is taken and thrown away, up to a bound.
     */
    private void refuse() {
        gathered.reset();
        boolean asksFirst = request.getHeaders().contains(HttpHeader.EXPECT);
        exchange.refuseEarly(
                Problem.of(
                        HttpStatus.PAYLOAD_TOO_LARGE_413,
                        "the body is too large: it takes at most " + maxBytes + " bytes"),
                asksFirst ? exchange::end : this::discard);
    }

    private void discard() {
        while (discarded < MAX_DISCARDED_BYTES) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(this::discard);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                break;
            }
            discarded += chunk.remaining();
            boolean last = chunk.isLast();
            chunk.release();
            if (last) {
                break;
            }
        }
        exchange.end();
    }
}
