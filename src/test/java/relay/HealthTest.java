package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.testing.Api;

class HealthTest {
    private final AtomicLong nanos = new AtomicLong();

    /** To its workers no time passes: as if they had stood still since the beginning. */
    private final TestRelay relay =
            TestRelay.start(() -> Thread.currentThread().getName().startsWith("fanout-") ? 0 : nanos.get());

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void aRelayWhoseWorkersComeRoundIsHealthy() {
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(29));
        assertThat(relay.api().get("/health").status()).isEqualTo(200);
        assertThat(relay.api().get("/ready").status()).isEqualTo(200);
    }

    @Test
    void aRelayOneOfWhoseWorkersHasStoppedAnsweringIsNeitherHealthyNorReady() {
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(31));
        Api.Answer health = relay.api().get("/health");
        assertThat(health.status()).isEqualTo(503);
        assertThat(health.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(health.detail()).contains("worker has stopped answering");
        assertThat(relay.api().send("HEAD", "/health", "").status()).isEqualTo(503);
        assertThat(relay.api().get("/ready").status()).isEqualTo(503);
    }
}
