package relay.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class LatenciesTest {
    private static final long MILLISECOND = 1_000_000;

    private final Latencies latencies = new Latencies(List.of(0.001, 0.01));

    @Test
    void durationAtABoundIsWithinIt() {
        latencies.record(MILLISECOND);
        assertThat(counts(latencies.distribution())).containsExactly(1L, 0L, 0L);
        latencies.record(MILLISECOND + 1);
        assertThat(counts(latencies.distribution())).containsExactly(1L, 1L, 0L);
    }

    @Test
    void durationBeyondTheLastBoundCountsToo() {
        latencies.record(Long.MAX_VALUE / 2);
        assertThat(counts(latencies.distribution())).containsExactly(0L, 0L, 1L);
        assertThat(latencies.distribution().count()).isEqualTo(1);
    }

    @Test
    void sumIsInSeconds() {
        latencies.record(3 * MILLISECOND);
        latencies.record(4 * MILLISECOND);
        assertThat(latencies.distribution().sumSeconds()).isEqualTo(0.007);
    }

    @Test
    void distributionStaysAsItWasWhenItWasTaken() {
        Distribution before = latencies.distribution();
        latencies.record(0);
        assertThat(before.count()).isZero();
    }

    @Test
    void distributionsOfSeveralAddUp() {
        Latencies other = new Latencies(List.of(0.001, 0.01));
        latencies.record(MILLISECOND);
        other.record(2 * MILLISECOND);
        Distribution both = latencies.distribution().plus(other.distribution());
        assertThat(counts(both)).containsExactly(1L, 1L, 0L);
        assertThat(both.sumSeconds()).isEqualTo(0.003);
    }

    @Test
    void distributionsWithOtherBoundsDoNotAddUp() {
        Distribution other = new Latencies(List.of(0.001, 0.02)).distribution();
        assertThatThrownBy(() -> latencies.distribution().plus(other)).hasMessageContaining("0.02");
    }

    private static List<Long> counts(Distribution distribution) {
        return List.of(distribution.count(0), distribution.count(1), distribution.count(2));
    }
}
