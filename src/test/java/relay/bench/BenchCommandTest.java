package relay.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.ParameterException;

class BenchCommandTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final BenchCommand command =
            new BenchCommand(value -> Duration.parse("PT" + value), new PrintStream(out), new PrintStream(err), false);

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
