package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;
import relay.config.Setting;

/** Flags, variables and the file together: which of them counts, and what is said of what is wrong. */
class ConfigurationTest {
    @TempDir
    private Path folder;

    @Test
    void aFlagGoesBeforeItsVariableAndThatBeforeTheFile() throws IOException {
        Path file = file("port = 1001", "ping-interval = 11s", "drain = 12s");
        Configuration configuration = read(
                Map.of("RELAY_PORT", "1002", "RELAY_PING_INTERVAL", "22s"),
                "--config",
                file.toString(),
                "--port",
                "1003");
        assertThat(configuration.options().port()).isEqualTo(1003);
        assertThat(configuration.options().pingInterval()).isEqualTo(Duration.ofSeconds(22));
        assertThat(configuration.options().drain()).isEqualTo(Duration.ofSeconds(12));
        assertThat(configuration.options().maxTopics()).isEqualTo(1000);
        assertThat(configuration.warnings()).isEmpty();
        assertThat(squeezed(configuration))
                .contains(
                        "port 1003 flag",
                        "ping-interval 22s RELAY_PING_INTERVAL",
                        "drain 12s " + file + ":3",
                        "max-topics 1000 default",
                        "open false default",
                        "tls-cert - default",
                        "config " + file + " flag");
    }

    @Test
    void theVariableOfTheFileCountsWhereTheFlagIsNotGiven() throws IOException {
        Path named = file("port = 1001");
        Path other = Files.writeString(folder.resolve("other"), "port = 1002");
        Map<String, String> environment = Map.of("RELAY_CONFIG", named.toString());
        assertThat(read(environment).options().port()).isEqualTo(1001);
        assertThat(read(environment, "--config", other.toString()).options().port())
                .isEqualTo(1002);
    }

