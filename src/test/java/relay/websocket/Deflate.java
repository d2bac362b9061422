package relay.websocket;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import relay.testing.RawSocket;

/** The client's side of permessage-deflate, without context takeover unless it is said otherwise (RFC 7692 §7.2). */
final class Deflate {
    static final int RSV1 = 0x40;
    private static final int FIN = 0x80;
    private static final int TAIL_BYTES = 4;

    private Deflate() {}

    /** A payload as it goes into a compressed message. */
    static byte[] deflated(byte[] payload) {
        return new Keeper().deflated(payload);
    }

    /** Keeps its context from one message to the next, whatever was agreed upon. */
    static final class Keeper {
        private final Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);

        /** A payload as it goes into the next compressed message. */
        byte[] deflated(byte[] payload) {
            byte[] flushed = run(deflater, payload, Deflater.SYNC_FLUSH);
            return Arrays.copyOf(flushed, flushed.length - TAIL_BYTES);
        }
    }

    /** Likewise, by a sender that ends its data with a last block, and appends an empty one (RFC 7692 §7.2.3.4). */
    static byte[] deflatedWithLastBlock(byte[] payload) {
        return Bytes.joined(ended(payload), new byte[1]);
    }

    /** Data that has ended. */
    static byte[] ended(byte[] payload) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        deflater.finish();
        return run(deflater, payload, Deflater.NO_FLUSH);
    }

    /** What a compressed message holds. */
    static String inflated(ByteBuffer payload) {
        Inflater inflater = new Inflater(true);
        byte[] compressed = new byte[payload.remaining()];
        payload.duplicate().get(compressed);
        inflater.setInput(Bytes.joined(compressed, new byte[] {0, 0, -1, -1}));
        ByteArrayOutputStream result = new ByteArrayOutputStream();
        byte[] part = new byte[8192];
        try {
            for (int size = inflater.inflate(part); size > 0; size = inflater.inflate(part)) {
                result.write(part, 0, size);
            }
        } catch (DataFormatException e) {
            throw new AssertionError(e);
        } finally {
            inflater.end();
        }
        return result.toString(StandardCharsets.UTF_8);
    }

    /** A whole compressed text message. */
    static byte[] text(String text) {
        return RawSocket.frame(FIN | RSV1 | RawSocket.TEXT, deflated(Bytes.utf8(text)));
    }

    private static byte[] run(Deflater deflater, byte[] payload, int flush) {
        deflater.setInput(payload);
        byte[] room = new byte[payload.length + payload.length / 100 + 64];
        int size = deflater.deflate(room, 0, room.length, flush);
        return Arrays.copyOf(room, size);
    }
}
