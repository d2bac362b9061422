package relay.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class DescriptorsTest {
    @Test
    void whereThereAreEnoughAllAreAllowedThatAreWanted() {
        assertThat(Descriptors.connections(100_000, 1024, OptionalLong.of(1_048_576)))
                .isEqualTo(100_000);
        assertThat(Descriptors.connections(100_000, 1024, OptionalLong.empty())).isEqualTo(100_000);
    }

    @Test
    void whereThereAreFewSomeAreKeptForPublishers() {
        assertThat(Descriptors.connections(100_000, 1024, OptionalLong.of(100_064)))
                .isEqualTo(98_976);
        assertThat(Descriptors.connections(1_000_000, 1024, OptionalLong.of(256)))
                .isEqualTo(144);
        assertThat(Descriptors.connections(1_000_000, 1024, OptionalLong.of(10)))
                .isPositive();
    }

    @Test
    void theSystemSaysHowManyThereAre() {
        assertThat(Descriptors.most().orElse(1)).isPositive();
    }
}