    @Test
    void listsAndSwitchesCanStandInTheFile() throws IOException {
        Path file = file("allow-origin = https://a.example, https://b.example", "open = true", "log-level = WARN");
        RelayOptions options = read(Map.of(), "--config", file.toString()).options();
        assertThat(options.allowOrigin()).containsExactly("https://a.example", "https://b.example");
        assertThat(options.open()).isTrue();
        assertThat(options.logLevel()).isEqualTo(LogLevel.WARN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.com", "https://example.com/app", ",", " , "})
    void anOriginThatCouldNeverMatchIsRefusedWhereverItStands(String origins) throws IOException {
        assertThatThrownBy(() -> read(Map.of(), "--allow-origin", origins))
                .isInstanceOf(ParameterException.class)
                .hasMessageStartingWith("--allow-origin");
        assertThatThrownBy(() -> read(Map.of("RELAY_ALLOW_ORIGIN", origins)))
                .isInstanceOf(ParameterException.class)
                .hasMessageStartingWith("RELAY_ALLOW_ORIGIN");
        Path file = file("allow-origin = " + origins);
        assertThatThrownBy(() -> read(Map.of(), "--config", file.toString()))
                .isInstanceOf(ParameterException.class)
                .hasMessageStartingWith(file + ":1");
    }

    @Test
    void whatIsGivenByFlagsIsShownAsItWasGiven() {
        assertThat(squeezed(read(
                        Map.of(),
                        "--open",
                        "--compression=true",
                        "--allow-origin",
                        "https://a.example,https://b.example",
                        "--trusted-proxies=10.0.0.0/8,fd00::/8")))
                .contains(
                        "open true flag",
                        "compression true flag",
                        "allow-origin https://a.example,https://b.example flag",
                        "trusted-proxies 10.0.0.0/8,fd00::/8 flag");
    }

    @Test
    void secretsAreMasked() throws IOException {
        Path file = file("api-keys = s3cr3t", "jwt-jwks = https://user:s3cr3t@keys.example/jwks", "jwt-audience = a");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        Configuration ofFile = read(Map.of(), "--config", file.toString());
        assertThat(ofFile.options().apiKeys()).hasValue("s3cr3t");
        assertThat(squeezed(ofFile))
                .contains(
                        "api-keys ******** " + file + ":1",
                        "jwt-jwks https://********@keys.example/jwks " + file + ":2")
                .noneMatch(line -> line.contains("s3cr3t"));
        assertThat(ofFile.warnings()).isEmpty();
        assertThat(squeezed(read(Map.of("RELAY_API_KEYS", "s3cr3t")))).contains("api-keys ******** RELAY_API_KEYS");
    }

    @Test
    void keysInAFileThatEverybodyMayReadAreWarnedOf() throws IOException {
        Path file = file("api-keys = s3cr3t");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(read(Map.of(), "--config", file.toString()).warnings())
                .singleElement()
                .asString()
                .contains(file.toString(), "chmod o-r")
                .doesNotContain("s3cr3t");
    }

    @Test
    void thePasswordOfTheEngineIsMaskedAndWarnedOfLikeKeys() throws IOException {
        Path file = file("engine = redis://:hun%2Fter2@localhost:6379/1");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Configuration configuration = read(Map.of(), "--config", file.toString());
        assertThat(squeezed(configuration))
                .contains("engine redis://********@localhost:6379/1 " + file + ":1")
                .noneMatch(line -> line.contains("hun") || line.contains("ter2"));
        assertThat(configuration.warnings()).singleElement().asString().contains("chmod o-r");
        assertThat(String.valueOf(configuration.options().engine())).doesNotContain("hun");
        assertThat(squeezed(read(Map.of("RELAY_ENGINE", "redis://localhost"))))
                .contains("engine redis://localhost RELAY_ENGINE");
    }

    @Test
    void aPasswordInAFlagIsRefused() {
        for (String[] flags : List.of(
                new String[] {"--engine", "redis://:hunter2@localhost"},
                new String[] {"--jwt-jwks=https://user:hunter2@keys.example", "--jwt-audience=a"})) {
            assertThatThrownBy(() -> read(Map.of(), flags))
                    .isInstanceOf(ParameterException.class)
                    .hasMessageContaining("everybody on this machine can see the flags")
                    .hasMessageContaining("RELAY_")
                    .hasMessageNotContaining("hunter2");
        }
        assertThat(squeezed(read(Map.of(), "--engine", "redis://localhost"))).contains("engine redis://localhost flag");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "engine = redis://:hunter2%zz@localhost",
                "engine = redis://:hun/ter2@localhost",
                "engine = redis://user:12#hunter2@localhost",
                "redis://:hunter2@localhost",
                "public-url = http://user:hunter2^@localhost",
                "api-keys = first:publish,;hunter2:admin",
                "api-keys-file = a;Hunter2=hunter2",
            })
    void noErrorShowsASecret(String line) throws IOException {
        Path file = file(line.split(";"));
        assertThatThrownBy(() -> read(Map.of(), "--config", file.toString()))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining(file.toString())
                .hasMessageNotContaining("unter2")
                .hasMessageNotContaining("ter2@");
        assertThatThrownBy(() -> read(Map.of(), "--open", "redis://:hunter2@localhost"))
                .hasMessageNotContaining("hunter2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "RELAY_PORT|abc|RELAY_PORT: 'abc' is not a whole number",
                "RELAY_PORT|70000|RELAY_PORT takes 0 to 65535, not 70000",
                "RELAY_PING_INTERVAL|soon|RELAY_PING_INTERVAL: 'soon' is not a duration: write 500ms, 25s, 10m or 1h",
                "RELAY_PING_INTERVAL|0s|RELAY_PING_INTERVAL takes more than no time, such as 10s",
                "RELAY_QUEUE_BYTES|many|RELAY_QUEUE_BYTES: 'many' is not a size: write 4096, 64KiB or 1MiB",
                "RELAY_OPEN|yes|RELAY_OPEN: 'yes' is not a boolean",
                "RELAY_LOG_LEVEL|loud|RELAY_LOG_LEVEL: expected one of",
                "RELAY_PUBLIC_URL|a b|RELAY_PUBLIC_URL: 'a b' is not a URL such as https://example.com/relay",
                "RELAY_PUBLIC_URL|gopher://a|RELAY_PUBLIC_URL takes a URL such as https://example.com/relay",
                "RELAY_TRUSTED_PROXIES|proxy|RELAY_TRUSTED_PROXIES: takes addresses and CIDR blocks",
                "RELAY_HOST|192.0.2.1|RELAY_HOST 192.0.2.1 can be reached by others: set RELAY_API_KEYS",
                "RELAY_CONFIG|/nowhere|RELAY_CONFIG: there is no file /nowhere",
            })
    void aVariableThatIsWrongIsCalledByItsName(String variable, String value, String message) {
        assertThatThrownBy(() -> read(Map.of(variable, value)))
                .isInstanceOf(ParameterException.class)
                .hasMessageStartingWith(message)
                .hasMessageNotContaining("--port")
                .hasMessageNotContaining("option");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "port = abc|port: 'abc' is not a whole number",
                "port = 70000|port takes 0 to 65535, not 70000",
                "open = yes|open: 'yes' is not a boolean",
                "host = 192.0.2.1|host 192.0.2.1 can be reached by others",
                "prot = 8000|there is no setting 'prot': did you mean port?",
                "--port = 8000|there is no setting '--port': did you mean port?",
                "ping_interval = 25s|there is no setting 'ping_interval': did you mean ping-interval?",
                "config = other|a file of settings names no other",
                "help = true|there is no setting 'help': did you mean ",
            })
    void aLineThatIsWrongIsNamedWithItsFile(String line, String message) throws IOException {
        Path file = file("# comment", "drain = 5s", line);
        assertThatThrownBy(() -> read(Map.of(), "--config", file.toString()))
                .isInstanceOf(ParameterException.class)
                .hasMessageStartingWith(file + ":3: " + message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "--port=abc|--port: 'abc' is not a whole number",
                "--prot=8000|there is no flag --prot: did you mean --port?",
                "--ping-intreval=1s|there is no flag --ping-intreval: did you mean --ping-interval?",
                "serve|'serve' is no flag: flags begin with --",
                "--config=/nowhere|--config: there is no file /nowhere",
            })
    void aFlagThatIsWrongIsCalledByItsName(String flag, String message) {
        assertThatThrownBy(() -> read(Map.of(), flag))
                .isInstanceOf(ParameterException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"drain = soon", "drain = 5s"})
    void aFlagThatIsRightDoesNotMakeAWrongLineRight(String line) throws IOException {
        Path file = file("port = abc", line);
        assertThatThrownBy(() -> read(Map.of(), "--config", file.toString(), "--drain", "1s"))
                .hasMessageStartingWith(file + ":1: port");
    }

