package relay.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A line of the log, whatever it is given to log. */
class LogLineTest {
    private static final String HEAD = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d) ";

    private final LogLine logLine = new LogLine();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n",
                "\r\n",
                "\r",
                "\u000b",
                "\f",
                "\u0085",
                "\u2028",
                "\u2029",
                "\0",
                "\u0007",
                "\u001b[2J",
                "\u009b"
            })
    void anEventIsOneLineWhateverItsTextHolds(String nasty) {
        assertThat(line("before" + nasty + "after", null)).matches(HEAD + "INFO  Main: before \\S*after\\n");
    }

    @Test
    void printableTextIsLeftAlone() {
        assertThat(line("caf\u00e9 \u732b \ud83d\ude38 ~", null)).endsWith(": caf\u00e9 \u732b \ud83d\ude38 ~\n");
    }

    @Test
    void anExceptionStaysOnTheLine() {
        Exception cause = new IllegalStateException("inner\nforged", new IllegalArgumentException("deepest\u001b[2J"));
        assertThat(line("failed", cause))
                .matches(HEAD + "INFO  Main: failed [^\\p{Cntrl}]+\\n")
                .contains("inner forged", "deepest [2J");
    }

    private String line(String message, Throwable cause) {
        Logger logger = new LoggerContext().getLogger("relay.Main");
        LoggingEvent event = new LoggingEvent("", logger, Level.INFO, message, cause, null);
        return new String(logLine.encode(event), StandardCharsets.UTF_8);
    }
}
