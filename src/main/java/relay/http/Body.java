package relay.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpStatus;

/** Gathers a request's whole body, up to a bound. */
final class Body implements BodyReader.Sink {
    /** A longer one takes long enough to be read that others would notice. */
    private static final int LARGE_BYTES = 64 << 10;

    private final int maxBytes;
    private final Consumer<ByteBuffer> whole;
    private final ByteArrayOutputStream gathered = new ByteArrayOutputStream(512);

    private Body(int maxBytes, Consumer<ByteBuffer> whole) {
        this.maxBytes = maxBytes;
        this.whole = whole;
    }

    /**
     * Reads the body and passes it on.
     *
     * @param whole called once, in one of Jetty's threads, within the exchange's guard; not called if the body is larger
     *     than the bound or breaks off
     * @throws RefusedException (413) if the body says by itself that it is larger than the bound
     */
    static void read(Exchange exchange, RequestLimits limits, Consumer<ByteBuffer> whole) {
        int maxBytes = limits.maxBodyBytes();
        Body body = new Body(maxBytes, whole);
        long length = exchange.coreRequest().getLength();
        if (length > maxBytes) {
            throw body.tooLarge();
        }
        BodyReader reader = new BodyReader(exchange, limits.memory(), body);
        if (length < 0 || length > LARGE_BYTES) {
            exchange.guardApart(reader::read);
        } else {
            reader.read();
        }
    }

    @Override
    public void take(ByteBuffer piece) {
        if (gathered.size() + piece.remaining() > maxBytes) {
            gathered.reset();
            throw tooLarge();
        }
        byte[] bytes = new byte[piece.remaining()];
        piece.get(bytes);
        gathered.writeBytes(bytes);
    }

    @Override
    public int heldBytes() {
        return gathered.size();
    }

    @Override
    public void end() {
        whole.accept(ByteBuffer.wrap(gathered.toByteArray()));
    }

    private RefusedException tooLarge() {
        return new RefusedException(
                HttpStatus.PAYLOAD_TOO_LARGE_413, "the body is too large: it takes at most " + maxBytes + " bytes");
    }
}
