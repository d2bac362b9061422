package relay.uri;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A duration as people write it: {@code 500ms}, {@code 25s}, {@code 10m}, {@code 1h}; up to a year. Stateless. */
public final class TimeText {
    /** A few of these, and the uptime of a machine, fit together into the nanoseconds of a {@code long}. */
    public static final Duration MOST = Duration.ofDays(365);

    private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

    private TimeText() {}

    /** Parses a duration; empty if it has another form or is longer than {@link #MOST}. */
    public static Optional<Duration> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long amount = Long.parseLong(matcher.group(1));
        Duration time = switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
        };
        return Optional.of(time).filter(one -> one.compareTo(MOST) <= 0);
    }
}
