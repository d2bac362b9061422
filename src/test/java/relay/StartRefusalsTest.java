package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.ParameterException;
import relay.message.InvalidInputException;
import relay.schedule.Ticker;
import relay.settings.Settings;
import relay.settings.SettingsReader;
import relay.testing.Api;
import relay.testing.TestCertificate;

/**
 * Whatever a start refuses, it refuses in one line before it listens: so does {@code config}, which makes the same relay and
 * does not start it.
 */
class StartRefusalsTest {
    @TempDir
    private static Path folder;

    @BeforeAll
    static void writeFiles() throws Exception {
        TestCertificate.make(folder, "own");
        TestCertificate.make(folder, "other");
        Files.createDirectory(folder.resolve("folder"));
        write("empty", "");
        write("latin", new String(new byte[] {(byte) 0xFC}, StandardCharsets.ISO_8859_1));
        write("keys", "first:nothing");
        write("jwks", "{\"keys\":{}}");
        write("wrong.properties", "prot = 1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "--port=70000 | --port takes 0 to 65535",
                "--host=0.0.0.0 | --host 0.0.0.0 can be reached by others",
                "--public-url=example.com | --public-url takes a URL",
                "--trusted-proxies=proxy | --trusted-proxies: takes addresses",
                "--trusted-proxies=127.0.0.1 | --trusted-proxies says that others reach the relay",
                "--config=$/nowhere | --config: there is no file",
                "--config=$/folder | --config: cannot read",
                "--config=$/wrong.properties | wrong.properties:1: there is no setting 'prot'",
                "--tls-cert=$/own.crt | --tls-cert and --tls-key go together",
                "--tls-client-ca=$/own.crt | --tls-client-ca needs --tls-cert",
                "--tls-cert=$/nowhere --tls-key=$/own.key | --tls-cert $/nowhere: there is no such file",
                "--tls-cert=$/folder --tls-key=$/own.key | --tls-cert $/folder: cannot be read",
                "--tls-cert=$/own.key --tls-key=$/own.key | --tls-cert $/own.key holds no certificate",
                "--tls-cert=$/own.crt --tls-key=$/own.crt | --tls-key $/own.crt holds no private key",
                "--tls-cert=$/own.crt --tls-key=$/other.key | --tls-key $/other.key does not belong",
                "--tls-cert=$/own.crt --tls-key=$/own.key --tls-client-ca=$/empty | --tls-client-ca $/empty holds no",
                "--api-keys=hunter2 | everybody on this machine can see the flags",
                "--api-keys-file=$/nowhere | --api-keys-file: $/nowhere cannot be read",
                "--api-keys-file=$/folder | --api-keys-file: $/folder cannot be read",
                "--api-keys-file=$/latin | --api-keys-file: $/latin",
                "--api-keys-file=$/keys | $/keys: key 1 has a right that is none",
                "RELAY_API_KEYS=, | RELAY_API_KEYS, or api-keys in the file of --config: it has no key",
                "RELAY_API_KEYS=a:b:c:d | RELAY_API_KEYS, or api-keys in the file of --config: key 1 is wrong",
                "--jwt-jwks=$/jwks | --jwt-jwks needs --jwt-audience",
                "--jwt-audience=a | need --jwt-jwks or --jwt-secret-file",
                "--jwt-jwks=$/nowhere --jwt-audience=a | --jwt-jwks: $/nowhere: there is no such file",
                "--jwt-jwks=$/folder --jwt-audience=a | --jwt-jwks: $/folder: Is a directory",
                "--jwt-jwks=$/jwks --jwt-audience=a | --jwt-jwks: $/jwks is not a JSON Web Key Set",
                "--jwt-jwks=http:// --jwt-audience=a | --jwt-jwks is not a URL",
                "--jwt-jwks=https://a --jwt-audience=a --jwt-algorithms=HS256 | --jwt-algorithms has 'HS256'",
                "--jwt-jwks=https://a --jwt-secret-file=$/own.key | --jwt-jwks needs --jwt-audience",
                "--jwt-secret-file=$/nowhere | --jwt-secret-file: $/nowhere cannot be read: there is no such file",
                "--jwt-secret-file=$/folder | --jwt-secret-file: $/folder cannot be read",
                "--jwt-secret-file=$/keys | --jwt-secret-file: $/keys: the secret has 13 bytes: HS256 takes at least 32",
                "--jwt-secret-file=$/own.key | --jwt-secret-file: $/own.key: this is a key of another kind",
                "--jwt-secret-file=$/keys --jwt-algorithms=HS256 | --jwt-algorithms is for the keys of --jwt-jwks",
                "--engine=localhost:6379 | --engine: takes the URL of a Redis or Valkey server",
                "--engine=redis://h:99999 | --engine: has no host, or a wrong one",
                "--engine=redis-sentinel://h:26379 | --engine: needs the name of the master",
                "--engine=redis-cluster://h:7000#m | --engine: has a # after the host",
                "RELAY_ENGINE=redis://h?verifyPeer=x | RELAY_ENGINE: has something after the host",
                "--engine-prefix=a:b | --engine-prefix takes 1 to 64 letters",
                "--data=$/data --engine=redis://h | --data and --engine exclude each other",
                "RELAY_DATA=$/data RELAY_ENGINE=redis://h | RELAY_DATA and RELAY_ENGINE exclude each other",
                "--data-sync=batch | --data-sync needs --data",
                "RELAY_DATA= RELAY_DATA_BYTES=2GiB | RELAY_DATA_BYTES needs --data",
                "--data=$/data --data-sync=always | --data-sync: 'always' is not a time to answer: write batch or none",
                "--data=$/data --data-bytes=1MiB | --data-bytes takes at least 16MiB, not 1MiB",
                "--data=~/data | --data: only a shell knows what ~ means",
            })
    void itIsRefusedInOneLineBeforeItListens(String settings, String message) {
        Throwable refusal = catchThrowable(() -> make(settings.replace("$", folder.toString())));
        assertThat(refusal).isInstanceOfAny(ParameterException.class, InvalidInputException.class);
        assertThat(refusal.getMessage())
                .contains(message.replace("$", folder.toString()))
                .doesNotContain("hunter2")
                .hasLineCount(1);
    }

