package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import relay.fatal.ProcessEnd;
import relay.testing.Api;
import relay.testing.RelayProcess;
import relay.testing.TestSocket;

/** A relay that cannot go on ends: it never lives on with half of itself. */
class FatalErrorIT {
    private static final Duration TIME = Duration.ofSeconds(60);
    private static final int UNDER_WAY = 8;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** The virtual machine's own -XX:+ExitOnOutOfMemoryError does not see this: Java code throws it. No message ever fits. */
    @Test
    void aWorkerThatGetsNoDirectMemoryEndsTheProcess() {
        try (RelayProcess relay =
                RelayProcess.startWith(List.of("-Xmx256m", "-XX:MaxDirectMemorySize=512k"), "--port", "0")) {
            Api api = relay.api();
            TestSocket subscriber = TestSocket.open(api.register(1, "cats").url());
            publishUntilItEnds(relay, "m".repeat(900_000));
            assertThatItEndedWithOneLine(relay);
            assertThat(subscriber.isClosed()).isTrue();
        }
    }

    @Test
    void aHeapThatIsFullEndsTheProcess() {
        try (RelayProcess relay = RelayProcess.startWith(
                List.of("-Xmx64m"),
                "--port",
                "0",
                "--history-messages",
                "1000000",
                "--history-bytes",
                "1GiB",
                "--publish-queue-bytes",
                "1GiB")) {
            publishUntilItEnds(relay, "m".repeat(100_000));
            assertThatItEndedWithOneLine(relay);
        }
    }

    private void assertThatItEndedWithOneLine(RelayProcess relay) {
        assertThat(relay.exitStatus()).isEqualTo(ProcessEnd.STATUS);
        assertThat(relay.err().lines().toList())
                .singleElement()
                .asString()
                .startsWith("relay: ended by an error")
                .containsIgnoringCase("memory");
    }

    private void publishUntilItEnds(RelayProcess relay, String message) {
        URI uri = URI.create("http://127.0.0.1:" + relay.port() + "/publish/cats");
        HttpRequest request = HttpRequest.newBuilder(uri)
                .POST(HttpRequest.BodyPublishers.ofString(message))
                .timeout(Duration.ofSeconds(5))
                .build();
        await().atMost(TIME).until(() -> {
            List<CompletableFuture<HttpResponse<Void>>> answers = new ArrayList<>();
            for (int i = 0; i < UNDER_WAY; i++) {
                answers.add(http.sendAsync(request, HttpResponse.BodyHandlers.discarding()));
            }
            for (CompletableFuture<HttpResponse<Void>> answer : answers) {
                answer.exceptionally(failure -> null).join();
            }
            return !relay.isAlive();
        });
    }
}
