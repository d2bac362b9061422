package relay.engine.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import relay.engine.Publication;
import relay.message.Message;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/**
 * A message as it comes by the channel of each of its topics. Some that follow each other there come together: {@code <sequence of the first>
 * <time in ms> <relay where they were published>\n}, then of each {@code <number> <confirm in ms or -> <options> <bytes of the topics or ->
 * <bytes of the recipient or -> <bytes of the text>\n<topics><recipient><text>}. The topics are there where they are several; a line feed
 * is between each two.
 *
 * @param timeMillis when it was accepted, by the engine's clock
 * @param origin the relay where it was published
 * @param number the number of the publication there
 * @param topics if there are several; empty: the channel's
 * @param utf8 where its text is, which mostly nobody needs where it was published
 */
record ChannelMessage(
        long sequence,
        long timeMillis,
        String origin,
        long number,
        Optional<Duration> confirm,
        String options,
        List<Topic> topics,
        Optional<UserId> recipient,
        ByteBuffer utf8) {
    private static final String NONE = "-";
    private static final int FIELDS = 6;

    /** All but the sequence, the time, the origin and the text. */
    static String head(long number, Publication publication) {
        Message message = publication.message();
        StringBuilder head = new StringBuilder(64).append(number).append(' ');
        publication.confirm().ifPresentOrElse(time -> head.append(time.toMillis()), () -> head.append(NONE));
        head.append(' ').append(OptionsField.of(message.options())).append(' ');
        String topics = message.topics().size() == 1
                ? ""
                : message.topics().stream().map(Topic::name).collect(Collectors.joining("\n"));
        String recipient = message.recipient().map(UserId::value).orElse("");
        return head.append(length(topics))
                .append(' ')
                .append(length(recipient))
                .append(' ')
                .append(message.text().size())
                .append('\n')
                .append(topics)
                .append(recipient)
                .toString();
    }

    private static String length(String text) {
        return text.isEmpty() ? NONE : Integer.toString(text.getBytes(StandardCharsets.UTF_8).length);
    }

    /**
     * Reads those that came together, one after the other.
     *
     * @throws RuntimeException if it is none
     */
    static void parse(byte[] bytes, Consumer<ChannelMessage> each) {
        int begin = lineEnd(bytes, 0);
        String[] first = line(bytes, 0, begin).split(" ", -1);
        long sequence = Long.parseLong(first[0]);
        long time = Long.parseLong(first[1]);
        String origin = first[2];
        int at = begin + 1;
        while (at < bytes.length) {
            ChannelMessage message = parse(bytes, at, sequence++, time, origin);
            at = message.utf8.limit();
            each.accept(message);
        }
    }

    private static ChannelMessage parse(byte[] bytes, int from, long sequence, long time, String origin) {
        int end = lineEnd(bytes, from);
        String[] fields = line(bytes, from, end).split(" ", -1);
        if (fields.length != FIELDS) {
            throw new IllegalArgumentException("not a message of a relay");
        }
        int begin = end + 1;
        List<Topic> topics = List.of();
        if (!fields[3].equals(NONE)) {
            int length = Integer.parseInt(fields[3]);
            topics = Stream.of(new String(bytes, begin, length, StandardCharsets.UTF_8).split("\n", -1))
                    .map(Topic::new)
                    .toList();
            begin += length;
        }
        Optional<UserId> recipient = Optional.empty();
        if (!fields[4].equals(NONE)) {
            int length = Integer.parseInt(fields[4]);
            recipient = Optional.of(new UserId(new String(bytes, begin, length, StandardCharsets.UTF_8)));
            begin += length;
        }
        int textEnd = begin + Integer.parseInt(fields[5]);
        if (textEnd < begin || textEnd > bytes.length) {
            throw new IllegalArgumentException("not a whole message of a relay");
        }
        return new ChannelMessage(
                sequence,
                time,
                origin,
                Long.parseLong(fields[0]),
                fields[1].equals(NONE) ? Optional.empty() : Optional.of(Duration.ofMillis(Long.parseLong(fields[1]))),
                fields[2],
                topics,
                recipient,
                ByteBuffer.wrap(bytes, begin, textEnd - begin));
    }

    private static int lineEnd(byte[] bytes, int from) {
        int end = from;
        while (bytes[end] != '\n') {
            end++;
        }
        return end;
    }

    private static String line(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** The message, as those get it who follow some of its topics. */
    Message on(List<Topic> here) {
        byte[] text = new byte[utf8.remaining()];
        utf8.get(utf8.position(), text);
        return new Message(here, recipient, Text.ofUtf8(text, 0), OptionsField.parse(options));
    }
}
