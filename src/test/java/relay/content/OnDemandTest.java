package relay.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OnDemandTest {
    private static final int THREADS = 8;

    private final AtomicInteger calls = new AtomicInteger();

    @Test
    void itIsMadeOnceWhenSomebodyAsks() throws Exception {
        OnDemand<Integer> number = new OnDemand<>(calls::incrementAndGet);
        assertThat(calls).hasValue(0);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CountDownLatch all = new CountDownLatch(THREADS);
            List<Future<Integer>> answers = IntStream.range(0, THREADS)
                    .mapToObj(thread -> threads.submit(() -> {
                        all.countDown();
                        all.await();
                        return number.get();
                    }))
                    .toList();
            for (Future<Integer> answer : answers) {
                assertThat(answer.get()).isEqualTo(1);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(number.get()).isEqualTo(1);
    }

    @Test
    void whatFailedIsTriedAgain() {
        OnDemand<Integer> number = new OnDemand<>(() -> 1 / calls.getAndIncrement());
        assertThatThrownBy(number::get).isInstanceOf(ArithmeticException.class);
        assertThat(number.get()).isEqualTo(1);
    }
}
