package relay.engine.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import relay.engine.Publication;
import relay.message.Text;
import relay.message.UserId;

/**
 * A message as it comes by its topic's channel:
 * {@code <sequence> <time in ms> <origin> <number> <confirm in ms or -> <bytes of the recipient or ->\n<recipient><text>}.
 *
 * @param timeMillis when it was accepted, by the engine's clock
 * @param origin the relay where it was published
 * @param number the number of the publication there
 */
record ChannelMessage(
        long sequence,
        long timeMillis,
        String origin,
        long number,
        Optional<Duration> confirm,
        Optional<UserId> recipient,
        Text text) {
    private static final String NONE = "-";
    private static final int FIELDS = 6;

    /** All but the sequence and the text. */
    static String head(String origin, long number, Publication publication) {
        String confirm = publication
                .confirm()
                .map(time -> Long.toString(time.toMillis()))
                .orElse(NONE);
        Optional<String> recipient = publication.message().recipient().map(UserId::value);
        String length = recipient
                .map(user -> Integer.toString(user.getBytes(StandardCharsets.UTF_8).length))
                .orElse(NONE);
        return origin + " " + number + " " + confirm + " " + length + "\n" + recipient.orElse("");
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
        Optional<UserId> recipient = Optional.empty();
        if (!fields[5].equals(NONE)) {
            int length = Integer.parseInt(fields[5]);
            recipient = Optional.of(new UserId(new String(bytes, begin, length, StandardCharsets.UTF_8)));
            begin += length;
        }
        return new ChannelMessage(
                Long.parseLong(fields[0]),
                Long.parseLong(fields[1]),
                fields[2],
                Long.parseLong(fields[3]),
                fields[4].equals(NONE) ? Optional.empty() : Optional.of(Duration.ofMillis(Long.parseLong(fields[4]))),
                recipient,
                Text.ofUtf8(bytes, begin));
    }
}
