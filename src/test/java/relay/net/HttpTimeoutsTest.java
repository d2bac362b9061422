package relay.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpTimeoutsTest {
    private static HttpTimeouts times(String header, String body, String idle) {
        return new HttpTimeouts(Duration.parse(header), Duration.parse(body), Duration.parse(idle));
    }

    @ParameterizedTest
    @CsvSource({"PT10S, PT30S", "PT5M, PT1S", "PT1S, PT5M", "PT0.1S, PT0.1S"})
    void jettyNeverEndsAWaitThatHasATimeOfItsOwn(String header, String body) {
        HttpTimeouts times = times(header, body, "PT1H");
        assertThat(times.silence()).isGreaterThan(times.header()).isGreaterThan(times.body());
    }

    @Test
    void theShortestTimeSaysHowOftenToLook() {
        assertThat(times("PT10S", "PT30S", "PT3M").betweenChecks()).isEqualTo(Duration.ofSeconds(1));
        assertThat(times("PT10S", "PT30S", "PT0.8S").betweenChecks()).isEqualTo(Duration.ofMillis(100));
        assertThat(times("PT0.001S", "PT30S", "PT3M").betweenChecks()).isEqualTo(Duration.ofMillis(20));
    }
}
