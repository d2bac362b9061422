package relay.engine.disk;

import java.nio.ByteBuffer;
import java.util.Optional;
import relay.engine.IdempotencyKey;
import relay.message.Message;

/** The records that are written together. For one thread. */
final class RecordBuffer {
    private static final int USUAL_BYTES = 4 << 20;

    private final Seal seal;
    private final ByteBuffer usual = ByteBuffer.allocateDirect(USUAL_BYTES);
    private ByteBuffer bytes = usual;
    private int begun;

    RecordBuffer(Seal seal) {
        this.seal = seal;
    }

    /** Empties it. */
    void clear() {
        bytes = usual;
        bytes.clear();
    }

    boolean isEmpty() {
        return bytes.position() == 0;
    }

    int size() {
        return bytes.position();
    }

    /** What is to be written. */
    ByteBuffer toWrite() {
        return bytes.duplicate().flip();
    }

    /** Whether there is room for another record. */
    boolean hasRoomFor(int payload) {
        return bytes.remaining() >= Layout.PAYLOAD_AT + payload;
    }

    /** Whether there is room for another record; an empty buffer has always. */
    boolean makesRoomFor(int payload) {
        if (isEmpty() && !hasRoomFor(payload)) {
            bytes = ByteBuffer.allocateDirect(Layout.PAYLOAD_AT + payload);
        }
        return hasRoomFor(payload);
    }

    /** Begins a record that there is room for; its payload follows. Returns where it is in this buffer. */
    int begin(byte kind, long sequence, long timeMillis) {
        begun = bytes.position();
        bytes.putInt(seal.marker()).putLong(0).put(kind).putLong(sequence).putLong(timeMillis);
        return begun;
    }

    /** Where to put the payload. */
    ByteBuffer payload() {
        return bytes;
    }

    /** Ends the record. */
    void end() {
        int end = bytes.position();
        int body = begun + Layout.BODY_AT;
        bytes.putInt(begun + Layout.LENGTH_AT, end - body);
        bytes.putInt(begun + Layout.CHECKSUM_AT, seal.checksum(bytes, body, end));
    }

    /** Adds a message; returns where it is in this buffer, -1 if there is no room. */
    int add(long sequence, long timeMillis, Message message, Optional<IdempotencyKey> key) {
        byte[] topic = Layout.utf8(message.topic().name());
        byte[] recipient = message.recipient().isPresent()
                ? Layout.utf8(message.recipient().get().value())
                : NOTHING;
        byte[] name = key.isPresent() ? Layout.utf8(key.get().key()) : NOTHING;
        byte[] fingerprint = key.isPresent() ? Layout.utf8(key.get().fingerprint()) : NOTHING;
        byte[] more = MessageCodec.more(message);
        int payload = 1
                + 4 * Short.BYTES
                + topic.length
                + recipient.length
                + name.length
                + fingerprint.length
                + more.length
                + message.text().size();
        if (!makesRoomFor(payload)) {
            return -1;
        }
        int at = begin(Layout.MESSAGE, sequence, timeMillis);
        bytes.put((byte) (MessageCodec.flags(message) | (key.isPresent() ? Layout.HAS_KEY : 0)));
        Layout.putText(bytes, topic);
        if (recipient.length > 0) {
            Layout.putText(bytes, recipient);
        }
        if (key.isPresent()) {
            Layout.putText(bytes, name);
            Layout.putText(bytes, fingerprint);
        }
        bytes.put(more);
        message.text().putInto(bytes);
        end();
        return at;
    }

    private static final byte[] NOTHING = {};
}
