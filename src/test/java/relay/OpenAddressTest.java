package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;

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

    private static RelayOptions read(Map<String, String> environment, String... flags) {
        return new OptionsReader(environment).configuration(flags).orElseThrow().options();
    }
}
