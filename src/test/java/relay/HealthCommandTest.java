package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.settings.Settings;
import relay.settings.SettingsReader;
import relay.testing.FreePort;
import relay.testing.TestCertificate;

/** {@code java -jar relay.jar health}. */
class HealthCommandTest {
    @TempDir
    private Path folder;

    private record Said(int status, String out, String err) {}

    @Test
    void aRelayThatIsReadyIsAnsweredFor() {
        try (TestRelay relay = TestRelay.start()) {
            assertThat(health("--port", String.valueOf(relay.port()))).isEqualTo(new Said(0, "ready\n", ""));
            assertThat(health("--host", "0.0.0.0", "--open", "--port", String.valueOf(relay.port())))
                    .isEqualTo(new Said(0, "ready\n", ""));
            assertThat(health("--host", "::", "--open", "--port", String.valueOf(relay.port()))
                            .status())
                    .isZero();
        }
    }

    @Test
    void itAsksOverTlsWhateverTheCertificateIsFor() throws Exception {
        TestCertificate own = TestCertificate.make(folder, "own");
        try (TestRelay relay = TestRelay.start(own.flags())) {
            assertThat(health(own.flags("--port", String.valueOf(relay.port()))))
                    .isEqualTo(new Said(0, "ready\n", ""));
            Said plain = health("--port", String.valueOf(relay.port()));
            assertThat(plain.status()).isEqualTo(1);
        }
    }

    @Test
    void whereNobodyListensOrThePortIsNotKnownItSaysSo() {
        int free = FreePort.find();
        Said refused = health("--port", String.valueOf(free));
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.err().lines()).singleElement().asString().contains("127.0.0.1:" + free, "refused");
        Said unknown = health("--port", "0");
        assertThat(unknown.status()).isEqualTo(1);
        assertThat(unknown.err()).contains("--port 0");
    }

    private static Said health(String... flags) {
        Settings options =
                new SettingsReader(Map.of()).read(flags).orElseThrow().settings();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = new HealthCommand(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .run(options);
        return new Said(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
