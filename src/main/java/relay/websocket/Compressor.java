package relay.websocket;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.Deflater;

/** Compresses payloads, each by itself (RFC 7692 §7.2.1). For one thread; it holds some 300 KB for as long as it lives. */
final class Compressor {
    private static final int KEPT_BYTES = 64 << 10;
    private static final int WINDOW_BYTES = 1 << DeflateOffer.WINDOW_BITS;

    /** What ends a flushed run of DEFLATE data and is left out on the wire: 00 00 FF FF. */
    private static final int TAIL_BYTES = 4;

    private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    private final byte[] kept = new byte[KEPT_BYTES];

    /** The payload's bytes, which are used up, in fewer bytes, good until the next call; empty if they would not be fewer. */
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
     * Gives the next part to the compressor. The JDK's looks back 32 KiB, whatever was agreed upon; but never past a full
     * flush.
     */
    private int giveNext(ByteBuffer payload) {
        int bytes = Math.min(WINDOW_BYTES, payload.remaining());
        deflater.setInput(payload.slice(payload.position(), bytes));
        payload.position(payload.position() + bytes);
        return payload.hasRemaining() ? Deflater.FULL_FLUSH : Deflater.SYNC_FLUSH;
    }
}
