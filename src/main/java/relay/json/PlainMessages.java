package relay.json;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import relay.message.InvalidInputException;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.Text;
import relay.message.Topic;

/**
 * Reads most messages without a parser, which takes a fraction of the time: an object with a topic and a text, neither of them with
 * an escape. Whatever else a message may be is left to {@link Json}, and so is saying what is wrong with one.
 *
 * <p>The last topics are remembered, {@value #REMEMBERED} at most: so they are checked once, and the messages of one share it. For any
 * thread.
 */
public final class PlainMessages {
    static final int REMEMBERED = 1024;

    private static final byte[] TOPIC = "\"topic\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] MESSAGE = "\"message\"".getBytes(StandardCharsets.US_ASCII);

    /** Whether a byte stands for itself in a JSON string, as all of those above ASCII do (RFC 8259 §7). */
    private static final boolean[] IS_PLAIN = new boolean[1 << Byte.SIZE];

    static {
        Arrays.fill(IS_PLAIN, ' ', IS_PLAIN.length, true);
        IS_PLAIN['"'] = false;
        IS_PLAIN['\\'] = false;
    }

    /** Each at the place that its hash says; what comes to the same place replaces it. */
    private final AtomicReferenceArray<Known> known = new AtomicReferenceArray<>(REMEMBERED);

    /** A topic that was read before. */
    private static final class Known {
        /** In ASCII. */
        private final byte[] name;

        private final List<Topic> topics;

        private Known(byte[] name, List<Topic> topics) {
            this.name = name;
            this.topics = topics;
        }
    }

    /**
     * Reads a message.
     *
     * @param utf8 backed by an array; its position stays
     * @return empty if it is not plain: it may be right all the same
     * @throws InvalidInputException if its topic is wrong
     */
    public Optional<Message> read(ByteBuffer utf8) {
        Scan scan = new Scan(utf8.array(), utf8.arrayOffset() + utf8.position(), utf8.arrayOffset() + utf8.limit());
        if (!scan.isPlain()) {
            return Optional.empty();
        }
        Optional<Text> text = Text.ofUtf8(scan.json, scan.textFrom, scan.textTo);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        List<Topic> topics = topics(scan.json, scan.topicFrom, scan.topicTo);
        return topics.isEmpty()
                ? Optional.empty()
                : Optional.of(new Message(topics, Optional.empty(), text.get(), MessageOptions.NONE));
    }

    /** The topic with a name; none if that is not ASCII. */
    private List<Topic> topics(byte[] json, int from, int to) {
        int hash = 0;
        int bits = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + json[i];
            bits |= json[i];
        }
        int place = (hash ^ (hash >>> 16)) & (REMEMBERED - 1);
        Known here = known.get(place);
        if (here != null && Arrays.equals(here.name, 0, here.name.length, json, from, to)) {
            return here.topics;
        }
        if (bits < 0) {
            return List.of();
        }
        byte[] name = Arrays.copyOfRange(json, from, to);
        List<Topic> topics = List.of(Topic.exact(new String(name, StandardCharsets.US_ASCII)));
        known.lazySet(place, new Known(name, topics));
        return topics;
    }

    /** Goes through one text, once. */
    private static final class Scan {
        private static final int ABSENT = -1;

        private final byte[] json;
        private final int end;
        private int at;
        private int topicFrom = ABSENT;
        private int topicTo;
        private int textFrom = ABSENT;
        private int textTo;

        Scan(byte[] json, int from, int end) {
            this.json = json;
            this.at = from;
            this.end = end;
        }

        boolean isPlain() {
            return takes('{') && takesField() && takes(',') && takesField() && takes('}') && isAtEnd();
        }

        /** Takes one of the two fields, unless it was taken before. */
        private boolean takesField() {
            skipSpace();
            if (topicFrom == ABSENT && takes(TOPIC) && takes(':') && takes('"')) {
                topicFrom = at;
                topicTo = endOfString();
                return isAtQuote();
            }
            if (textFrom == ABSENT && takes(MESSAGE) && takes(':') && takes('"')) {
                textFrom = at;
                textTo = endOfString();
                return isAtQuote();
            }
            return false;
        }

        private boolean isAtQuote() {
            return at < end && json[at++] == '"';
        }

        /** Goes on to what is no plain character. */
        private int endOfString() {
            int i = at;
            while (i < end && IS_PLAIN[json[i] & 0xFF]) {
                i++;
            }
            at = i;
            return i;
        }

        private boolean takes(byte[] expected) {
            int after = at + expected.length;
            if (after > end || !Arrays.equals(json, at, after, expected, 0, expected.length)) {
                return false;
            }
            at = after;
            return true;
        }

        private boolean takes(char expected) {
            skipSpace();
            return at < end && json[at++] == expected;
        }

        private boolean isAtEnd() {
            skipSpace();
            return at == end;
        }

        private void skipSpace() {
            while (at < end && isSpace(json[at])) {
                at++;
            }
        }

        private static boolean isSpace(byte b) {
            return b == ' ' || b == '\t' || b == '\r' || b == '\n';
        }
    }
}
