package relay.hub;

import java.nio.ByteBuffer;
import relay.client.Encoding;
import relay.message.Message;
import relay.message.MessageId;

/**
 * The messages of one batch in one format, each encoded once, one behind the other in a direct buffer. The owning worker
 * only.
 */
final class FrameBuffer {
    private static final int ABSENT = -1;

    private final Encoding encoding;
    private final int[] starts;
    private ByteBuffer bytes;
    private ByteBuffer view;
    private int messages;

    FrameBuffer(Encoding encoding, int maxMessages, int capacity) {
        this.encoding = encoding;
        this.starts = new int[maxMessages];
        this.bytes = ByteBuffer.allocateDirect(capacity);
        this.view = bytes.duplicate();
    }

    Encoding encoding() {
        return encoding;
    }

    boolean hasRoomFor(Message message) {
        return bytes.remaining() >= encoding.maxSize(message);
    }

    /** Makes room for a message that is larger than the whole buffer. Only while it is empty. */
    void growFor(Message message) {
        if (!hasRoomFor(message)) {
            bytes = ByteBuffer.allocateDirect(encoding.maxSize(message));
            view = bytes.duplicate();
        }
    }

    /** Encodes a message, unless that is done, and says where it starts. */
    int start(int number, MessageId id, Message message) {
        while (messages <= number) {
            starts[messages++] = ABSENT;
        }
        if (starts[number] == ABSENT) {
            starts[number] = bytes.position();
            encoding.encode(id, message, bytes);
        }
        return starts[number];
    }

    /** Where the message that was encoded last ends. */
    int end() {
        return bytes.position();
    }

    /** Whether a message of this batch starts within a run of bytes. */
    boolean startsWithin(int number, int from, int to) {
        return number < messages && starts[number] >= from && starts[number] < to;
    }

    /** The bytes from one place to another, for one use. */
    ByteBuffer run(int from, int to) {
        return view.limit(to).position(from);
    }

    void clear() {
        bytes.clear();
        messages = 0;
    }
}
