package relay.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {
    @ParameterizedTest
    @CsvSource({
        "http://localhost:8000,        http://localhost:8000",
        "HTTP://localhost:8000/,       http://localhost:8000",
        "http://localhost,             http://localhost:80",
        "http://127.0.0.1:8000/relay/, http://127.0.0.1:8000/relay",
        "http://[::1]:8000,            http://[::1]:8000",
    })
    void aUrlNamesARelay(URI url, String target) {
        assertThat(Target.of(url, Keys.NONE)).get().hasToString(target);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://localhost", "localhost:8000", "/register", "http://localhost?a", "http://localhost#a"})
    void anyOtherDoesNot(URI url) {
        assertThat(Target.of(url, Keys.NONE)).isEmpty();
    }
}
