package relay.eventstream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** How events are framed on the connection. */
enum Framing {
    /**
     * Each event is one chunk (RFC 9112 §7.1), with the end of its last line: a client that reads chunk by chunk gets it as
     * soon as it is sent.
     */
    CHUNKED("0\r\n\r\n") {
        @Override
        void frame(ByteBuffer target, int start) {
            int length = target.position() - start;
            byte[] size = ascii(Integer.toHexString(length) + "\r\n");
            target.put(start + size.length, target, start, length).put(start, size);
            target.position(start + size.length + length).put(LINE_END);
        }
    },

    /** For HTTP/1.0, which has no chunks: the stream ends when the connection does. */
    BARE("") {
        @Override
        void frame(ByteBuffer target, int start) {}
    };

    /** The most bytes that are added to an event. */
    static final int MOST_BYTES = 12;

    private static final byte[] LINE_END = {'\r', '\n'};

    private final String end;

    Framing(String end) {
        this.end = end;
    }

    /** Frames the event in a buffer from this position to its end; the buffer must have room for {@link #MOST_BYTES} more. */
    abstract void frame(ByteBuffer target, int start);

    /** An event in a new buffer. */
    ByteBuffer of(byte[] event) {
        ByteBuffer framed = ByteBuffer.allocate(event.length + MOST_BYTES);
        frame(framed.put(event), 0);
        return framed.flip();
    }

    /** The last event of a stream, with the end of the stream. */
    ByteBuffer last(byte[] event) {
        ByteBuffer framed = ByteBuffer.allocate(event.length + MOST_BYTES + end.length());
        frame(framed.put(event), 0);
        return framed.put(ascii(end)).flip();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
