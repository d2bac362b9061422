package relay.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.ParameterException;
import relay.TestRelay;
import relay.access.NewToken;
import relay.message.UserId;
import relay.testing.TestCertificate;

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
        "--url ftp://localhost,                 --url takes a URL such as http://localhost:8000",
        "--key a --key-file b,                  '--key and --key-file both give it: take one of them'",
        "--token a --token-file b,              '--token and --token-file both give it: take one of them'",
        "--url http://localhost -- --data d,    the flags after -- are for a relay that is started for the run",
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
    void aRelayThatTakesKeysIsShownTheOneThatIsGiven(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("key"), "fr0nt\n");
        try (TestRelay relay = TestRelay.start(Map.of("RELAY_API_KEYS", "fr0nt:register+publish,w4tch:subscribe"))) {
            assertThat(run(relay, "--key", "fr0nt")).isZero();
            assertThat(run(relay, "--key-file", file.toString(), "--ndjson")).isZero();
            assertThat(run(relay, "--key", "fr0nt", "--token", "w4tch")).isZero();
            assertThat(run(relay)).isEqualTo(1);
            assertThat(run(relay, "--key", "w4tch")).isEqualTo(1);
            assertThat(run(relay, "--key", "fr0nt", "--token", "fr0nt")).isEqualTo(1);
        }
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("POST /register was answered with 401", "POST /register was answered with 403")
                .contains("a handshake was answered with HTTP/1.1 403")
                .doesNotContain("fr0nt", "w4tch");
    }

    @Test
    void subscribersOfARelayThatTakesTokensConnectWithOne(@TempDir Path folder) throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "a secret of at least thirty-two bytes");
        String token = new NewToken(new UserId("ann"), List.of(), Duration.ofHours(1), List.of(), Optional.empty())
                .sign(secret, InstantSource.system());
        try (TestRelay relay = TestRelay.start("--jwt-secret-file", secret.toString())) {
            assertThat(run(relay, "--token", token)).isZero();
            assertThat(run(relay)).isEqualTo(1);
        }
    }

    @Test
    void aRelayWithACertificateIsMeasuredByHttps(@TempDir Path folder) throws Exception {
        TestCertificate own = TestCertificate.make(folder, "localhost");
        TestCertificate other = TestCertificate.make(folder, "other");
        try (TestRelay relay = TestRelay.start(own.flags())) {
            String url = "https://localhost:" + relay.port();
            assertThat(run(url, "--cacert", own.certificate().toString())).isZero();
            assertThat(run(url, "--cacert", own.certificate().toString(), "--ndjson"))
                    .isZero();
            assertThat(run(url, "--cacert", other.certificate().toString())).isEqualTo(1);
            assertThat(err.toString(StandardCharsets.UTF_8)).contains("cannot connect to https://localhost");
        }
    }

    @Test
    void aCertificateForAnotherNameIsRefused(@TempDir Path folder) throws Exception {
        TestCertificate own = TestCertificate.make(folder, "localhost");
        try (TestRelay relay = TestRelay.start(own.flags("--host", "127.0.0.2"))) {
            String url = "https://127.0.0.2:" + relay.port();
            assertThat(run(url, "--cacert", own.certificate().toString())).isEqualTo(1);
            assertThat(run(url, "--cacert", own.certificate().toString(), "--token", "any"))
                    .isEqualTo(1);
        }
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("cannot connect to https://127.0.0.2", "only 0 of 2 connections could be opened")
                .containsPattern("(?s)No subject alternative.*No subject alternative");
    }

    @ParameterizedTest
    @CsvSource({"--key,hünter2", "--key,two words", "--token,hünter2", "--token,"})
    void aCredentialThatIsNoneIsAMistakeAndNotShown(String flag, String credential) {
        assertThatThrownBy(() -> command.run("--url", "http://127.0.0.1:1", flag, credential == null ? "" : credential))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining(flag + " takes letters")
                .hasMessageNotContaining("nter2");
    }

    @Test
    void aFileThatIsNotThereIsAMistake() {
        assertThatThrownBy(() -> command.run("--key-file", "/nowhere"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("--key-file cannot be read: /nowhere");
        assertThatThrownBy(() -> command.run("--url", "https://localhost:1", "--cacert", "/nowhere"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("--cacert cannot be read: /nowhere");
    }

    private int run(TestRelay relay, String... more) {
        return run("http://127.0.0.1:" + relay.port(), more);
    }

    private int run(String url, String... more) {
        return command.run(Stream.concat(
                        Stream.of("--url", url, "--connections=2", "--messages=10", "--warmup=0s"), Stream.of(more))
                .toArray(String[]::new));
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
