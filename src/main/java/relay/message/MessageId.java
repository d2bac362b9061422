package relay.message;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The position of an accepted message in the log.
 *
 * @param epoch names the log; it differs between two relays, and between a relay before and after a restart
 * @param sequence the position in that log: 1 for the first message, 0 before it
 */
public record MessageId(String epoch, long sequence) {
    private static final Pattern FORM = Pattern.compile("([0-9A-Za-z_.]{1,64})-(\\d{1,18})");

    /**
     * Parses the form of {@link #toString}.
     *
     * @throws InvalidInputException if the text has another form
     */
    public static MessageId parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new InvalidInputException(
                    "not the id of a message: send one as it came, such as 8d2b1f0c9a7e6453-42");
        }
        return new MessageId(matcher.group(1), Long.parseLong(matcher.group(2)));
    }

    /** {@code <epoch>-<sequence>}. */
    @Override
    public String toString() {
        return epoch + "-" + sequence;
    }
}
