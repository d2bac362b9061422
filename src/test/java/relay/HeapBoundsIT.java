package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.testing.Api;
import relay.testing.RelayProcess;
import relay.testing.TestSocket;

/** What strangers ask for does not fill the heap: beyond what there is room for they get 503, and the others are served. */
class HeapBoundsIT {
    private static final List<String> MACHINE = List.of("-Xmx64m", "-XX:+UseSerialGC");
    private static final int UNDER_WAY = 32;
    private static final Duration TIME = Duration.ofSeconds(20);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @Test
    void registrationsOfAThousandTopicsEach() {
        flood(
                1_000,
                user -> "{\"user_id\":" + user + ",\"keep\":60,\"topics\":["
                        + IntStream.range(0, 1_000)
                                .mapToObj(i -> "\"" + user + "." + i + "\"")
                                .collect(Collectors.joining(","))
                        + "]}");
    }

    @Test
    void registrationsWithoutTopics() {
        flood(150_000, user -> "{\"user_id\":" + user + ",\"topics\":[]}");
    }

    private void flood(int most, IntFunction<String> body) {
        try (RelayProcess relay =
                RelayProcess.startWith(MACHINE, "--port", "0", "--max-registrations-per-second", "0")) {
            Api api = relay.api();
            TestSocket subscriber = TestSocket.open(api.register(1, "cats").url());
            assertThat(refusals(relay.port(), most, body)).isPositive();
            assertThat(api.publish("cats", "still served")).isEqualTo(1);
            assertThat(subscriber.receive()).isEqualTo("still served");
            assertThat(api.get("/health").status()).isEqualTo(200);
        }
    }

    private int refusals(int port, int most, IntFunction<String> body) {
        URI uri = URI.create("http://127.0.0.1:" + port + "/register");
        for (int user = 0; user < most; user += UNDER_WAY) {
            List<CompletableFuture<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < UNDER_WAY; i++) {
                HttpRequest request = HttpRequest.newBuilder(uri)
                        .header("Content-Type", "application/json")
                        .timeout(TIME)
                        .POST(HttpRequest.BodyPublishers.ofString(body.apply(user + i)))
                        .build();
                answers.add(http.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                        .thenApply(HttpResponse::statusCode));
            }
            List<Integer> statuses =
                    answers.stream().map(CompletableFuture::join).toList();
            assertThat(statuses).containsAnyOf(200, 503).doesNotContain(500);
            if (statuses.stream().allMatch(status -> status == 503)) {
                return statuses.size();
            }
        }
        return 0;
    }
}
