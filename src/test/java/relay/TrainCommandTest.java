package relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

/** {@code java -jar relay.jar train}, as far as its flags go: {@link TrainIT} has it make a cache. */
class TrainCommandTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final TrainCommand command = new TrainCommand(new PrintStream(err, true, UTF_8));

    @Test
    void withoutAPlaceForTheCacheItSaysWhatIsMissing() {
        assertThatThrownBy(() -> command.run("--duration", "1s"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("-XX:AOTCacheOutput=FILE")
                .hasMessageContaining("-XX:ArchiveClassesAtExit=FILE");
    }

    @Test
    void noTimeAndTooLongATimeAreRefused() {
        for (String wrong : new String[] {"0s", "11m"}) {
            assertThatThrownBy(() -> command.run("--duration", wrong))
                    .isInstanceOf(ParameterException.class)
                    .hasMessage("--duration takes more than no time, and 10m at most");
        }
    }

    @Test
    void helpShowsTheCommandForEachJava() {
        assertThat(command.run("--help")).isZero();
        assertThat(err.toString(UTF_8))
                .contains("java -XX:AOTCacheOutput=FILE", "java -XX:ArchiveClassesAtExit=FILE", "--duration");
    }
}
