package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PacerTest {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final Pacer pacer = new Pacer();

    @Test
    void nothingWrittenNothingToWaitFor() {
        assertThat(pacer.shouldGather(0, 0)).isFalse();
    }

    @Test
    void afterLongWritingItWaitsForAsManyMessagesAsItAnswered() {
        pacer.wrote(8, 0, 0, 8 * MILLI);
        assertThat(pacer.shouldGather(7, 8 * MILLI)).isTrue();
        assertThat(pacer.shouldGather(8, 8 * MILLI)).isFalse();
    }

    @Test
    void thoseWhoCameDuringTheWritingAreExpectedBesideThoseItAnswered() {
        pacer.wrote(7, 1, 0, 8 * MILLI);
        assertThat(pacer.shouldGather(7, 8 * MILLI)).isTrue();
        assertThat(pacer.shouldGather(8, 8 * MILLI)).isFalse();
    }

    @Test
    void aLargeBatchIsWorthWritingAtOnce() {
        pacer.wrote(500, 500, 0, 8 * MILLI);
        assertThat(pacer.shouldGather(63, 8 * MILLI)).isTrue();
        assertThat(pacer.shouldGather(64, 8 * MILLI)).isFalse();
    }

    @Test
    void itWaitsAShareOfTheWritingAndNoLonger() {
        pacer.wrote(8, 0, 0, 8 * MILLI);
        assertThat(pacer.shouldGather(1, 10 * MILLI - 1)).isTrue();
        assertThat(pacer.shouldGather(1, 10 * MILLI)).isFalse();
    }

    @Test
    void veryLongWritingDoesNotMakeItWaitLong() {
        pacer.wrote(8, 0, 0, 1000 * MILLI);
        assertThat(pacer.shouldGather(1, 1005 * MILLI - 1)).isTrue();
        assertThat(pacer.shouldGather(1, 1005 * MILLI)).isFalse();
    }

    @Test
    void shortWritingIsNotWorthAWait() {
        pacer.wrote(8, 0, 0, MILLI / 10);
        assertThat(pacer.shouldGather(1, MILLI / 10)).isFalse();
    }
}
