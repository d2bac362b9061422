package relay.hook;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** The header {@code Retry-After} (RFC 9110 §10.2.3): seconds, or a date. Stateless, for any thread. */
final class RetryAfter {
    /** An endpoint that asks for more is asked again after this. */
    static final Duration LONGEST = Duration.ofHours(1);

    /** More digits than this are longer than {@link #LONGEST}. */
    private static final String SECONDS = "[0-9]{1,9}";

    private static final String TOO_MANY_SECONDS = "[0-9]{10,}";

    private RetryAfter() {}

    /** How long to wait; empty if the header says nothing that can be understood, or a time that is over. */
    static Optional<Duration> in(String value, Instant now) {
        return read(value.strip(), now)
                .filter(wait -> !wait.isNegative() && !wait.isZero())
                .map(wait -> wait.compareTo(LONGEST) < 0 ? wait : LONGEST);
    }

    private static Optional<Duration> read(String value, Instant now) {
        if (value.matches(SECONDS)) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(value)));
        }
        if (value.matches(TOO_MANY_SECONDS)) {
            return Optional.of(LONGEST);
        }
        try {
            Instant date = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(value));
            return Optional.of(Duration.between(now, date));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
