package relay.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** It writes what Java's own formatter does. */
class TimestampTextTest {
    private static final DateTimeFormatter FORM =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
    private static final long DAY = 86_400_000;
    private static final long LAST_DAY = Instant.parse("9999-12-31T00:00:00Z").toEpochMilli() / DAY;

    @Test
    void everyDayFrom1970To9999HasItsDate() {
        for (long day = 0; day <= LAST_DAY; day++) {
            assertIsWrittenAsJavaDoes(day * DAY);
        }
    }

    @Test
    void everySecondOfADayAndManyMillisecondsHaveTheirTime() {
        for (long second = 0; second < DAY / 1000; second++) {
            assertIsWrittenAsJavaDoes(second * 1000 + second % 1000);
        }
        new Random(1).longs(10_000, 0, (LAST_DAY + 1) * DAY).forEach(TimestampTextTest::assertIsWrittenAsJavaDoes);
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 1970-01-01T00:00:00.000Z",
        "-9223372036854775808, 1970-01-01T00:00:00.000Z",
        "951782400000, 2000-02-29T00:00:00.000Z",
        "253402300799999, 9999-12-31T23:59:59.999Z",
        "253402300800000, 9999-12-31T23:59:59.999Z",
        "9223372036854775807, 9999-12-31T23:59:59.999Z",
    })
    void whatHasNoSuchTextIsTheNearestThatHas(long millis, String text) {
        assertThat(TimestampText.of(millis)).isEqualTo(text);
    }

    private static void assertIsWrittenAsJavaDoes(long millis) {
        String text = TimestampText.of(millis);
        String expected = FORM.format(Instant.ofEpochMilli(millis));
        if (!text.equals(expected)) {
            assertThat(text).isEqualTo(expected);
        }
    }
}
