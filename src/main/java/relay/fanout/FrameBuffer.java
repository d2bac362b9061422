package relay.fanout;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.Topic;
import relay.outbound.Encoding;
import relay.outbound.SharedFrames;
import relay.publish.PendingPublish;

/**
 * The frames of one batch in one format: each message is encoded once, one behind the other in a direct buffer. The owning worker
 * only.
 *
 * <p>The buffer exists only while the format is used. A message that is larger than the buffer is alone in its batch: its frames
 * belong to the message, and are shared with other workers and with the send queues that keep them.
 */
final class FrameBuffer {
    /** The start of a message that cannot be encoded. */
    static final int FAILED = -2;

    private static final Logger LOG = LoggerFactory.getLogger(FrameBuffer.class);
    private static final int ABSENT = -1;

    /** What a topic's name takes at most, each character as an escape. */
    private static final int LONGEST_NAME_BYTES = 6 * 2 * Topic.MAX_CHARACTERS;

    /** After so many batches without a message in this format, its buffer is let go. */
    private static final int BATCHES_UNTIL_UNUSED = 1024;

    private final Encoding encoding;
    private final int[] starts;

    /** The messages that are in the buffer, in order: so their starts ascend. */
    private final int[] encoded;

    private final int usualCapacity;
    private final ByteBuffer nothing = ByteBuffer.allocate(0);

    /** The usual buffer; empty until it is needed. */
    private ByteBuffer usual = nothing;

    /** The frames of a large message, in place of the buffer. */
    private @Nullable SharedFrames large;

    private ByteBuffer bytes = nothing;
    private ByteBuffer view = nothing;
    private int messages;
    private int encodedMessages;

    /** Where the ping starts; {@link #ABSENT} until it is needed, {@link #FAILED} if there is none. */
    private int pingStart = ABSENT;

    private int unusedBatches;

    FrameBuffer(Encoding encoding, int maxMessages, int usualCapacity) {
        this.encoding = encoding;
        this.starts = new int[maxMessages];
        this.encoded = new int[maxMessages];
        this.usualCapacity = usualCapacity;
    }

    Encoding encoding() {
        return encoding;
    }

    /** While it is empty there is room for any message. */
    boolean hasRoomFor(Message message) {
        return bytes.position() == 0 || bytes.remaining() >= encoding.maxSize(message);
    }

    /** Whether there is room for a message on several topics, however long the names of the others are. */
    boolean hasRoomForAll(Message message) {
        long most = encoding.maxSize(message) + LONGEST_NAME_BYTES;
        return bytes.position() == 0 || bytes.remaining() >= message.topics().size() * most;
    }

    /** Encodes a message, unless that is done, and returns where it starts, or {@link #FAILED}. There has to be room for it. */
    int start(int number, AcceptedMessage accepted, PendingPublish pending) {
        while (messages <= number) {
            starts[messages++] = ABSENT;
        }
        if (starts[number] == ABSENT) {
            starts[number] = encode(accepted, pending);
            if (starts[number] != FAILED) {
                encoded[encodedMessages++] = number;
            }
        }
        return starts[number];
    }

    private int encode(AcceptedMessage accepted, PendingPublish pending) {
        int start = bytes.position();
        try {
            if (start == 0 && encoding.maxSize(accepted.message()) > usualCapacity) {
                large = pending.large(accepted, encoding);
                bytes = large.view();
                view = large.view();
                bytes.position(bytes.limit());
            } else {
                if (usual.capacity() == 0) {
                    usual = ByteBuffer.allocateDirect(usualCapacity);
                    use(usual);
                }
                encoding.encode(accepted, bytes);
            }
            return start;
        } catch (RuntimeException e) {
            LOG.error("message {} cannot be written as its clients want it: they are closed", accepted.id(), e);
            bytes.position(start);
            return FAILED;
        }
    }

    private void use(ByteBuffer buffer) {
        bytes = buffer;
        view = buffer.duplicate();
    }

    /** The frames that the runs are part of, if they are not overwritten later. */
    @Nullable
    SharedFrames shared() {
        return large;
    }

    /**
     * Where a ping starts that carries the sequence of the batch's last message; it ends at {@link #end}. After all messages: it
     * lies behind them.
     *
     * @return {@link #FAILED} if there is none: large frames belong to others too, and there may be no room
     */
    int ping(long sequence) {
        if (pingStart == ABSENT) {
            int start = bytes.position();
            pingStart = encoding.ping(sequence, bytes) ? start : FAILED;
        }
        return pingStart;
    }

    /** Whether a message is in the buffer, and starts before a place. */
    boolean isIn(int number, int place) {
        return number < messages && starts[number] != ABSENT && starts[number] != FAILED && starts[number] < place;
    }

    /** Where the frame that was encoded last ends. */
    int end() {
        return bytes.position();
    }

    /** Takes 1 off the count of each message that starts within a run of bytes. */
    void takeBack(int from, int to, int[] counts) {
        for (int next = firstFrom(from); next < encodedMessages && starts[encoded[next]] < to; next++) {
            counts[encoded[next]]--;
        }
    }

    /** The place in {@link #encoded} of the first message that starts there or behind. */
    private int firstFrom(int place) {
        int low = 0;
        int high = encodedMessages;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (starts[encoded[middle]] < place) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The bytes from one place to another, for one use. */
    ByteBuffer run(int from, int to) {
        return view.limit(to).position(from);
    }

    void clear() {
        unusedBatches = bytes.position() > 0 ? 0 : unusedBatches + 1;
        if (unusedBatches == BATCHES_UNTIL_UNUSED) {
            usual = nothing;
            use(nothing);
        }
        if (large != null) {
            use(usual);
            large = null;
        }
        bytes.clear();
        pingStart = ABSENT;
        messages = 0;
        encodedMessages = 0;
    }
}
