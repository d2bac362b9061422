package relay.uri;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.eclipse.jetty.http.HttpURI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.message.InvalidInputException;

class ParametersTest {
    @ParameterizedTest
    @ValueSource(strings = {"%ff", "%C3", "a%C3", "%ed%a0%80", "%c0%80", "%", "%4", "%zz"})
    void whatIsNoPercentEncodedUtf8IsRefusedInAPathAndAnywhereInAQuery(String text) {
        assertRefused(() -> Parameters.decodePath(text));
        assertRefused(() -> query(text));
        assertRefused(() -> query(text + "=1"));
        assertRefused(() -> query("a=" + text));
        assertRefused(() -> query("a=1&" + text));
    }

    private static void query(String query) {
        Parameters.of(HttpURI.build("/ws").query(query).asImmutable());
    }

    private static void assertRefused(Runnable reading) {
        assertThatThrownBy(reading::run)
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("percent-encoded UTF-8");
    }
}
