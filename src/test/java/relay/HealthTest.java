package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.testing.Api;

class HealthTest {
    private final AtomicLong nanos = new AtomicLong();
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
        return nanos.get();
    }

    @AfterEach
    void stop() {
        workersMayGoOn.countDown();
        relay.close();
    }

    @Test
    void aRelayWhoseWorkersAnswerIsHealthyHoweverLongItWasStopped() {
        assertThat(relay.api().get("/health").status()).isEqualTo(200);
        nanos.addAndGet(TimeUnit.HOURS.toNanos(1));
        await().until(() -> relay.api().get("/health").status() == 200);
        assertThat(relay.api().get("/ready").status()).isEqualTo(200);
    }

    @Test
    void aRelayOneOfWhoseWorkersHasStoppedAnsweringIsNeitherHealthyNorReady() {
        workersStandStill = true;
        await().until(() -> {
            relay.api().get("/health");
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(16));
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
