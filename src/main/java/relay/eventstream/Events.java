package relay.eventstream;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** Writes events as a stream of them has it (HTML Living Standard §9.2.6). */
final class Events {
    private static final int LEAST_RETRY_MILLIS = 1000;
    private static final Pattern LINE_END = Pattern.compile("\r\n|\n|\r");

    private Events() {}

    /** An event with a name. */
    static byte[] named(String name, byte[] data) {
        return utf8("event: " + name + "\n" + data(new String(data, StandardCharsets.UTF_8)) + "\n");
    }

    /** Text of one or more lines as the data of an event, which an empty line ends. */
    static String data(String text) {
        return "data: " + LINE_END.matcher(text).replaceAll("\ndata: ") + "\n";
    }

    /** A comment: it reaches the client, and means nothing to it. */
    static byte[] comment() {
        return utf8(":\n\n");
    }

    /**
     * What a stream begins with, so that its client has something at once. Those who lose their streams together are to come
     * back apart; and a client keeps the time that it was told last, be it when it was refused.
     */
    static byte[] beginning() {
        int retryMillis = LEAST_RETRY_MILLIS + ThreadLocalRandom.current().nextInt(LEAST_RETRY_MILLIS);
        return utf8(":\nretry: " + retryMillis + "\n\n");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
