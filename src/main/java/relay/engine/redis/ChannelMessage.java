package relay.engine.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import relay.engine.Publication;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/**
 * A message as it comes by the channel of each of its topics: {@code <sequence> <time in ms> <origin> <number> <confirm in ms or ->
 * <options> <bytes of the topics or -> <bytes of the recipient or ->\n<topics><recipient><text>}. The topics are there where they are
 * several; a line feed is between each two.
 *
 * @param timeMillis when it was accepted, by the engine's clock
 * @param origin the relay where it was published
 * @param number the number of the publication there
 * @param topics if there are several; empty: the channel's
 */
record ChannelMessage(
        long sequence,
        long timeMillis,
        String origin,
        long number,
        Optional<Duration> confirm,
        MessageOptions options,
        List<Topic> topics,
        Optional<UserId> recipient,
        Text text) {
    private static final String NONE = "-";
    private static final int FIELDS = 8;

    /** All but the sequence, the time and the text. */
    static String head(String origin, long number, Publication publication) {
        Message message = publication.message();
        String confirm = publication
                .confirm()
                .map(time -> Long.toString(time.toMillis()))
                .orElse(NONE);
        Optional<String> topics = Optional.of(message.topics())
                .filter(several -> several.size() > 1)
                .map(several -> several.stream().map(Topic::name).collect(Collectors.joining("\n")));
        Optional<String> recipient = message.recipient().map(UserId::value);
        return origin + " " + number + " " + confirm + " " + OptionsField.of(message.options()) + " " + length(topics)
                + " " + length(recipient) + "\n" + topics.orElse("") + recipient.orElse("");
    }

    private static String length(Optional<String> text) {
        return text.map(bytes -> Integer.toString(bytes.getBytes(StandardCharsets.UTF_8).length))
                .orElse(NONE);
    }

    /** Reads one; throws a {@link RuntimeException} if it is none. */
    static ChannelMessage parse(byte[] bytes) {
        int end = 0;
        while (bytes[end] != '\n') {
            end++;
        }
        String[] fields = new String(bytes, 0, end, StandardCharsets.ISO_8859_1).split(" ", -1);
        if (fields.length != FIELDS) {
            throw new IllegalArgumentException("not a message of a relay");
        }
        int begin = end + 1;
        List<Topic> topics = List.of();
        if (!fields[6].equals(NONE)) {
            int length = Integer.parseInt(fields[6]);
            topics = Stream.of(new String(bytes, begin, length, StandardCharsets.UTF_8).split("\n", -1))
                    .map(Topic::new)
                    .toList();
            begin += length;
        }
        Optional<UserId> recipient = Optional.empty();
        if (!fields[7].equals(NONE)) {
            int length = Integer.parseInt(fields[7]);
            recipient = Optional.of(new UserId(new String(bytes, begin, length, StandardCharsets.UTF_8)));
            begin += length;
        }
        return new ChannelMessage(
                Long.parseLong(fields[0]),
                Long.parseLong(fields[1]),
                fields[2],
                Long.parseLong(fields[3]),
                fields[4].equals(NONE) ? Optional.empty() : Optional.of(Duration.ofMillis(Long.parseLong(fields[4]))),
                OptionsField.parse(fields[5]),
                topics,
                recipient,
                Text.ofUtf8(bytes, begin));
    }
}
