package relay.eventstream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import relay.message.Text;

/** Writes events in the format of an event stream (HTML Living Standard §9.2.6). */
final class Events {
    static final String CONTENT_TYPE = "text/event-stream";

    /** A proxy that compresses or collects what it forwards would hold messages back. */
    static final String CACHE_CONTROL = "no-store, no-transform";

    /** Ends an event after its last line of data. */
    static final byte[] END = {'\n', '\n'};

    private static final int LEAST_RETRY_MILLIS = 1000;
    private static final byte[] NEXT_LINE = utf8("\ndata: ");

    private Events() {}

    /** The size in bytes of what {@link #putLines} writes. */
    static long sizeOfLines(Text text) {
        long size = text.size();
        for (int i = 0; i < text.size(); i++) {
            if (endsLine(text, i)) {
                size += NEXT_LINE.length - 1;
            } else if (text.at(i) == '\r') {
                size--;
            }
        }
        return size;
    }

    /** Appends a text as the data of an event, after the name of the field: each line break starts another field. */
    static void putLines(Text text, ByteBuffer target) {
        for (int i = 0; i < text.size(); i++) {
            byte b = text.at(i);
            if (endsLine(text, i)) {
                target.put(NEXT_LINE);
            } else if (b != '\r') {
                target.put(b);
            }
        }
    }

    /** Whether this byte ends a line. In a carriage return followed by a line feed, the line feed does. */
    private static boolean endsLine(Text text, int index) {
        byte b = text.at(index);
        return b == '\n' || (b == '\r' && (index + 1 == text.size() || text.at(index + 1) != '\n'));
    }

    /** A named event. Its data is JSON, which has no line breaks. */
    static byte[] named(String name, byte[] json) {
        return utf8("event: " + name + "\ndata: " + new String(json, StandardCharsets.UTF_8) + "\n\n");
    }

    /**
     * A comment, which the client receives and ignores. It does not end with an empty line: that would end an event, and some
     * clients make an empty message of it.
     */
    static byte[] comment() {
        return utf8(":\n");
    }

    /**
     * What a stream starts with, so that its client receives something at once: a comment, and a random time to reconnect
     * after. It is random so that clients that lose their streams together do not come back together, and it replaces the time
     * that a client may have been given when it was refused. No empty line here either.
     */
    static byte[] beginning() {
        int retryMillis = LEAST_RETRY_MILLIS + ThreadLocalRandom.current().nextInt(LEAST_RETRY_MILLIS);
        return utf8(":\nretry: " + retryMillis + "\n");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
