package relay.eventstream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import relay.message.Text;

/** Writes events as a stream of them has it (HTML Living Standard §9.2.6). */
final class Events {
    private static final int LEAST_RETRY_MILLIS = 1000;
    private static final Pattern LINE_END = Pattern.compile("\r\n|\n|\r");

    /** The end of an event whose last line of data has not ended. */
    static final byte[] END = {'\n', '\n'};

    private static final byte[] NEXT_LINE = "\ndata: ".getBytes(StandardCharsets.US_ASCII);

    private Events() {}

    /** How many bytes a text takes as the data of an event, from the first line to the last, without the field's name. */
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

    /** Appends a text as the data of an event: an end of line becomes the beginning of a field more. */
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

    /** Whether a line ends with this byte: a carriage return before a line feed is part of that end. */
    private static boolean endsLine(Text text, int index) {
        byte b = text.at(index);
        return b == '\n' || (b == '\r' && (index + 1 == text.size() || text.at(index + 1) != '\n'));
    }

    /** An event with a name. */
    static byte[] named(String name, byte[] data) {
        return utf8("event: " + name + "\n" + data(new String(data, StandardCharsets.UTF_8)) + "\n");
    }

    /** Text of one or more lines as the data of an event, which an empty line ends. */
    static String data(String text) {
        return "data: " + LINE_END.matcher(text).replaceAll("\ndata: ") + "\n";
    }

    /**
     * A comment: it reaches the client, and means nothing to it. An empty line would end an event, and there are clients that
     * make an empty message of that.
     */
    static byte[] comment() {
        return utf8(":\n");
    }

    /**
     * What a stream begins with, so that its client has something at once. Those who lose their streams together are to come
     * back apart; and a client keeps the time that it was told last, be it when it was refused. No empty line, as in a comment.
     */
    static byte[] beginning() {
        int retryMillis = LEAST_RETRY_MILLIS + ThreadLocalRandom.current().nextInt(LEAST_RETRY_MILLIS);
        return utf8(":\nretry: " + retryMillis + "\n");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
