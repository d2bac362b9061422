package relay.websocket;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.Deflater;

/** Compresses payloads, each on its own (RFC 7692 §7.2.1). For one thread; it holds about 300 KB as long as it lives. */
final class Compressor {
    private static final int KEPT_BYTES = 64 << 10;
    private static final int WINDOW_BYTES = 1 << DeflateOffer.WINDOW_BITS;

    /** The end of flushed DEFLATE data, 00 00 FF FF, is left out on the wire. */
    private static final int TAIL_BYTES = 4;

    private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    private final byte[] kept = new byte[KEPT_BYTES];

    /** Compresses a payload and consumes it. The result is valid until the next call; empty if it would not be smaller. */
    Optional<ByteBuffer> compress(ByteBuffer payload) {
        int bytes = payload.remaining();
        byte[] result = bytes + TAIL_BYTES <= KEPT_BYTES ? kept : new byte[bytes + TAIL_BYTES];
        int most = bytes + TAIL_BYTES;
        int size = 0;
        deflater.reset();
        while (payload.hasRemaining() && size < most) {
            size += deflater.deflate(result, size, most - size, giveNext(payload));
        }
        return size < most ? Optional.of(ByteBuffer.wrap(result, 0, size - TAIL_BYTES)) : Optional.empty();
    }

    /**
     * Feeds the next part to the deflater. The JDK's refers back 32 KiB, whatever window was negotiated, but never past a
     * full flush.
     */
    private int giveNext(ByteBuffer payload) {
        int bytes = Math.min(WINDOW_BYTES, payload.remaining());
        deflater.setInput(payload.slice(payload.position(), bytes));
        payload.position(payload.position() + bytes);
        return payload.hasRemaining() ? Deflater.FULL_FLUSH : Deflater.SYNC_FLUSH;
    }
}
