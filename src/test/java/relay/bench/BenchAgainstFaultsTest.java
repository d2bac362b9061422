package relay.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import relay.TestRelay;

/** Whole runs, without a relay's process: what is wrong with a relay is found, and nothing with one that does right. */
class BenchAgainstFaultsTest {
    private static final String[] HUNDRED_MESSAGES = {
        "--connections", "3", "--publishers", "1", "--messages", "100", "--warmup", "0s", "--json"
    };

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private int status;

    @Test
    void aRelayThatDoesRightHasNoFaults() throws IOException {
        try (FakeRelay relay = new FakeRelay(new FakeRelay.Fault() {})) {
            bench(relay.url(), HUNDRED_MESSAGES);
            assertThat(relay.pongs()).as("answered pings").isEqualTo(3);
        }

        assertThat(status).isZero();
        assertThat(result())
                .contains("\"published\":100,", "\"delivered\":300,", "\"missing\":0,\"repeated\":0,\"reordered\":0,")
                .contains("\"foreign\":0,\"publish_failures\":0,\"closed\":0,");
    }

    @Test
    void theRealRelayHasNone() {
        try (TestRelay relay = TestRelay.start()) {
            bench(
                    "http://127.0.0.1:" + relay.port(),
                    "--connections=20 --topics=3 --publishers=4 --messages=400 --warmup=0.1s --json".split(" "));
        }

        assertThat(status).as(err.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(result())
                .contains("\"published\":400,", "\"missing\":0,\"repeated\":0,\"reordered\":0,\"foreign\":0,");
    }

    @Test
    void streamsArePublishedAndCheckedToo() {
        try (TestRelay relay = TestRelay.start()) {
            bench(
                    "http://127.0.0.1:" + relay.port(),
                    "--connections=5 --publishers=2 --messages=3000 --ndjson --size=700 --warmup=0s --json".split(" "));
        }

        assertThat(status).as(err.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(result())
                .contains("\"published\":3000,", "\"delivered\":15000,", "\"publish_ms\":null")
                .contains("\"missing\":0,\"repeated\":0,\"reordered\":0,\"foreign\":0,");
    }

    @Test
    void aRateIsKeptTo() {
        try (TestRelay relay = TestRelay.start()) {
            bench(
                    "http://127.0.0.1:" + relay.port(),
                    "--connections=2 --publishers=3 --rate=200 --duration=0.5s --warmup=0s --json".split(" "));
        }

        assertThat(status).as(err.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(result()).contains("\"published\":100,", "\"delivered\":200,");
    }

    @Test
    void missingMessagesAreCounted() throws Exception {
        FakeRelay.Fault dropsEveryTenth = new FakeRelay.Fault() {
            @Override
            public List<String> deliver(int number, String text) {
                return number % 10 == 9 ? List.of() : List.of(text);
            }
        };
        try (FakeRelay relay = new FakeRelay(dropsEveryTenth)) {
            Result result = runOnAFastClock(relay);

            assertThat(result.faults()).isEqualTo(new Result.Faults(30, 0, 0, 0, 0, 0));
            assertThat(result.delivered()).isEqualTo(270);
        }
    }

    @Test
    void repeatedMessagesAreCounted() throws IOException {
        runAgainst(new FakeRelay.Fault() {
            @Override
            public List<String> deliver(int number, String text) {
                return number % 10 == 9 ? List.of(text, text) : List.of(text);
            }
        });

        assertThat(status).isEqualTo(1);
        assertThat(result())
                .contains("\"delivered\":300,", "\"missing\":0,\"repeated\":30,\"reordered\":0,\"foreign\":0,");
    }

    @Test
    void reorderedMessagesAreCounted() throws IOException {
        runAgainst(new FakeRelay.Fault() {
            private String held = "";

            @Override
            public List<String> deliver(int number, String text) {
                if (number % 10 == 4) {
                    held = text;
                }
                return number % 10 == 4 ? List.of() : number % 10 == 5 ? List.of(text, held) : List.of(text);
            }
        });

        assertThat(status).isEqualTo(1);
        assertThat(result())
                .contains("\"delivered\":300,", "\"missing\":0,\"repeated\":0,\"reordered\":30,\"foreign\":0,");
    }

    @Test
    void framesThatNobodyPublishedAreCounted() throws IOException {
        runAgainst(new FakeRelay.Fault() {
            @Override
            public List<String> deliver(int number, String text) {
                return number == 50
                        ? List.of("{\"error\":{}}", "b" + text.substring(1, 3) + "99" + text.substring(5), text)
                        : List.of(text);
            }
        });

        assertThat(status).isEqualTo(1);
        assertThat(result()).contains("\"missing\":0,\"repeated\":0,\"reordered\":0,\"foreign\":6,");
    }

    @Test
    void connectionsThatEndAreCountedAndTheirMessagesAreMissing() throws Exception {
        FakeRelay.Fault endsAtTheMiddle = new FakeRelay.Fault() {
            @Override
            public boolean endsConnectionsAfter(int number) {
                return number == 49;
            }
        };
        try (FakeRelay relay = new FakeRelay(endsAtTheMiddle)) {
            assertThat(runOnAFastClock(relay).faults()).isEqualTo(new Result.Faults(150, 0, 0, 0, 0, 3));
        }
    }

    @Test
    void publishesThatFailAreCountedAndNotMissing() throws IOException {
        runAgainst(new FakeRelay.Fault() {
            @Override
            public int publishStatus(int number) {
                return number % 10 == 9 ? 503 : 200;
            }
        });

        assertThat(status).isEqualTo(1);
        assertThat(result()).contains("\"missing\":0,\"repeated\":0,", "\"closed\":0,");
        assertThat(result()).doesNotContain("\"publish_failures\":0,");
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("POST /publish was answered with 503");
    }

    @Test
    void aRefusedRegistrationEndsTheRunWithTheReason() throws IOException {
        runAgainst(new FakeRelay.Fault() {
            @Override
            public int registerStatus() {
                return 503;
            }
        });

        assertThat(status).isEqualTo(1);
        assertThat(result()).isEmpty();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("POST /register was answered with 503");
    }

    @Test
    void aRefusedHandshakeEndsTheRunWithTheReason() throws IOException {
        runAgainst(new FakeRelay.Fault() {
            @Override
            public int upgradeStatus() {
                return 404;
            }
        });

        assertThat(status).isEqualTo(1);
        assertThat(result()).isEmpty();
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("only 0 of 3 connections could be opened", "answered with HTTP/1.1 404");
    }

    private void runAgainst(FakeRelay.Fault fault) throws IOException {
        try (FakeRelay relay = new FakeRelay(fault)) {
            bench(relay.url(), HUNDRED_MESSAGES);
        }
    }

    private void bench(String url, String... flags) {
        List<String> arguments = new ArrayList<>(List.of("--url", url));
        arguments.addAll(List.of(flags));
        status = new BenchCommand(
                        value -> Duration.parse("PT" + value), new PrintStream(out), new PrintStream(err), false)
                .run(arguments.toArray(String[]::new));
    }

    /** For runs that end by silence: four seconds last one. */
    private static Result runOnAFastClock(FakeRelay relay) throws IOException, InterruptedException {
        Clock clock = new Clock() {
            @Override
            public long nanos() {
                return System.nanoTime() * 4;
            }

            @Override
            public void waitUntil(long moment) {
                Clock.system().waitUntil(moment / 4);
            }
        };
        Target target = TargetTest.open(relay.url());
        Progress progress = new Progress(new PrintStream(OutputStream.nullOutputStream()), false, clock);
        try (Pauses pauses = new Pauses()) {
            return new BenchRun(
                            options(HUNDRED_MESSAGES),
                            List.of(target),
                            OptionalLong.empty(),
                            clock,
                            progress,
                            pauses,
                            Optional.empty())
                    .run();
        }
    }

    static BenchOptions options(String... flags) {
        CommandLine line = new CommandLine(BenchOptions.class)
                .registerConverter(Duration.class, value -> Duration.parse("PT" + value));
        line.parseArgs(flags);
        return line.getCommand();
    }

    private String result() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
