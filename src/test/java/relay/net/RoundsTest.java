package relay.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import relay.testing.RecordedLog;

/** What runs in the threads that select, and when. */
class RoundsTest {
    private static final long TIMEOUT_SECONDS = 20;

    private final Server server = new Server();
    private final LeanConnector connector = new LeanConnector(server, 1, new HttpConnectionFactory());
    private final List<String> done = new ArrayList<>();
    private final CompletableFuture<List<String>> all = new CompletableFuture<>();

    @BeforeEach
    void start() throws Exception {
        server.addConnector(connector);
        server.setHandler(new Handler.Abstract(Invocable.InvocationType.NON_BLOCKING) {
            @Override
            public boolean handle(Request request, Response response, Callback callback) {
                handleRequest();
                response.setStatus(204);
                callback.succeeded();
                return true;
            }
        });
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
    }

    private void handleRequest() {
        connector.rounds().atEnd(() -> {
            done.add("first");
            connector.rounds().atEnd(() -> done.add("added"));
        });
        connector.rounds().atEnd(() -> {
            throw new IllegalStateException("a task fails on purpose");
        });
        connector.selecting().execute(() -> done.add("last"));
        connector.rounds().atEnd(() -> connector.rounds().atEnd(() -> all.complete(done)));
        done.add("handled");
    }

    @Test
    void tasksRunAfterWhatCameInAndOneThatFailsCostsNoOther() throws Exception {
        try (RecordedLog log = RecordedLog.start()) {
            get();
            assertThat(all.get(TIMEOUT_SECONDS, TimeUnit.SECONDS)).containsExactly("handled", "first", "last", "added");
            assertThat(log.warnings()).anyMatch(line -> line.contains("a task of a selecting thread failed"));
        }
    }

    @Test
    void otherThreadsHaveNoRoundsButTheirTasksRunInAThreadThatSelects() throws Exception {
        assertThat(connector.rounds().atEnd(() -> {})).isFalse();
        CompletableFuture<Boolean> hasRounds = new CompletableFuture<>();
        connector
                .selecting()
                .execute(() -> hasRounds.complete(connector.rounds().atEnd(() -> {})));
        assertThat(hasRounds.get(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void noTaskIsForgottenHoweverManyThreadsAddThem() throws Exception {
        int threads = 4;
        int each = 20_000;
        CountDownLatch left = new CountDownLatch(threads * each);
        AtomicBoolean running = new AtomicBoolean();
        AtomicBoolean overlapped = new AtomicBoolean();
        Executor selecting = connector.selecting();
        for (int i = 0; i < threads; i++) {
            new Thread(() -> {
                        for (int task = 0; task < each; task++) {
                            selecting.execute(() -> {
                                overlapped.compareAndSet(false, running.getAndSet(true));
                                running.set(false);
                                left.countDown();
                            });
                        }
                    })
                    .start();
        }
        assertThat(left.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(overlapped).isFalse();
    }

    private void get() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/"))
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(request, HttpResponse.BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(204);
    }
}
