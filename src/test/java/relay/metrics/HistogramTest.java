package relay.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class HistogramTest {
    private static final long MILLISECOND = 1_000_000;

    private final Histogram histogram = new Histogram(List.of(0.001, 0.01));

    @Test
    void durationAtABoundIsWithinIt() {
        histogram.record(MILLISECOND);
        assertThat(histogram.snapshot().counts()).containsExactly(1L, 0L, 0L);
        histogram.record(MILLISECOND + 1);
        assertThat(histogram.snapshot().counts()).containsExactly(1L, 1L, 0L);
    }

    @Test
    void durationBeyondTheLastBoundCountsToo() {
        histogram.record(Long.MAX_VALUE / 2);
        assertThat(histogram.snapshot().counts()).containsExactly(0L, 0L, 1L);
        assertThat(histogram.snapshot().count()).isEqualTo(1);
    }

    @Test
    void sumIsInSeconds() {
        histogram.record(3 * MILLISECOND);
        histogram.record(4 * MILLISECOND);
        assertThat(histogram.snapshot().sumSeconds()).isEqualTo(0.007);
    }

    @Test
    void snapshotStaysAsItWasWhenItWasTaken() {
        Histogram.Snapshot before = histogram.snapshot();
        histogram.record(0);
        assertThat(before.count()).isZero();
    }

    @Test
    void snapshotsOfSeveralAddUp() {
        Histogram other = new Histogram(List.of(0.001, 0.01));
        histogram.record(MILLISECOND);
        other.record(2 * MILLISECOND);
        Histogram.Snapshot both = histogram.snapshot().plus(other.snapshot());
        assertThat(both.counts()).containsExactly(1L, 1L, 0L);
        assertThat(both.sumSeconds()).isEqualTo(0.003);
    }

    @Test
    void snapshotsWithOtherBoundsDoNotAddUp() {
        Histogram.Snapshot other = new Histogram(List.of(0.001, 0.02)).snapshot();
        assertThatThrownBy(() -> histogram.snapshot().plus(other)).hasMessageContaining("0.02");
    }
}
