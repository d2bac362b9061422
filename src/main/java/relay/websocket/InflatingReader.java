package relay.websocket;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.exception.BadPayloadException;
import org.jspecify.annotations.Nullable;
import relay.client.InputMemory;

/**
 * Decompresses what a client sends (RFC 7692 §7.2.2), also if it keeps its context although it agreed not to. One for each
 * connection; Jetty's threads, one frame at a time.
 *
 * <p>A message is decompressed when it is complete, and never beyond its size limit. So between frames no client makes the
 * relay hold a decompressor, and a decompression bomb takes no more memory than one message.
 */
final class InflatingReader {
    /**
     * The empty block that the sender leaves out, and an empty last block: after that the data is known to end at the end
     * of a block.
     */
    private static final byte[] TAIL = {0, 0, -1, -1, 1, 0, 0, -1, -1};

    /** How many DEFLATE streams one message may consist of: some senders start a new one at each flush. */
    private static final int MOST_STREAMS = 256;

    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    private final int maxBytes;
    private final KeptContext context;

    /** The fragments of a compressed message; null between messages, and during one that is not compressed. */
    private @Nullable ByteArrayOutputStream fragments;

    /**
     * @param maxBytes the limit for a message, compressed and decompressed
     * @param memory for the contexts that are kept between messages, and all else that clients have sent
     */
    InflatingReader(int maxBytes, InputMemory memory) {
        this.maxBytes = maxBytes;
        this.context = new KeptContext(memory);
    }

    /**
     * The frame without compression. Of a fragmented message, all frames but the last become empty.
     *
     * @throws CloseException if the connection has to be closed, with the code
     */
    Frame read(Frame frame) {
        boolean first = frame.getOpCode() != OpCode.CONTINUATION;
        if (first && frame.isRsv1()) {
            fragments = new ByteArrayOutputStream(0);
        }
        ByteArrayOutputStream received = fragments;
        if (received == null) {
            return frame;
        }
        if (first && frame.isFin()) {
            fragments = null;
            return new Frame(frame.getOpCode(), true, inflated(Frames.payload(frame)));
        }
        add(Frames.payload(frame), received);
        if (!frame.isFin()) {
            return new Frame(frame.getOpCode(), false, ByteBuffer.allocate(0));
        }
        fragments = null;
        return new Frame(frame.getOpCode(), true, inflated(ByteBuffer.wrap(received.toByteArray())));
    }

    /** No more frames come. For any thread. */
    void end() {
        context.end();
    }

    private void add(ByteBuffer payload, ByteArrayOutputStream received) {
        if ((long) received.size() + payload.remaining() > maxBytes) {
            throw Frames.tooLarge(maxBytes);
        }
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        received.writeBytes(bytes);
    }

    private ByteBuffer inflated(ByteBuffer compressed) {
        Inflater inflater = new Inflater(true);
        try {
            context.giveTo(inflater);
            return inflate(inflater, compressed);
        } catch (DataFormatException e) {
            throw new BadPayloadException(
                    context.isComplete()
                            ? "compressed data that is not valid DEFLATE"
                            : "compressed data that is not valid, or refers to earlier messages, for which there is no room",
                    e);
        } finally {
            inflater.end();
        }
    }

    private ByteBuffer inflate(Inflater inflater, ByteBuffer compressed) throws DataFormatException {
        byte[] result = new byte[room(128 + 4L * compressed.remaining())];
        int size = 0;
        boolean tailGiven = false;
        int streams = 1;
        inflater.setInput(compressed);
        while (true) {
            size += inflater.inflate(result, size, result.length - size);
            if (size > maxBytes) {
                throw Frames.tooLarge(maxBytes);
            }
            if (inflater.finished()) {
                if (inflater.getRemaining() == 0) {
                    context.append(result, size);
                    return ByteBuffer.wrap(result, 0, size);
                }
                if (tailGiven || ++streams > MOST_STREAMS) {
                    throw new DataFormatException("more data after the last block");
                }
                inflater.reset();
                inflater.setInput(compressed);
            } else if (size == result.length) {
                result = Arrays.copyOf(result, room(2L * size));
            } else if (inflater.needsInput() && !tailGiven) {
                inflater.setInput(TAIL);
                tailGiven = true;
            } else {
                throw new DataFormatException("the data ends within a block");
            }
        }
    }

    /** One byte more than the limit is enough to notice that a message is too large. */
    private int room(long wanted) {
        return (int) Math.min(wanted, Math.min(maxBytes + 1L, LARGEST_ARRAY));
    }
}
