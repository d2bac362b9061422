package relay.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HurriedBackgroundTest {
    @Test
    void whoeverRunsTheRelayNeedNotWaitForTheNextTime() throws Exception {
        Semaphore done = new Semaphore(0);
        Background background = new Background("hurried", () -> {
            done.release();
            return Duration.ofHours(1);
        });
        background.hurry();
        background.start();
        try {
            for (int time = 0; time < 3; time++) {
                assertThat(done.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
                background.hurry();
            }
            assertThat(done.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            background.stop();
            background.hurry();
        }
    }
}
