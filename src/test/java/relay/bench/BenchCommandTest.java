package relay.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;
import relay.TestRelay;

class BenchCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final BenchCommand command = command(Map.of());

    @ParameterizedTest
    @CsvSource({
        "--connections 0,                       '--connections takes 1 to 1000000, not 0'",
        "--connections 1000001,                 '--connections takes 1 to 1000000, not 1000001'",
        "--connections many,                    many",
        "--topics 0,                            '--topics takes 1 to 65536, not 0'",
        "--publishers 1025,                     '--publishers takes 1 to 1024, not 1025'",
        "--connections 200000 --publishers 501, --connections times --publishers takes 100000000 at most",
        "--messages 0,                          '--messages takes 1 to 2147483647, not 0'",
        "--size 33,                             '--size takes 34 to 1000000, not 33'",
        "--size 1000001,                        '--size takes 34 to 1000000, not 1000001'",
        "--rate -1,                             '--rate takes 0 to 2147483647, not -1'",
        "--duration 0s,                       '--duration takes more than no time, and 24h at most'",
        "--duration 25h,                      '--duration takes more than no time, and 24h at most'",
        "--warmup 25h,                        --warmup takes 24h at most",
        "--pid 1,                               --pid is for a relay that --url names",
        "--url https://localhost,               --url takes a URL such as http://localhost:8000",
        "--speed 9,                             --speed",
        "now,                                   now",
    })
    void aWrongFlagIsNamed(String flags, String message) {
        assertThatThrownBy(() -> command.run(flags.split(" ")))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining(message);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    private BenchCommand command(Map<String, String> environment) {
        return new BenchCommand(
                value -> Duration.parse("PT" + value), environment, new PrintStream(out), new PrintStream(err), false);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3cr3t",
                "fr0nt:register,b4ck:publish",
                "0ps:admin, fr0nt:register:cats, fr0nt2:admin+register:cats+*, b4ck:publish:cats,b4ck2:publish",
                "# who may\nfr0nt:register\n\nb4ck:publish\n"
            })
    void aRelayThatTakesKeysIsShownThoseThatFit(String keys) {
        try (TestRelay relay = TestRelay.start(Map.of("RELAY_API_KEYS", keys.replaceAll("(?m)^#.*", "")))) {
            String[] flags = {
                "--url", "http://127.0.0.1:" + relay.port(), "--connections", "2", "--messages", "10", "--warmup", "0s"
            };
            assertThat(command(Map.of("RELAY_API_KEYS", keys)).run(flags)).isZero();
            assertThat(command(Map.of("RELAY_API_KEYS", keys)).run(with(flags, "--ndjson")))
                    .isZero();
            assertThat(command(Map.of("RELAY_API_KEYS", "")).run(flags)).isEqualTo(1);
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .contains("POST /register was answered with 401")
                    .doesNotContain("fr0nt", "b4ck", "s3cr3t");
        }
    }

    @Test
    void aKeyThatIsNoneIsAMistakeAndNotShown() {
        assertThatThrownBy(
                        () -> command(Map.of("RELAY_API_KEYS", "good,hünter2")).run("--url", "http://127.0.0.1:1"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("RELAY_API_KEYS has a key that is none")
                .hasMessageNotContaining("nter2");
    }

    private static String[] with(String[] flags, String flag) {
        return Stream.concat(Stream.of(flags), Stream.of(flag)).toArray(String[]::new);
    }

    @Test
    void helpListsTheFlags() {
        assertThat(command.run("--help")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("java -jar relay.jar bench", "--connections", "--rate", "--ndjson", "--json");
    }

    @Test
    void aRelayThatIsNotThereIsAnErrorInOneLine() {
        assertThat(command.run("--url", "http://127.0.0.1:1")).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("bench: cannot connect to http://127.0.0.1:1: ")
                .hasLineCount(1);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
    }
}
