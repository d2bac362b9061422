package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.TestRelay;
import relay.message.ClientId;
import relay.testing.Api.Registered;
import relay.testing.RecordedLog;
import relay.testing.TestSocket;

/** Two programs on one URL that replace each other for ever. */
class FlappingDetectorTest {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final FlappingDetector flapping = new FlappingDetector();
    private final ClientId client = ClientId.random();

    @Test
    void itIsNewsOnceAndAgainAfterAMinutesRest() {
        assertThat(news(100_000, 0)).isEqualTo(1);
        assertThat(news(100_000, MINUTE - 1)).isZero();
        assertThat(news(FlappingDetector.OFTEN - 1, 3 * MINUTE)).isZero();
        assertThat(news(1, 3 * MINUTE)).isEqualTo(1);
    }

    @Test
    void aConnectionThatIsLostNowAndThenIsNone() {
        for (int i = 0; i < 1_000; i++) {
            assertThat(flapping.isNewsThatItIsReplaced(client, i * MINUTE)).isFalse();
        }
    }

    @Test
    void thoseThatFlapAreKnownAmongManyThatDoNot() {
        int said = 0;
        for (int i = 0; i < FlappingDetector.OFTEN; i++) {
            said += news(1, 0);
            for (int other = 0; other < FlappingDetector.MOST_CLIENTS - 1; other++) {
                assertThat(flapping.isNewsThatItIsReplaced(ClientId.random(), 0))
                        .isFalse();
            }
        }
        assertThat(said).isEqualTo(1);
    }

    @Test
    void theLogSaysItOnceWithTheFirstDigits() {
        try (TestRelay relay = TestRelay.start();
                RecordedLog log = RecordedLog.start()) {
            Registered registered = relay.api().register(1);
            TestSocket socket = TestSocket.open(registered.url());
            for (int i = 0; i < 3 * FlappingDetector.OFTEN; i++) {
                TestSocket next = TestSocket.open(registered.url());
                assertThat(socket.closeCode()).isEqualTo(4409);
                socket = next;
            }
            await().untilAsserted(() -> assertThat(log.warnings())
                    .singleElement()
                    .asString()
                    .contains("client " + registered.id().substring(0, 8), "4409")
                    .doesNotContain(registered.id()));
            socket.close();
        }
    }

    private int news(int times, long now) {
        return (int) IntStream.range(0, times)
                .filter(i -> flapping.isNewsThatItIsReplaced(client, now))
                .count();
    }
}
