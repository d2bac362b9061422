package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PacerTest {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final Pacer pacer = new Pacer();

    @Test
    void nothingWrittenNothingToWaitFor() {
        assertThat(pacer.gatherNanos(0, 0)).isNotPositive();
    }

    @Test
    void afterLongWritingItWaitsForAsManyMessagesAsItAnswered() {
        pacer.wrote(8, 0, 0, 8 * MILLI);
        assertThat(pacer.gatherNanos(7, 8 * MILLI)).isPositive();
        assertThat(pacer.gatherNanos(8, 8 * MILLI)).isNotPositive();
    }

    @Test
    void thoseWhoCameDuringTheWritingAreExpectedBesideThoseItAnswered() {
        pacer.wrote(7, 1, 0, 8 * MILLI);
        assertThat(pacer.gatherNanos(7, 8 * MILLI)).isPositive();
        assertThat(pacer.gatherNanos(8, 8 * MILLI)).isNotPositive();
    }

    @Test
    void aLargeBatchIsWorthWritingAtOnce() {
        pacer.wrote(500, 500, 0, 8 * MILLI);
        assertThat(pacer.gatherNanos(63, 8 * MILLI)).isPositive();
        assertThat(pacer.gatherNanos(64, 8 * MILLI)).isNotPositive();
    }

    @Test
    void itWaitsAShareOfTheWritingAndNoLonger() {
        pacer.wrote(8, 0, 0, 8 * MILLI);
        assertThat(pacer.gatherNanos(1, 10 * MILLI - 1)).isPositive();
        assertThat(pacer.gatherNanos(1, 10 * MILLI)).isNotPositive();
    }

    @Test
    void veryLongWritingDoesNotMakeItWaitLong() {
        pacer.wrote(8, 0, 0, 1000 * MILLI);
        assertThat(pacer.gatherNanos(1, 1005 * MILLI - 1)).isPositive();
        assertThat(pacer.gatherNanos(1, 1005 * MILLI)).isNotPositive();
    }

    @Test
    void shortWritingIsNotWorthAWait() {
        pacer.wrote(8, 0, 0, MILLI / 10);
        assertThat(pacer.gatherNanos(1, MILLI / 10)).isNotPositive();
    }

    @Test
    void itSaysWhetherTheWritingTookLong() {
        assertThat(pacer.wrote(8, 0, 0, MILLI / 10)).isFalse();
        assertThat(pacer.wrote(8, 0, 0, 8 * MILLI)).isTrue();
    }
}
