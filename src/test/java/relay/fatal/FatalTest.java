package relay.fatal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FatalTest {
    private final OutOfMemoryError noMemory = new OutOfMemoryError("of the test");

    private final List<Throwable> handed = new CopyOnWriteArrayList<>();
    private final ThreadFactory threads = task -> {
        Thread thread = new Thread(task, "watched");
        thread.setUncaughtExceptionHandler((met, cause) -> handed.add(cause));
        return thread;
    };

    @Test
    void whatOnlyANewProcessIsFreeOfIsFatal() {
        assertThat(Fatal.is(noMemory)).isTrue();
        assertThat(Fatal.is(new NoClassDefFoundError())).isTrue();
        assertThat(Fatal.is(new CompletionException(new IllegalStateException(noMemory))))
                .isTrue();
    }

    @Test
    void aFailureOfOneRequestIsNot() {
        assertThat(Fatal.is(new StackOverflowError())).isFalse();
        assertThat(Fatal.is(new AssertionError())).isFalse();
        assertThat(Fatal.is(new IOException("broken"))).isFalse();
        assertThat(Fatal.is(null)).isFalse();
    }

    @Test
    void aRingOfCausesEnds() {
        IllegalStateException first = new IllegalStateException();
        first.initCause(new IllegalStateException(first));
        assertThat(Fatal.is(first)).isFalse();
    }

    @Test
    void anErrorInAFuturesLastStageIsHandedToTheThreadsHandler() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        var unused = stage.whenComplete(Fatal.watched((result, failure) -> {
            throw noMemory;
        }));
        threads.newThread(() -> stage.complete("done")).start();
        await().until(() -> handed.equals(List.of(noMemory)));
    }

    @Test
    void anErrorThatAStageFailedWithIsHandedToTheThreadsHandler() {
        CompletableFuture<String> stage = new CompletableFuture<>();
        var unused = stage.whenComplete(Fatal.watched((result, failure) -> {}));
        threads.newThread(() -> stage.completeExceptionally(noMemory)).start();
        await().until(() -> handed.equals(List.of(noMemory)));
    }

    @Test
    void anErrorInATimersTaskIsHandedToTheThreadsHandler() {
        WatchedTimer timer = new WatchedTimer(threads);
        try {
            var unused = timer.scheduleWithFixedDelay(
                    () -> {
                        throw noMemory;
                    },
                    0,
                    1,
                    TimeUnit.DAYS);
            await().until(() -> handed.size() == 1);
            assertThat(handed.get(0)).hasRootCause(noMemory);
        } finally {
            timer.shutdownNow();
        }
    }

    @Test
    void anErrorThatSomebodyLogsIsHandedToTheThreadsHandler() {
        LoggerContext context = new LoggerContext();
        LoggedErrors logged = new LoggedErrors();
        logged.setContext(context);
        logged.start();
        Logger logger = context.getLogger("test");
        logger.addAppender(logged);
        threads.newThread(() -> {
                    logger.warn("a task failed: {}", "of a pool", new IllegalStateException("no error"));
                    logger.warn("a task failed: {}", "of a pool", noMemory);
                })
                .start();
        await().until(() -> handed.equals(List.of(noMemory)));
    }
}
