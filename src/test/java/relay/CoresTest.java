package relay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CoresTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource({"1, 1, 1, 1, 24", "2, 1, 1, 1, 32", "4, 2, 2, 2, 48", "16, 4, 8, 8, 144", "64, 8, 16, 32, 200"})
    void whatRunsOnSoManyCores(int cores, int workers, int selectors, int tokenChecks, int requestThreads) {
        Cores these = new Cores(cores);

        assertThat(these.workers()).isEqualTo(workers);
        assertThat(these.selectors()).isEqualTo(selectors);
        assertThat(these.tokenChecks()).isEqualTo(tokenChecks);
        assertThat(these.requestThreads()).isEqualTo(requestThreads);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(ints = {4, 8, 16, 32, 64, 128, 256})
    void workersAndSelectorsTogetherLeaveNoCoreWithTwoOfThem(int cores) {
        Cores these = new Cores(cores);

        assertThat(these.workers() + these.selectors()).isLessThanOrEqualTo(cores);
    }
}
