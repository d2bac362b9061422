package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.testing.Api;
import relay.testing.ManualClock;

class HealthTest {
    private final ManualClock clock = new ManualClock();
    private final CountDownLatch workersMayGoOn = new CountDownLatch(1);
    private volatile boolean workersStandStill;
    private final TestRelay relay = TestRelay.start(this::ticks);

    /** Where a worker looks at the clock, it may be held up. */
    private long ticks() {
        if (workersStandStill && Thread.currentThread().getName().startsWith("fanout-")) {
            try {
                workersMayGoOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return clock.nanos();
    }

    @AfterEach
    void stop() {
        workersMayGoOn.countDown();
        relay.close();
    }

    @Test
    void aRelayWhoseWorkersAnswerIsHealthyHoweverLongItWasStopped() {
        assertThat(relay.api().get("/health").status()).isEqualTo(200);
        clock.advance(Duration.ofHours(1));
        await().until(() -> relay.api().get("/health").status() == 200);
        assertThat(relay.api().get("/ready").status()).isEqualTo(200);
    }

    @Test
    void aRelayOneOfWhoseWorkersHasStoppedAnsweringIsNeitherHealthyNorReady() {
        workersStandStill = true;
        await().until(() -> {
            relay.api().get("/health");
            clock.advance(Duration.ofSeconds(16));
            return relay.api().get("/health").status() == 503;
        });
        Api.Answer health = relay.api().get("/health");
        assertThat(health.status()).isEqualTo(503);
        assertThat(health.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(health.detail()).contains("worker has stopped answering");
        assertThat(relay.api().send("HEAD", "/health", "").status()).isEqualTo(503);
        assertThat(relay.api().get("/ready").status()).isEqualTo(503);
        workersMayGoOn.countDown();
        await().until(() -> relay.api().get("/health").status() == 200);
    }
}
