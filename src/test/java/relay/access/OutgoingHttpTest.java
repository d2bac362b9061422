package relay.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** For how long connections to others are kept. What becomes of those that fail, the tests of their users show. */
class OutgoingHttpTest {
    private static final String IDLE = "jdk.httpclient.keepalive.timeout";

    private final String before = System.getProperty(IDLE, "30");

    @AfterEach
    void restore() {
        System.setProperty(IDLE, before);
    }

    @Test
    void anIdleConnectionIsGivenUpBeforeRoutersForgetItUnlessTheOperatorKnowsBetter() {
        System.clearProperty(IDLE);
        client();
        assertThat(System.getProperty(IDLE)).isEqualTo("30");
        System.setProperty(IDLE, "5");
        client();
        assertThat(System.getProperty(IDLE)).isEqualTo("5");
    }

    private static void client() {
        HttpClient made = OutgoingHttp.client(HttpClient.Redirect.NEVER, Duration.ofSeconds(1));
        assertThat(made.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    }
}
