package relay.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;
import picocli.CommandLine.ParameterException;

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
        assertThat(configuration.settings().port()).isEqualTo(1003);
        assertThat(configuration.settings().pingInterval()).isEqualTo(Duration.ofSeconds(22));
        assertThat(configuration.settings().drain()).isEqualTo(Duration.ofSeconds(12));
        assertThat(configuration.settings().maxTopics()).isEqualTo(1000);
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "${sys:user.name}",
                "${env:PATH:-x}",
                "${user.name}",
                "${nowhere}",
                "a$$b",
                "_NULL_",
                "\"a, b\",'c'",
                "@/etc/hostname",
                "@@a",
                "a=b, --port=1",
                "-x",
                "=",
                "a\nb",
                " a ",
            })
    void aValueMeansItselfWhereverItIsSet(String value) throws IOException {
        Path file = file("jwt-jwks = keys.json", "jwt-audience = a", "jwt-issuer = " + value.replace("\n", "\\n"));
        for (Configuration configuration : List.of(
                read(Map.of(), "--jwt-jwks=keys.json", "--jwt-audience=a", "--jwt-issuer=" + value),
                read(Map.of("RELAY_JWT_ISSUER", value), "--jwt-jwks=keys.json", "--jwt-audience=a"))) {
            assertThat(configuration.settings().jwtIssuer()).hasValue(value);
            assertThat(configuration.entries())
                    .anyMatch(setting -> setting.key().equals("jwt-issuer")
                            && setting.value().equals(value));
        }
        assertThat(read(Map.of(), "--config", file.toString()).settings().jwtIssuer())
                .hasValue(value.strip());
    }

    @Test
    void nothingInAVariableIsReplacedBeforeItIsChecked() {
        assertThatThrownBy(() -> read(Map.of("RELAY_ENGINE_PREFIX", "${sys:user.name}")))
                .hasMessageStartingWith("RELAY_ENGINE_PREFIX takes 1 to 64 letters");
        assertThatThrownBy(() -> read(Map.of("RELAY_HOST", "${nowhere}", "RELAY_PORT", "_NULL_")))
                .hasMessageStartingWith("RELAY_PORT: '_NULL_' is not a whole number");
        assertThat(read(Map.of(
                                "RELAY_JWT_JWKS", "keys.json",
                                "RELAY_JWT_AUDIENCE", "a",
                                "RELAY_JWT_ALGORITHMS", "\"RS256, PS256\""))
                        .settings()
                        .jwtAlgorithms())
                .containsExactly("\"RS256", "PS256\"");
    }

    @Test
    void flagsAreNotReadFromAFile() throws IOException {
        Path flags = Files.writeString(folder.resolve("flags"), "--port 1001");
        assertThatThrownBy(() -> read(Map.of(), "@" + flags)).hasMessageStartingWith("'@" + flags + "' is no flag");
    }

    @Test
    void anEmptyVariableOrLineSetsNothing() throws IOException {
        Configuration defaults = read(Map.of());
        List<String> keys = defaults.entries().stream().map(Setting::key).toList();
        Map<String, String> empty =
                keys.stream().collect(Collectors.toMap(Variables::name, key -> key.length() % 2 == 0 ? "" : " \t"));
        assertThat(read(empty))
                .usingRecursiveComparison()
                .comparingOnlyFields("entries")
                .isEqualTo(defaults);
        Path file = file(keys.stream()
                .filter(key -> !key.equals("config"))
                .map(key -> key + " =")
                .toArray(String[]::new));
        Configuration ofFile = read(Map.of(), "--config", file.toString());
        assertThat(ofFile.lines().stream()
                        .filter(line -> !line.startsWith("config"))
                        .map(ConfigurationTest::squeezed))
                .isEqualTo(squeezed(defaults).subList(0, keys.size() - 1));
        assertThat(ofFile.settings().allowOrigin()).containsExactly("*");
    }

    @Test
    void whoeverGivesNoKeyWhereOneIsExpectedIsTold() throws IOException {
        assertThat(read(Map.of("RELAY_API_KEYS", "")).warnings())
                .containsExactly("RELAY_API_KEYS is empty: it sets no key");
        Path file = file("api-keys =");
        assertThat(read(Map.of(), "--config", file.toString()).warnings())
                .containsExactly(file + ":1: api-keys is empty: it sets no key");
    }

    @Test
    void anEmptyVariableLetsTheLineOfTheFileCount() throws IOException {
        Path file = file("port = 1001", "allow-origin = https://a.example");
        Settings options = read(
                        Map.of("RELAY_PORT", "", "RELAY_ALLOW_ORIGIN", "", "RELAY_CONFIG", ""),
                        "--config",
                        file.toString())
                .settings();
        assertThat(options.port()).isEqualTo(1001);
        assertThat(options.allowOrigin()).containsExactly("https://a.example");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--host", "--api-keys-file", "--allow-origin", "--config", "--jwt-issuer", "--engine-prefix"})
    void anEmptyFlagIsAMistake(String flag) {
        for (String[] flags : List.of(new String[] {flag, ""}, new String[] {flag + "="})) {
            assertThatThrownBy(() -> read(Map.of(), flags))
                    .isInstanceOf(ParameterException.class)
                    .hasMessage(flag + " has no value: give it one, or leave it out");
        }
    }

    @Test
    void theVariableOfTheFileCountsWhereTheFlagIsNotGiven() throws IOException {
        Path named = file("port = 1001");
        Path other = Files.writeString(folder.resolve("other"), "port = 1002");
        Map<String, String> environment = Map.of("RELAY_CONFIG", named.toString());
        assertThat(read(environment).settings().port()).isEqualTo(1001);
        assertThat(read(environment, "--config", other.toString()).settings().port())
                .isEqualTo(1002);
    }

    @Test
    void listsAndSwitchesCanStandInTheFile() throws IOException {
        Path file = file("allow-origin = https://a.example, https://b.example", "open = true", "log-level = WARN");
        Settings options = read(Map.of(), "--config", file.toString()).settings();
        assertThat(options.allowOrigin()).containsExactly("https://a.example", "https://b.example");
        assertThat(options.open()).isTrue();
        assertThat(options.logLevel()).isEqualTo(Level.WARN);
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
        assertThat(ofFile.settings().apiKeys()).hasValue("s3cr3t");
        assertThat(squeezed(ofFile))
                .contains(
                        "api-keys ******** " + file + ":1",
                        "jwt-jwks https://********@keys.example/jwks " + file + ":2")
                .noneMatch(line -> line.contains("s3cr3t"));
        assertThat(ofFile.warnings()).isEmpty();
        assertThat(squeezed(read(Map.of("RELAY_API_KEYS", "s3cr3t")))).contains("api-keys ******** RELAY_API_KEYS");
        Path secret = Files.writeString(file.resolveSibling("secret"), "s3cr3t");
        assertThat(squeezed(read(Map.of(), "--jwt-secret-file", secret.toString())))
                .contains("jwt-secret-file " + secret + " flag")
                .noneMatch(line -> line.contains("s3cr3t"));
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
        assertThat(String.valueOf(configuration.settings().engine())).doesNotContain("hun");
        assertThat(squeezed(read(Map.of("RELAY_ENGINE", "redis://localhost"))))
                .contains("engine redis://localhost RELAY_ENGINE");
    }

    @Test
    void aPasswordInAFlagIsRefused() {
        for (String[] flags : List.of(
                new String[] {"--engine", "redis://:hunter2@localhost"},
                new String[] {"--engine", "redis-sentinel://localhost?sentinelPassword=hunter2#mine"},
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
                "engine = redis-sentinel://localhost:x?sentinelPassword=hunter2#mine",
                "engine = redis://localhost?sentinelPassword=hunter2",
                "redis-sentinel://localhost?sentinelPassword=hunter2#mine",
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
                "RELAY_PORT|99999999999|RELAY_PORT: '99999999999' is not a whole number, 2147483647 at most",
                "RELAY_PING_INTERVAL|8761h|RELAY_PING_INTERVAL: '8761h' is not a duration: write 500ms, 25s, 10m or 1h, and 8760h",
                "RELAY_DRAIN|9999999h|RELAY_DRAIN: '9999999h' is not a duration",
                "RELAY_QUEUE_BYTES|2GiB|RELAY_QUEUE_BYTES: '2GiB' is too large: a size is below 2GiB",
                "RELAY_QUEUE_BYTES|99999999999GiB|RELAY_QUEUE_BYTES: '99999999999GiB' is too large",
                "RELAY_QUEUES_BYTES|17179869185GiB|RELAY_QUEUES_BYTES: '17179869185GiB' is too large: a size is at most 1048576GiB",
                "RELAY_PING_INTERVAL|0s|RELAY_PING_INTERVAL takes at least 1ms, not 0s",
                "RELAY_QUEUE_BYTES|many|RELAY_QUEUE_BYTES: 'many' is not a size: write 4096, 64KiB or 1MiB",
                "RELAY_OPEN|yes|RELAY_OPEN: 'yes' is not a boolean",
                "RELAY_LOG_LEVEL|loud|RELAY_LOG_LEVEL: 'loud' is not a level: write error, warn, info, debug or trace",
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
        Settings small = new SettingsReader(Map.of(), 256 << 20)
                .read("--history-bytes", "60MiB")
                .orElseThrow()
                .settings();
        assertThat(small.publishQueueBytes()).isEqualTo(32 << 20);
        assertThat(small.historyBytes()).isEqualTo(60 << 20);
        Settings large =
                new SettingsReader(Map.of(), 1 << 30).read().orElseThrow().settings();
        assertThat(large.publishQueueBytes()).isEqualTo(64 << 20);
        assertThat(large.historyBytes()).isEqualTo(64 << 20);
        assertThat(small.retainedBytes()).isEqualTo(32 << 20);
        assertThat(large.retainedBytes()).isEqualTo(64 << 20);
    }

    @Test
    void aShareOfTheHeapIsShownAsADefault() {
        Configuration small = new SettingsReader(Map.of(), 256 << 20).read().orElseThrow();
        assertThat(small.entries()).contains(Setting.ofDefault("history-bytes", String.valueOf(32 << 20)));
    }

    private static Configuration read(Map<String, String> environment, String... flags) {
        return new SettingsReader(environment).read(flags).orElseThrow();
    }

    private static List<String> squeezed(Configuration configuration) {
        return configuration.lines().stream().map(ConfigurationTest::squeezed).toList();
    }

    private static String squeezed(String line) {
        return line.replaceAll(" +", " ");
    }
}
