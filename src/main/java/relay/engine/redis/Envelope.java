package relay.engine.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import relay.engine.Publication;
import relay.message.Text;
import relay.message.UserId;

/**
 * A message as it comes by its topic's channel:
 * {@code <sequence> <origin> <number> <confirm in ms or -> <bytes of the recipient or ->\n<recipient><text>}.
 *
 * @param origin the relay where it was published
 * @param number the number of the publication there
 */
record Envelope(
        long sequence, String origin, long number, Optional<Duration> confirm, Optional<UserId> recipient, Text text) {
    private static final String NONE = "-";
    private static final int FIELDS = 5;

    /** All but the sequence and the text. */
    static byte[] head(String origin, long number, Publication publication) {
        Optional<UserId> recipient = publication.message().recipient();
        String confirm = publication
                .confirm()
                .map(time -> Long.toString(time.toMillis()))
                .orElse(NONE);
        String length = recipient
                .map(user -> Integer.toString(Bytes.of(user.value()).length))
                .orElse(NONE);
        return Bytes.of(origin + " " + number + " " + confirm + " " + length + "\n"
                + recipient.map(UserId::value).orElse(""));
    }

    /** Reads one; throws a {@link RuntimeException} if it is none. */
    static Envelope parse(byte[] bytes) {
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
        if (!fields[4].equals(NONE)) {
            int length = Integer.parseInt(fields[4]);
            recipient = Optional.of(new UserId(new String(bytes, begin, length, StandardCharsets.UTF_8)));
            begin += length;
        }
        return new Envelope(
                Long.parseLong(fields[0]),
                fields[1],
                Long.parseLong(fields[2]),
                fields[3].equals(NONE) ? Optional.empty() : Optional.of(Duration.ofMillis(Long.parseLong(fields[3]))),
                recipient,
                Text.ofUtf8(bytes, begin));
    }
}
