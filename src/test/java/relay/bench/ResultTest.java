package relay.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ResultTest {
    private static final Result.Latency NONE = new Result.Latency(0, 0, 0, 0, 0);
    private static final Result.Faults FAULTS = new Result.Faults(1, 2, 3, 4, 5, 6);

    @Test
    void theJsonHoldsEverything() {
        Result result = result(new Result.Latency(9, 1.5, 2, 3, 4.25), OptionalLong.of(4096), OptionalDouble.of(99.6));

        assertThat(result.json(load("--rate", "50")))
                .isEqualTo(
                        "{\"connections\":1000,\"topics\":2,\"publishers\":8,\"ndjson\":false,\"size\":100,\"rate\":50,"
                                + "\"published\":1234,\"publishes_per_s\":56.8,\"delivered\":617000,\"deliveries_per_s\":28400.0,"
                                + "\"delivery_ms\":{\"p50\":1.000,\"p99\":2.000,\"p99_9\":3.000,\"max\":4.000},"
                                + "\"publish_ms\":{\"p50\":1.500,\"p99\":2.000,\"p99_9\":3.000,\"max\":4.250},"
                                + "\"longest_pause_ms\":{\"relay\":null,\"bench\":12.345},"
                                + "\"missing\":1,\"repeated\":2,\"reordered\":3,\"foreign\":4,\"publish_failures\":5,\"closed\":6,"
                                + "\"resident_bytes\":4096,\"resident_bytes_per_connection\":100}\n");
    }

    @Test
    void whatIsNotKnownIsNull() {
        assertThat(result(NONE, OptionalLong.empty(), OptionalDouble.empty()).json(load("--ndjson")))
                .contains("\"ndjson\":true", "\"publish_ms\":null", "_bytes\":null", "_connection\":null}\n");
    }

    @Test
    void theTableHoldsWhatIsKnown() {
        String table =
                result(NONE, OptionalLong.of(3 << 20), OptionalDouble.of(2560)).table(load("--rate", "50"));

        assertThat(table)
                .contains("connections 1,000, topics 2, publishers 8", "50 messages/s")
                .containsPattern("published +1,234 +57 /s\\R")
                .containsPattern("delivered +617,000 +28,400 /s\\R")
                .containsPattern("delivery +1\\.00 +2\\.00 +3\\.00 +4\\.00\\R")
                .doesNotContainPattern("publish +0")
                .containsPattern("longest pause of the relay's JVM +not known\\R")
                .containsPattern("longest pause of the bench's JVM +12\\.3[45]\\R")
                .contains("missing 1, repeated 2, reordered 3, foreign 4", "failed publishes 5, closed connections 6")
                .contains("2.5 KiB resident for each connection", "3 MiB resident");
    }

    private static BenchOptions load(String... more) {
        return BenchAgainstFaultsTest.options(
                Stream.concat(Stream.of("--topics", "2"), Stream.of(more)).toArray(String[]::new));
    }

    private static Result result(Result.Latency publish, OptionalLong resident, OptionalDouble perConnection) {
        return new Result(
                1234,
                56.78,
                617_000,
                28_400,
                new Result.Latency(617_000, 1, 2, 3, 4),
                publish,
                FAULTS,
                new Result.Paused(OptionalDouble.empty(), OptionalDouble.of(12.345)),
                new Result.Memory(resident, perConnection),
                new Trial(load(), 617_001, new Returns(), new Stalls(), List.of(), List.of(), 0));
    }
}
