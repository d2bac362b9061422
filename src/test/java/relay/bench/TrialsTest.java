package relay.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.ParameterException;
import relay.TestRelay;

/** Runs in which connections are cut or readers do not read: what a relay then does wrong is found. */
class TrialsTest {
    private static final String CUTS =
            "--connections 3 --publishers 1 --messages 100 --rate 100 --warmup 0s --cuts 2 --offline 0.2s --json";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private int status;

    @Test
    void whoIsCutComesBackAndGetsTheRest() {
        try (TestRelay relay = TestRelay.start()) {
            bench("http://127.0.0.1:" + relay.port(), CUTS.replace("--connections 3", "--connections 20 --topics 2"));
        }

        assertThat(status).as(err.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(result())
                .contains("\"delivered\":1000,", "\"missing\":0,\"repeated\":0,\"reordered\":0,\"foreign\":0,")
                .contains("\"closed\":0,", "\"offline_ms\":200,", "\"delivered_percent\":100.0000,")
                .contains("\"repeats_per_return\":0.0000,\"gaps\":0,");
        assertThat(number("cuts")).isBetween(20.0, 40.0);
        assertThat(result()).doesNotContain("\"replay_ms\":{\"p50\":0.000,\"p95\":0.000,\"p99\":0.000,\"max\":0.000}");
    }

    @Test
    void aRelayThatDoesRightHasNoFaults() throws IOException {
        runAgainst(new FakeRelay.Fault() {});

        assertThat(status).as(err.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(result())
                .contains("\"delivered\":300,", "\"closed\":0,", "\"missing\":0,\"repeated\":0,\"reordered\":0,");
        assertThat(number("cuts")).isBetween(3.0, 6.0);
    }

    @Test
    void whatIsNotReplayedIsMissing() throws IOException {
        runAgainst(new FakeRelay.Fault() {
            @Override
            public List<String> replay(List<String> all, int had) {
                return had == 0 ? all : all.subList(Math.min(all.size(), had + 1), all.size());
            }
        });

        assertThat(status).isEqualTo(1);
        assertThat(number("missing")).isBetween(1.0, 6.0);
        assertThat(number("delivered_percent")).isBetween(98.0, 99.7);
        assertThat(result()).contains("\"repeated\":0,\"reordered\":0,");
    }

    @Test
    void whatIsReplayedTwiceIsRepeated() throws IOException {
        runAgainst(new FakeRelay.Fault() {
            @Override
            public List<String> replay(List<String> all, int had) {
                return all.subList(Math.max(0, had - 1), all.size());
            }
        });

        assertThat(status).isEqualTo(1);
        assertThat(result())
                .contains(
                        "\"delivered\":300,", "\"missing\":0,", "\"reordered\":0,", "\"delivered_percent\":100.0000,");
        assertThat(number("repeated")).isBetween(1.0, 6.0);
        assertThat(number("repeats_per_return")).isBetween(0.1, 1.0);
    }

    @Test
    void whatIsReplayedInAnotherOrderIsReordered() throws IOException {
        runAgainst(new FakeRelay.Fault() {
            @Override
            public List<String> replay(List<String> all, int had) {
                List<String> turned = new ArrayList<>(all.subList(had, all.size()));
                Collections.reverse(turned);
                return turned;
            }
        });

        assertThat(status).isEqualTo(1);
        assertThat(number("reordered")).isPositive();
        assertThat(number("missing")).isZero();
    }

    @Test
    void aConnectionThatTheRelayEndsIsAFaultAndItsClientComesBack() throws IOException {
        runAgainst(new FakeRelay.Fault() {
            @Override
            public boolean endsConnectionsAfter(int number) {
                return number == 0;
            }
        });

        assertThat(status).isEqualTo(1);
        assertThat(result()).contains("\"delivered\":300,", "\"missing\":0,\"repeated\":0,", "\"closed\":3,");
    }

    @Test
    void whoDoesNotReadIsDisconnectedAndTheOthersAreMeasured() {
        try (TestRelay relay = TestRelay.start()) {
            bench(
                    "http://127.0.0.1:" + relay.port(),
                    "--connections 4 --publishers 1 --messages 60 --size 500000 --warmup 0s --slow 25 --json");
        }

        assertThat(status).as(err.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(result())
                .contains("\"delivered\":180,", "\"missing\":0,", "\"closed\":0,")
                .containsPattern("\"slow\":\\{\"connected\":0,\"ended\":\\{\"(4408|none)\":1}}");
    }

    @Test
    void whoDoesNotReadOfAFewMessagesStaysConnected() {
        try (TestRelay relay = TestRelay.start()) {
            bench(
                    "http://127.0.0.1:" + relay.port(),
                    "--connections 4 --publishers 1 --messages 60 --warmup 0s --slow 50 --json");
        }

        assertThat(status).as(err.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(result()).contains("\"delivered\":120,", "\"slow\":{\"connected\":2,\"ended\":{}}");
    }

    @ParameterizedTest
    @CsvSource({
        "--cuts 1001,                                  '--cuts takes 0 to 1000, not 1001'",
        "--restarts -1,                                '--restarts takes 0 to 1000, not -1'",
        "--slow 100,                                   '--slow takes 0 to 99, not 100'",
        "--slow 9 --connections 11,                    '--slow 9 of so few connections to each topic is none of them'",
        "--cuts 1 --slow 10,                           '--cuts, --restarts and --slow are for a run each'",
        "--cuts 5 --duration 10s,                      '--cuts 5 times --offline has to be shorter than the run'",
        "--cuts 1 --messages 9,                        '--cuts and --restarts take the --duration of the run'",
        "--cuts 1 --token abc,                         '--cuts and --restarts are for subscribers that are registered'",
        "--offline 3s,                                 '--offline is for --cuts'",
        "--restarts 1 --url http://localhost:1,        '--restarts is for a relay that is started for the run'",
        "--restarts 1 --ndjson,                        '--restarts is for publishers that can send a message again'",
    })
    void whatMakesNoSenseIsRefused(String flags, String message) {
        assertThatThrownBy(() -> command().run(flags.split(" ")))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining(message);
    }

    @Test
    void everySubscriberIsCutOnceInEachSpanAndBackBeforeItsEnd() {
        CutPlan plan = CutPlan.of(1_000, Duration.ofNanos(80), Duration.ofNanos(4), 8);

        for (int subscriber = 0; subscriber < 100; subscriber++) {
            for (int cut = 0; cut < 8; cut++) {
                assertThat(plan.moment(subscriber, cut)).isBetween(1_000L + 10L * cut, 1_005L + 10L * cut);
            }
        }
        assertThat(Stream.iterate(0, i -> i + 1).limit(100).map(subscriber -> plan.moment(subscriber, 3)))
                .contains(1_030L, 1_031L, 1_032L, 1_033L, 1_034L, 1_035L);
    }

    private void runAgainst(FakeRelay.Fault fault) throws IOException {
        try (FakeRelay relay = new FakeRelay(fault)) {
            bench(relay.url(), CUTS);
        }
    }

    private void bench(String url, String flags) {
        status = command()
                .run(Stream.concat(Stream.of("--url", url), Stream.of(flags.split(" ")))
                        .toArray(String[]::new));
    }

    private BenchCommand command() {
        return new BenchCommand(
                value -> Duration.parse("PT" + value), new PrintStream(out), new PrintStream(err), false);
    }

    private double number(String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":([0-9.]+)").matcher(result());
        assertThat(matcher.find()).as(name).isTrue();
        return Double.parseDouble(matcher.group(1));
    }

    private String result() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
