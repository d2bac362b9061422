package relay.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/** Gathers a request's whole body, up to a bound, without blocking. */
final class Body {
    private final Exchange exchange;
    private final Request request;
    private final int maxBytes;
    private final Consumer<ByteBuffer> whole;
    private final ByteArrayOutputStream gathered = new ByteArrayOutputStream(512);

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
            throw body.tooLarge();
        }
        body.read();
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
            gather(chunk);
            if (last) {
                whole.accept(ByteBuffer.wrap(gathered.toByteArray()));
                return;
            }
        }
    }

    private void gather(Content.Chunk chunk) {
        try {
            if (gathered.size() + chunk.remaining() > maxBytes) {
                throw tooLarge();
            }
            byte[] bytes = new byte[chunk.remaining()];
            chunk.getByteBuffer().get(bytes);
            gathered.writeBytes(bytes);
        } finally {
            chunk.release();
        }
    }

    private RefusedException tooLarge() {
        return new RefusedException(
                HttpStatus.PAYLOAD_TOO_LARGE_413, "the body is too large: it takes at most " + maxBytes + " bytes");
    }
}
