package relay.eventstream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** How the events of a stream are told apart from what comes next on its connection. */
enum Framing {
    /**
     * Each event is a whole chunk (RFC 9112 §7.1), the end of its last line included: a client that reads chunk by chunk
     * has the event when it has been sent.
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

    /** For HTTP/1.0, which has no chunks: the stream ends with its connection. */
    BARE("") {
        @Override
        void frame(ByteBuffer target, int start) {}
    };

    /** The most that is put around one event. */
    static final int MOST_BYTES = 12;

    private static final byte[] LINE_END = {'\r', '\n'};

    private final String end;

    Framing(String end) {
        this.end = end;
    }

    /** Frames the event that a buffer holds from a position on; the buffer has room for what is put around it. */
    abstract void frame(ByteBuffer target, int start);

    /** An event in a buffer of its own. */
    ByteBuffer of(byte[] event) {
        ByteBuffer framed = ByteBuffer.allocate(event.length + MOST_BYTES);
        frame(framed.put(event), 0);
        return framed.flip();
    }

    /** The event that ends the stream. */
    ByteBuffer last(byte[] event) {
        ByteBuffer framed = ByteBuffer.allocate(event.length + MOST_BYTES + end.length());
        frame(framed.put(event), 0);
        return framed.put(ascii(end)).flip();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
