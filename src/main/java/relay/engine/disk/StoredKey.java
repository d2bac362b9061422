package relay.engine.disk;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * An idempotency key as it is kept.
 *
 * @param sequence of the message that was published with it
 * @param timeMillis when that was
 * @param answer to that request, in UTF-8
 */
record StoredKey(String key, String fingerprint, long sequence, long timeMillis, Optional<byte[]> answer) {
    /** What it takes of a segment, about, and of the heap beside its objects. */
    int bytes() {
        return Layout.PAYLOAD_AT
                + 2 * Long.BYTES
                + 2 * Short.BYTES
                + 1
                + 3 * (key.length() + fingerprint.length())
                + answer.map(text -> text.length).orElse(0);
    }

    StoredKey answered(byte[] text) {
        return new StoredKey(key, fingerprint, sequence, timeMillis, Optional.of(text));
    }

    Optional<String> answerText() {
        return answer.map(text -> new String(text, StandardCharsets.UTF_8));
    }

    void putInto(ByteBuffer target) {
        target.putLong(sequence).putLong(timeMillis);
        Layout.putText(target, Layout.utf8(key));
        Layout.putText(target, Layout.utf8(fingerprint));
        target.put((byte) (answer.isPresent() ? 1 : 0));
        answer.ifPresent(target::put);
    }

    static StoredKey from(ByteBuffer source) {
        long sequence = source.getLong();
        long time = source.getLong();
        String key = Layout.getText(source);
        String fingerprint = Layout.getText(source);
        if (source.get() == 0) {
            return new StoredKey(key, fingerprint, sequence, time, Optional.empty());
        }
        byte[] answer = new byte[source.remaining()];
        source.get(answer);
        return new StoredKey(key, fingerprint, sequence, time, Optional.of(answer));
    }
}