    private Path file(String... lines) throws IOException {
        return Files.write(folder.resolve("relay.properties"), List.of(lines));
    }

    @Test
    void whatHoldsMessagesTakesAnEighthOfASmallHeapUnlessItIsSet() {
        RelayOptions small = new OptionsReader(Map.of(), 256 << 20)
                .configuration("--history-bytes", "60MiB")
                .orElseThrow()
                .options();
        assertThat(small.publishQueueBytes().bytes()).isEqualTo(32 << 20);
        assertThat(small.historyBytes().bytes()).isEqualTo(60 << 20);
        RelayOptions large = new OptionsReader(Map.of(), 1 << 30)
                .configuration()
                .orElseThrow()
                .options();
        assertThat(large.publishQueueBytes().bytes()).isEqualTo(64 << 20);
        assertThat(large.historyBytes().bytes()).isEqualTo(64 << 20);
    }

    @Test
    void aShareOfTheHeapIsShownAsADefault() {
        Configuration small =
                new OptionsReader(Map.of(), 256 << 20).configuration().orElseThrow();
        assertThat(small.settings()).contains(Setting.ofDefault("history-bytes", String.valueOf(32 << 20)));
    }

    private static Configuration read(Map<String, String> environment, String... flags) {
        return new OptionsReader(environment).configuration(flags).orElseThrow();
    }

    private static List<String> squeezed(Configuration configuration) {
        return configuration.lines().stream()
                .map(line -> line.replaceAll(" +", " "))
                .toList();
    }
}
