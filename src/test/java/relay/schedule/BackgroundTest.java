package relay.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class BackgroundTest {
    @Test
    void aTaskThatFailsOnceInAnyWayIsDoneAgain() throws Exception {
        AtomicInteger times = new AtomicInteger();
        CountDownLatch again = new CountDownLatch(2);
        AtomicReference<Background> itself = new AtomicReference<>();
        Background background = new Background("of-the-test", () -> {
            again.countDown();
            if (times.getAndIncrement() == 0) {
                itself.get().wake();
                throw new StackOverflowError("of the test");
            }
            return Duration.ofHours(1);
        });
        itself.set(background);
        background.start();
        try {
            assertThat(again.await(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            background.stop();
        }
    }
}
