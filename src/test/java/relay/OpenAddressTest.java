package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;
import relay.settings.Settings;
import relay.settings.SettingsReader;

/** An address that others can reach needs a key, or the word that it needs none. */
class OpenAddressTest {
    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1", "2001:db8::1"})
    void anAddressThatOthersCanReachNeedsAKey(String host) {
        assertThatThrownBy(() -> read(Map.of(), "--host", host))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("RELAY_API_KEYS")
                .hasMessageContaining("--api-keys-file")
                .hasMessageContaining("--open");
        assertThat(read(Map.of("RELAY_API_KEYS", "s3cr3t"), "--host", host).host())
                .isEqualTo(host);
        assertThat(read(Map.of(), "--host", host, "--api-keys-file", "keys.txt").host())
                .isEqualTo(host);
        assertThat(read(Map.of(), "--host", host, "--open").open()).isTrue();
        assertThat(read(Map.of("RELAY_OPEN", "true"), "--host", host).open()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "localhost", "::1"})
    void aLoopbackAddressNeedsNone(String host) {
        assertThat(read(Map.of(), "--host", host).open()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--trusted-proxies=127.0.0.1",
                "--trusted-proxies=10.0.0.0/8",
                "--public-url=https://relay.example/below",
                "--public-url=http://192.0.2.1:8000",
                "--public-url=ws://[2001:db8::1]",
                "--public-url=https://localhost.example"
            })
    void soDoesALoopbackAddressThatOthersReachByAProxy(String flag) {
        assertThatThrownBy(() -> read(Map.of(), flag))
                .isInstanceOf(ParameterException.class)
                .hasMessageStartingWith(flag.substring(0, flag.indexOf('=')))
                .hasMessageContaining("RELAY_API_KEYS")
                .hasMessageContaining("--api-keys-file")
                .hasMessageContaining("--open");
        assertThat(read(Map.of("RELAY_API_KEYS", "s3cr3t"), flag).apiKeys()).isPresent();
        assertThat(read(Map.of(), flag, "--api-keys-file", "keys.txt").apiKeysFile())
                .isPresent();
        assertThat(read(Map.of(), flag, "--open").open()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost:8000",
                "https://relay.LOCALHOST/below",
                "ws://127.1.2.3:8000",
                "wss://[::1]:8000",
            })
    void aPublicUrlOfThisMachineNeedsNone(String url) {
        assertThat(read(Map.of(), "--public-url", url).publicUrl()).isPresent();
    }

    @Test
    void whereAVariableSaysThatOthersReachItTheErrorNamesThat() {
        assertThatThrownBy(() -> read(Map.of("RELAY_TRUSTED_PROXIES", "127.0.0.1")))
                .isInstanceOf(ParameterException.class)
                .hasMessageStartingWith("RELAY_TRUSTED_PROXIES");
    }

    @Test
    void tokensAloneAreNoKeyToPublishWith() {
        assertThatThrownBy(
                        () -> read(Map.of(), "--host", "0.0.0.0", "--jwt-jwks", "keys.json", "--jwt-audience", "relay"))
                .isInstanceOf(ParameterException.class);
    }

    @Test
    void keysAmongTheFlagsWouldBeSeenByEverybodyOnTheMachine() {
        assertThatThrownBy(() -> read(Map.of(), "--api-keys", "s3cr3t"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("RELAY_API_KEYS")
                .hasMessageNotContainingAny("s3cr3t");
    }

    private static Settings read(Map<String, String> environment, String... flags) {
        return new SettingsReader(environment).read(flags).orElseThrow().settings();
    }
}
