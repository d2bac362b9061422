package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whether a hub brings anything to its clients. */
class StandstillTest {
    private final TestHub relay = new TestHub();

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void aWorkerThatIsHeldUpForLongHasStoppedAnswering() {
        CountDownLatch gate = relay.block();
        assertThat(relay.hub.standstill()).isEmpty();
        relay.letPass(Duration.ofSeconds(29));
        assertThat(relay.hub.standstill()).isEmpty();
        relay.letPass(Duration.ofSeconds(2));
        assertThat(relay.hub.standstill()).isPresent();
        assertThat(relay.hub.trouble()).isEqualTo(relay.hub.standstill());
        gate.countDown();
        await().until(() -> relay.hub.standstill().isEmpty());
    }

    @Test
    void whatPassesWhileNobodyIsAskedIsNoSilence() {
        assertThat(relay.hub.standstill()).isEmpty();
        relay.settle();
        relay.letPass(Duration.ofHours(1));
        assertThat(relay.hub.standstill()).isEmpty();
    }

    @Test
    void aWorkerThatHasEndedHasStoppedAnsweringAtOnce() {
        CountDownLatch handled = new CountDownLatch(1);
        relay.hub.afterAllFor(relay.register("1", "cats"), () -> {
            Thread.currentThread().setUncaughtExceptionHandler((thread, cause) -> handled.countDown());
            throw new OutOfMemoryError("of the test");
        });
        await().until(() -> handled.getCount() == 0);
        await().until(() -> relay.hub.standstill().isPresent());
    }
}
