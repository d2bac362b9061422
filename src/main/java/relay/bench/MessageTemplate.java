package relay.bench;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A message of one publisher to one topic, encoded once: only its stamp changes from one sending to the next. One thread at
 * a time.
 */
final class MessageTemplate {
    private static final byte PADDING = 'x';
    private static final String KEY = "Idempotency-Key: ";
    private static final String AFTER = "\"}";

    private final int topic;
    private final int publisher;
    private final byte[] bytes;
    private final int stampAt;
    private final int keyAt;

    /** @param keyAt where the stamp is also written, as the key of a request that may be repeated; -1: nowhere */
    private MessageTemplate(int topic, int publisher, byte[] bytes, int stampAt, int keyAt) {
        this.topic = topic;
        this.publisher = publisher;
        this.bytes = bytes;
        this.stampAt = stampAt;
        this.keyAt = keyAt;
    }

    /** The message as a line of an NDJSON stream. */
    static MessageTemplate line(Topics topics, int topic, int publisher, int size) {
        return of("", before(topics, topic), size, AFTER + "\n", topic, publisher, -1);
    }

    /**
     * The message as a whole request.
     *
     * @param keyed whether it has an Idempotency-Key, so that it may be repeated
     */
    static MessageTemplate request(Target target, Topics topics, int topic, int publisher, int size, boolean keyed) {
        String before = before(topics, topic);
        String start = target.requestHead("POST", "/publish") + (keyed ? KEY : "");
        String head = start + (keyed ? "k".repeat(Stamp.LENGTH) + "\r\n" : "")
                + "Content-Type: application/json\r\nContent-Length: " + (before.length() + size + AFTER.length())
                + "\r\n\r\n";
        return of(head, before, size, AFTER, topic, publisher, keyed ? start.length() : -1);
    }

    /** All the bytes, with this stamp; the same array each time. */
    byte[] stamped(int counter, long due) {
        Stamp.write(bytes, stampAt, topic, publisher, counter, due);
        if (keyAt >= 0) {
            Stamp.write(bytes, keyAt, topic, publisher, counter, due);
        }
        return bytes;
    }

    private static String before(Topics topics, int topic) {
        return "{\"topic\":\"" + topics.name(topic) + "\",\"message\":\"";
    }

    private static MessageTemplate of(
            String head, String before, int size, String after, int topic, int publisher, int keyAt) {
        byte[] padding = new byte[size];
        Arrays.fill(padding, PADDING);
        String text = head + before + new String(padding, StandardCharsets.US_ASCII) + after;
        return new MessageTemplate(
                topic, publisher, text.getBytes(StandardCharsets.US_ASCII), head.length() + before.length(), keyAt);
    }
}
