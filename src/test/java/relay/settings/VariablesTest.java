package relay.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VariablesTest {
    private static final List<String> KEYS = List.of("host", "port", "ping-interval");

    @Test
    void aVariableSetsTheKeyOfItsName() {
        Variables variables = Variables.of(
                Map.of("RELAY_PING_INTERVAL", "3s", "RELAY_PORT", "0", "PATH", "/bin", "PORT", "80"), KEYS);
        assertThat(variables.settings())
                .containsOnlyKeys("ping-interval", "port")
                .containsEntry(
                        "ping-interval",
                        new Setting("ping-interval", "3s", "RELAY_PING_INTERVAL", "RELAY_PING_INTERVAL"));
        assertThat(variables.warnings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "RELAY_PING_INTREVAL, RELAY_PING_INTERVAL",
        "RELAY_PINGINTERVAL, RELAY_PING_INTERVAL",
        "RELAY_HOSTS, RELAY_HOST",
        "RELAY_, RELAY_HOST",
        "RELAY_port, RELAY_PORT",
    })
    void aVariableThatSetsNothingIsWarnedOfWithTheNearestThatDoes(String name, String nearest) {
        Variables variables = Variables.of(Map.of(name, "1"), KEYS);
        assertThat(variables.settings()).isEmpty();
        assertThat(variables.warnings())
                .containsExactly("the variable " + name + " sets nothing: did you mean " + nearest + "?");
    }

    @Test
    void whatKubernetesSetsForAServiceNamedRelayIsIgnoredWithOneHint() {
        Map<String, String> environment = new TreeMap<>(Map.of(
                "RELAY_PORT", "tcp://10.96.0.7:8000",
                "RELAY_SERVICE_HOST", "10.96.0.7",
                "RELAY_SERVICE_PORT", "8000",
                "RELAY_SERVICE_PORT_HTTP", "8000",
                "RELAY_PORT_8000_TCP", "tcp://10.96.0.7:8000",
                "RELAY_PORT_8000_TCP_PROTO", "tcp",
                "RELAY_PORT_8000_TCP_PORT", "8000",
                "RELAY_PORT_8000_TCP_ADDR", "10.96.0.7"));
        Variables variables = Variables.of(environment, KEYS);
        assertThat(variables.settings()).isEmpty();
        assertThat(variables.warnings())
                .singleElement()
                .asString()
                .contains("RELAY_PORT and 7 more", "Kubernetes", "enableServiceLinks: false");
    }

    @Test
    void whatKubernetesSetsForAServiceNamedLikeTheRelayIsIgnoredToo() {
        Map<String, String> environment =
                Map.of("RELAY_METRICS_PORT", "tcp://10.96.0.8:9000", "RELAY_METRICS_SERVICE_HOST", "10.96.0.8");
        assertThat(Variables.of(environment, KEYS).warnings())
                .singleElement()
                .asString()
                .contains("Kubernetes");
    }

    @Test
    void aPortThatIsNoAddressIsASetting() {
        assertThat(Variables.of(Map.of("RELAY_PORT", "tcp"), KEYS).settings()).containsOnlyKeys("port");
    }

    @Test
    void manyOthersDoNotFillTheLog() {
        Map<String, String> environment = new TreeMap<>();
        IntStream.range(0, 1000).forEach(i -> environment.put("RELAY_X" + i, ""));
        assertThat(Variables.of(environment, KEYS).warnings()).hasSize(20);
    }
}