    @Test
    void aPathThatTheLocaleCannotWriteIsOneOfThem() {
        for (String key :
                List.of("CONFIG", "API_KEYS_FILE", "TLS_CERT", "TLS_KEY", "TLS_CLIENT_CA", "JWT_JWKS", "DATA")) {
            Throwable refusal = catchThrowable(() -> new SettingsReader(Map.of("RELAY_" + key, "a\0b")).read());
            assertThat(refusal)
                    .isInstanceOf(ParameterException.class)
                    .hasMessageStartingWith("RELAY_" + key + ": ")
                    .hasMessageContaining("cannot name a file")
                    .hasMessageNotContaining("Exception");
        }
    }

    @Test
    void whatIsRightIsMadeAndConnectsToNothing() {
        RelayServer relay = make("--tls-cert=$/own.crt --tls-key=$/own.key --engine=redis://127.0.0.1:1"
                .replace("$", folder.toString()));
        assertThat(relay.port()).isNegative();
    }

    @Test
    void theDirectoryForDataIsNotTouchedBeforeTheStart() {
        Path data = folder.resolve("data");
        RelayServer relay = make("--data=" + data + " --data-sync=none --data-bytes=16MiB");
        assertThat(relay.port()).isNegative();
        assertThat(data).doesNotExist();
    }

    /** A signal may come while it reads its directory. */
    @Test
    void oneThatIsToldToStopBeforeItHasStartedHasNothingToStop() throws Exception {
        RelayServer relay = make("--port=0");
        relay.drainAndStop();
        relay.start();
        assertThat(new Api(relay.port()).get("/ready").status()).isEqualTo(200);
        relay.stop();
    }

    /** What {@code config} does, and a start before it listens. */
    private static RelayServer make(String settings) {
        Map<String, String> environment = new HashMap<>();
        List<String> flags = new ArrayList<>();
        for (String setting : settings.split(" ", -1)) {
            if (setting.startsWith("--")) {
                flags.add(setting);
            } else {
                environment.put(
                        setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
            }
        }
        Settings options = new SettingsReader(environment)
                .read(flags.toArray(String[]::new))
                .orElseThrow()
                .settings();
        return new RelayServer(options, Ticker.system(), InstantSource.system());
    }

    private static void write(String name, String content) throws IOException {
        Files.write(folder.resolve(name), content.getBytes(StandardCharsets.ISO_8859_1));
    }
}
