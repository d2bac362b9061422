package relay.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.testing.RelayProcess;

/** {@code java -jar relay.jar bench}, as users run it. */
class BenchIT {
    private static final int TIMEOUT_SECONDS = 60;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void endWhatIsLeft() {
        started.forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
    }

    @Test
    void aRelayOfItsOwnIsStartedMeasuredAndEnded() throws Exception {
        Process bench =
                bench("--connections", "50", "--publishers", "2", "--messages", "500", "--warmup", "0s", "--json");
        String json = new String(bench.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(bench.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(bench.exitValue()).isZero();
        assertThat(json).startsWith("{").endsWith("}\n").hasLineCount(1);
        assertThat(number(json, "published")).isEqualTo(500);
        assertThat(number(json, "delivered")).isEqualTo(25_000);
        for (String fault : List.of("missing", "repeated", "reordered", "foreign", "publish_failures", "closed")) {
            assertThat(number(json, fault)).as(fault).isZero();
        }
        assertThat(number(json, "publishes_per_s")).isPositive();
        assertThat(number(json, "deliveries_per_s")).isGreaterThan(number(json, "publishes_per_s"));
        assertThat(number(json, "p50")).isPositive().isLessThanOrEqualTo(number(json, "p99"));
        assertThat(number(json, "resident_bytes")).isBetween(10e6, 4e9);
        assertThat(json).containsPattern("\"longest_pause_ms\":\\{\"relay\":[0-9.]+,\"bench\":[0-9.]+}");
    }

    @Test
    void itsOwnRelayIsGivenTheFlagsAfterTwoDashes(@TempDir Path folder) throws Exception {
        Path keys = Files.writeString(folder.resolve("keys"), "s3cr3t");
        Process bench = bench(
                "--connections=2",
                "--messages=20",
                "--warmup=0s",
                "--key=s3cr3t",
                "--json",
                "--",
                "--data",
                folder.resolve("data").toString(),
                "--api-keys-file",
                keys.toString());
        String json = new String(bench.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(bench.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(number(json, "delivered")).isEqualTo(40);
        assertThat(folder.resolve("data")).isNotEmptyDirectory();
    }

    @Test
    void whyItsOwnRelayDoesNotStartIsSaid() throws Exception {
        Process bench = bench("--", "--nonsense");
        String error = new String(bench.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(bench.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(bench.exitValue()).isEqualTo(1);
        assertThat(error)
                .startsWith("bench: the relay did not start: ")
                .contains("--nonsense")
                .hasLineCount(1);
    }

    @Test
    void aRelayThatIsKilledLosesAndRepeatsNothing() throws Exception {
        Process bench = bench(
                "--connections=20 --topics=2 --publishers=2 --rate=100 --duration=6s --warmup=0s --restarts=2 --json"
                        .split(" "));
        String json = new String(bench.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(bench.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(bench.exitValue()).isZero();
        assertThat(number(json, "published")).isPositive();
        assertThat(number(json, "delivered")).isEqualTo(10 * number(json, "published"));
        assertThat(number(json, "restarts")).isBetween(1.0, 2.0);
        assertThat(number(json, "lost_connections")).isGreaterThanOrEqualTo(20);
        assertThat(number(json, "sent_again")).isPositive();
        assertThat(number(json, "repeated")).isZero();
    }

    @Test
    void aWrongFlagEndsItWithTwo() throws Exception {
        Process bench = bench("--connections", "0");
        String error = new String(bench.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(bench.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(bench.exitValue()).isEqualTo(2);
        assertThat(error).contains("--connections takes 1 to 1000000, not 0").hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void interruptedItTakesItsRelayAndItsFilesAlong(int restarts, @TempDir Path folder) throws Exception {
        Map<String, String> elsewhere = Map.of("JDK_JAVA_OPTIONS", "-Djava.io.tmpdir=" + folder);
        Process bench = bench(elsewhere, "--connections=5", "--duration=10m", "--restarts=" + restarts);
        awaitLine(bench, "warming up");
        List<ProcessHandle> relays = bench.children().toList();
        assertThat(relays).hasSize(1);
        assertThat(folder).isNotEmptyDirectory();

        bench.destroy();

        assertThat(bench.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        relays.get(0).onExit().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        assertThat(relays.get(0).isAlive()).isFalse();
        assertThat(folder).isEmptyDirectory();
    }

    private Process bench(String... flags) throws IOException {
        return bench(Map.of(), flags);
    }

    private Process bench(Map<String, String> environment, String... flags) throws IOException {
        ProcessBuilder builder = RelayProcess.command(
                Stream.concat(Stream.of("bench"), Stream.of(flags)).toArray(String[]::new));
        // Meant for a relay that others use: none of these is for the one of its own.
        builder.environment()
                .putAll(Map.of(
                        "RELAY_API_KEYS", "s3cr3t",
                        "RELAY_TLS_CERT", "nowhere",
                        "RELAY_ENGINE", "redis://127.0.0.1:1",
                        "RELAY_CONFIG", "nowhere"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private static void awaitLine(Process process, String start) throws IOException {
        BufferedReader lines = process.errorReader(StandardCharsets.UTF_8);
        String line = lines.readLine();
        while (line != null && !line.startsWith(start)) {
            line = lines.readLine();
        }
        assertThat(line).startsWith(start);
    }

    private static double number(String json, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":([0-9.]+)").matcher(json);
        assertThat(matcher.find()).as(name).isTrue();
        return Double.parseDouble(matcher.group(1));
    }
}
