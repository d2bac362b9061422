package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import relay.testing.Api;
import relay.testing.Api.Registered;
import relay.testing.ExternalProgram;
import relay.testing.RawSocket;
import relay.testing.RelayProcess;
import relay.testing.TestSocket;

/** The log is a pipe that nobody reads, as behind a pager that waits or a collector that hangs. */
class LogPipeIT {
    private static final Pattern LISTENING = Pattern.compile("listening on http://\\S+:(\\d+)");
    private static final Pattern MISSING =
            Pattern.compile("the log was not read in time: (\\d+) lines are missing here");
    private static final Pattern DROPPED = Pattern.compile("(?m)^relay_log_lines_dropped_total (\\d+)\\.0$");
    private static final int MOST_CONNECTIONS = 20_000;

    private Process process;
    private BufferedReader log;
    private Api api;
    private int port;

    @BeforeEach
    void start() throws IOException {
        process = RelayProcess.command("--port", "0", "--log-level", "debug", "--drain", "1s")
                .redirectErrorStream(true)
                .start();
        log = process.inputReader(StandardCharsets.UTF_8);
        port = Integer.parseInt(readUntil(LISTENING).group(1));
        api = new Api(port);
    }

    @AfterEach
    void stop() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Test
    void theRelayGoesOnAndALateReaderIsToldHowManyLinesAreMissing() throws IOException {
        Registered bystander = api.register(1);
        try (TestSocket socket = TestSocket.open(bystander.url())) {
            fillTheLog();
            assertThat(api.get("/health").status()).isEqualTo(200);
            assertThat(api.publish("cats", "hello")).isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("hello");
        }
        int missing = Integer.parseInt(readUntil(MISSING).group(1));
        assertThat(missing).isPositive();
        assertThat(dropped()).isEqualTo(missing);
    }

    @Test
    void theShutdownDoesNotWaitForAReader() throws IOException, InterruptedException {
        fillTheLog();
        // Not destroy: it would close the pipe.
        ExternalProgram.signal("TERM", process.pid());
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    /** Three lines for each connection, until some are dropped. */
    private void fillTheLog() throws IOException {
        Registered client = api.registerKept(2, 600, "dogs");
        byte[] wrong = RawSocket.frame(0x80 | 7, new byte[1]);
        for (int i = 0; i < MOST_CONNECTIONS && (i % 100 > 0 || dropped() == 0); i++) {
            try (RawSocket socket = RawSocket.connect(port).upgrade(client.id())) {
                socket.send(wrong);
                socket.readUntilClose();
            }
        }
        assertThat(dropped()).isPositive();
    }

    private int dropped() {
        Matcher dropped = DROPPED.matcher(api.get("/metrics").body());
        assertThat(dropped.find()).isTrue();
        return Integer.parseInt(dropped.group(1));
    }

    private Matcher readUntil(Pattern pattern) throws IOException {
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            Matcher matcher = pattern.matcher(line);
            if (matcher.find()) {
                return matcher;
            }
        }
        throw new AssertionError("the log ended without " + pattern);
    }
}
