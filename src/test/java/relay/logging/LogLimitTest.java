package relay.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** One line a second and kind. */
class LogLimitTest {
    private static final long START = Long.MAX_VALUE - 10;
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final LogLimit limit = new LogLimit();

    @Test
    void theFirstIsLoggedAndTheOthersOfItsSecondAreCounted() {
        assertThat(admitted(Level.INFO, "client {} is too slow", START, 690)).isEqualTo(1);
        assertThat(limit.leftOut(START + SECOND - 1, false)).isEmpty();
        assertThat(limit.leftOut(START + SECOND, false).map(ILoggingEvent::getFormattedMessage))
                .contains("and 689 more in 1 s: client … is too slow");
        assertThat(limit.leftOut(START + SECOND, false)).isEmpty();
    }

    @Test
    void whileItGoesOnThereIsOneLineASecondAndAfterASecondsRestAllIsForgotten() {
        assertThat(admitted(Level.WARN, "again", START, 3)).isEqualTo(1);
        assertThat(limit.leftOut(START + SECOND, false)).isPresent();
        assertThat(admitted(Level.WARN, "again", START + SECOND + 1, 5)).isZero();
        assertThat(limit.leftOut(START + 2 * SECOND, false).map(ILoggingEvent::getFormattedMessage))
                .contains("and 5 more in 1 s: again");
        assertThat(limit.leftOut(START + 3 * SECOND, false)).isEmpty();
        assertThat(limit.isAtRest()).isTrue();
        assertThat(admitted(Level.WARN, "again", START + 3 * SECOND, 2)).isEqualTo(1);
    }

    @Test
    void aSecondThatNobodyEndedInTimeIsSaidToBeLonger() {
        admitted(Level.INFO, "again", START, 3);
        assertThat(limit.leftOut(START + 61 * SECOND, false).map(ILoggingEvent::getFormattedMessage))
                .contains("and 2 more in 61 s: again");
    }

    @Test
    void kindsDoNotHideOneAnother() {
        assertThat(admitted(Level.INFO, "one", START, 3)).isEqualTo(1);
        assertThat(admitted(Level.INFO, "two", START, 3)).isEqualTo(1);
        assertThat(admitted(Level.ERROR, "one", START, 3)).isEqualTo(1);
    }

    @Test
    void whoeverAsksForMoreGetsAllOfIt() {
        assertThat(admitted(Level.DEBUG, "client {} connected", START, 100)).isEqualTo(100);
        assertThat(limit.isAtRest()).isTrue();
    }

    @Test
    void textsThatAreAllDifferentAreOneKindBeyondABound() {
        long logged = IntStream.range(0, 100_000)
                .filter(i -> limit.admits(event(Level.WARN, "text " + i), START))
                .count();
        assertThat(logged).isEqualTo(LogLimit.MOST_KINDS + 1);
        int left = 0;
        for (Optional<ILoggingEvent> said = limit.leftOut(START, true);
                said.isPresent() && left < 10;
                said = limit.leftOut(START, true)) {
            left++;
            assertThat(said.get().getFormattedMessage()).startsWith("and 99799 more in 1 s: lines of many kinds");
        }
        assertThat(left).isEqualTo(1);
    }

    private long admitted(Level level, String text, long now, int times) {
        return IntStream.range(0, times)
                .filter(i -> limit.admits(event(level, text), now))
                .count();
    }

    private static ILoggingEvent event(Level level, String text) {
        LoggingEvent event = new LoggingEvent();
        event.setLoggerName("relay.Some");
        event.setLevel(level);
        event.setMessage(text);
        return event;
    }
}
