package relay.uri;

import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import relay.message.InvalidInputException;
import relay.message.MessageId;
import relay.message.StartPosition;

/**
 * The words by which a client says from where it wants messages: {@code after}, {@code last} and {@code since}, the same in every
 * query and on the socket. At most one of them may be given. For one thread.
 */
public final class StartWords {
    private static final Pattern COUNT = Pattern.compile("\\d{1,10}");

    private @Nullable StartPosition start;

    /**
     * Takes the words that a query has.
     *
     * @throws InvalidInputException if one is malformed, or there are two
     */
    public static StartWords in(Parameters query) {
        StartWords words = new StartWords();
        query.get("after").ifPresent(words::after);
        query.get("last").ifPresent(words::last);
        query.get("since").ifPresent(words::since);
        return words;
    }

    /** Everything after the message with this id. */
    public void after(String id) {
        set(new StartPosition.After(MessageId.parse(id)));
    }

    /** The last so many messages of each topic, from 0. */
    public void last(long count) {
        if (count < 0 || count > Integer.MAX_VALUE) {
            throw badCount();
        }
        set(new StartPosition.Last((int) count));
    }

    private void last(String count) {
        if (!COUNT.matcher(count).matches()) {
            throw badCount();
        }
        last(Long.parseLong(count));
    }

    /** What was accepted within a time before now, such as {@code 10m}; or {@code all} that is held. */
    public void since(String text) {
        set(
                text.equals("all")
                        ? StartPosition.ALL
                        : new StartPosition.Since(TimeText.parse(text)
                                .orElseThrow(() -> new InvalidInputException(
                                        "since takes a time before now, such as 30s, 10m or 2h, or all"))));
    }

    /** From where it wants messages; empty if it does not say. */
    public Optional<StartPosition> position() {
        return Optional.ofNullable(start);
    }

    private void set(StartPosition wanted) {
        if (start != null) {
            throw new InvalidInputException("after, last and since exclude each other: send one of them");
        }
        start = wanted;
    }

    private static InvalidInputException badCount() {
        return new InvalidInputException("last takes a whole number from 0 to " + Integer.MAX_VALUE);
    }
}
