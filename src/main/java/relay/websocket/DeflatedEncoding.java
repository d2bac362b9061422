package relay.websocket;

import java.nio.ByteBuffer;
import java.util.Optional;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.Message;
import relay.outbound.Encoding;

/**
 * Compresses the frames of another encoding where that makes them smaller (RFC 7692 §6.1: each message may be compressed or
 * not). Each message is compressed on its own and for the smallest window that is negotiated, so its frame is the same for
 * all connections. For the threads of workers; it holds one compressor for each.
 */
final class DeflatedEncoding implements Encoding {
    /** For smaller payloads compression is not worth the time. */
    private static final int SMALLEST_PAYLOAD = 64;

    private final Encoding plain;
    private final ThreadLocal<Compressor> compressors = ThreadLocal.withInitial(Compressor::new);

    DeflatedEncoding(Encoding plain) {
        this.plain = plain;
    }

    @Override
    public long maxSize(Message message) {
        return plain.maxSize(message);
    }

    @Override
    public void encode(AcceptedMessage accepted, ByteBuffer target) {
        int start = target.position();
        plain.encode(accepted, target);
        ByteBuffer payload = Frames.payload(target.duplicate().flip().position(start));
        if (payload.remaining() >= SMALLEST_PAYLOAD) {
            Optional<ByteBuffer> compressed = compressors.get().compress(payload);
            compressed.ifPresent(smaller -> {
                target.position(start);
                Frames.putHeader(Frames.DEFLATED_TEXT, smaller.remaining(), target);
                target.put(smaller);
            });
        }
    }

    /** Control frames are never compressed (RFC 7692 §6.1). */
    @Override
    public boolean ping(long sequence, ByteBuffer target) {
        return plain.ping(sequence, target);
    }

    @Override
    public ByteBuffer encode(Gap gap) {
        return plain.encode(gap);
    }
}
