package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.DeliveryChecker;
import relay.testing.DeliveryChecker.Period;
import relay.testing.DeliveryChecker.Publish;
import relay.testing.DeliveryChecker.Received;
import relay.testing.DeliveryChecker.Session;
import relay.testing.DeliveryChecker.Verdict;
import relay.testing.RawSocket;
import relay.testing.RelayProcess;

/** SIGTERM while many clients are connected and publishers are at work. */
class DrainUnderLoadIT {
    private static final int CLIENTS = 1_000;
    private static final int PUBLISHERS = 8;
    private static final int KEEP_SECONDS = 60;
    private static final int PUBLISHES_BEFORE = 40;
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final Duration PACE = Duration.ofMillis(40);
    private static final String TOPIC = "cats";

    @Test
    void whatWasAnsweredIsReceivedByEverybodyAndEveryPublishIsAnsweredAndNewcomersAreRefused() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(PUBLISHERS);
        try (RelayProcess relay = RelayProcess.start("--port", "0", "--drain", "5s");
                RawSocket holdsItUp = RawSocket.connect(relay.port())) {
            Api api = relay.api();
            holdsItUp.upgrade(api.register(1, "silence").id());
            Registered late = api.registerKept(1, KEEP_SECONDS, TOPIC);
            List<Subscriber> subscribers = connect(api);
            AtomicInteger accepted = new AtomicInteger();
            List<Future<List<Publish>>> publishers = IntStream.range(0, PUBLISHERS)
                    .mapToObj(number -> threads.submit(() -> publishUntilRefused(api, number, accepted)))
                    .toList();
            await().atMost(TIMEOUT).until(() -> accepted.get() >= PUBLISHES_BEFORE);

            long terminatedAt = System.nanoTime();
            relay.terminate();
            await().pollInterval(Duration.ofMillis(5))
                    .until(() -> api.get("/ready").status() == 503);
            assertThat(api.get("/health").status()).isEqualTo(200);
            Answer refused = api.post("/register", "{\"user_id\":1}");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("Retry-After")).isNotEmpty();
            assertThat(refused.detail()).contains("going away");
            try (RawSocket socket = RawSocket.connect(relay.port())) {
                assertThat(socket.send(RawSocket.handshake(late.id())).readHead())
                        .startsWith("HTTP/1.1 503 ");
            }

            List<Session> sessions = new ArrayList<>();
            for (Subscriber subscriber : subscribers) {
                assertThat(subscriber.closeCode()).isEqualTo(1001);
                sessions.add(subscriber.session(terminatedAt));
            }
            assertThat(relay.exitStatus()).isZero();
            assertThat(relay.err()).isEmpty();
            assertThat(relay.out().lines().toList()).last().asString().endsWith(" gone");
            List<Publish> publishes = new ArrayList<>();
            for (Future<List<Publish>> publisher : publishers) {
                publishes.addAll(publisher.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS));
            }
            assertNothingIsMissing(publishes, sessions);
        } finally {
            threads.shutdownNow();
        }
    }

    /** Each message that was answered with 200 reaches everybody, for none is taken in while they are being closed. */
    private static void assertNothingIsMissing(List<Publish> publishes, List<Session> sessions) {
        Verdict verdict = DeliveryChecker.check(publishes, sessions);
        assertThat(verdict.owed()).isGreaterThanOrEqualTo(CLIENTS * PUBLISHES_BEFORE);
        assertThat(verdict).isEqualTo(new Verdict(verdict.owed(), 0, 0, 0, 0, 0, List.of()));
        Map<String, Long> copies = sessions.stream()
                .flatMap(session -> session.received().stream())
                .collect(Collectors.groupingBy(Received::text, Collectors.counting()));
        assertThat(publishes)
                .allSatisfy(publish -> assertThat(copies.getOrDefault(publish.text(), 0L))
                        .as(publish.text())
                        .isEqualTo(publish.queued())
                        .isEqualTo(CLIENTS));
    }

    @Test
    void afterARestartAKeptClientIsUnknownAndHasToRegisterAgain() throws Exception {
        String id;
        int port;
        try (RelayProcess before = RelayProcess.start("--port", "0")) {
            port = before.port();
            id = before.api().registerKept(1, KEEP_SECONDS, TOPIC).id();
            before.terminate();
            assertThat(before.exitStatus()).isZero();
        }
        try (RelayProcess after = RelayProcess.start("--port", String.valueOf(port));
                RawSocket socket = RawSocket.connect(after.port())) {
            assertThat(socket.send(RawSocket.handshake(id)).readHead()).startsWith("HTTP/1.1 404 ");
        }
    }

    private static List<Subscriber> connect(Api api) {
        HttpClient http = HttpClient.newHttpClient();
        List<Subscriber> subscribers = new ArrayList<>();
        for (int user = 0; user < CLIENTS; user++) {
            subscribers.add(new Subscriber(
                    user, http, api.registerKept(user, KEEP_SECONDS, TOPIC).uri()));
        }
        subscribers.forEach(Subscriber::awaitOpen);
        return subscribers;
    }

    /** Each request has an answer, the last one too. */
    private static List<Publish> publishUntilRefused(Api api, int publisher, AtomicInteger accepted) {
        List<Publish> publishes = new ArrayList<>();
        for (int counter = 0; !Thread.currentThread().isInterrupted(); counter++) {
            String text = "message " + counter + " of publisher " + publisher;
            long beganAt = System.nanoTime();
            Answer answer = api.post("/publish", "{\"topic\":\"" + TOPIC + "\",\"message\":\"" + text + "\"}");
            long endedAt = System.nanoTime();
            if (answer.status() == 503) {
                assertThat(answer.header("Connection")).isEqualTo("close");
                return publishes;
            }
            assertThat(answer.status()).isEqualTo(200);
            String id = answer.json().get("id").asText();
            publishes.add(new Publish(
                    text,
                    List.of(TOPIC),
                    DeliveryChecker.EVERYBODY,
                    publisher,
                    counter,
                    Long.parseLong(id.substring(id.indexOf('-') + 1)),
                    answer.json().get("queued").asInt(),
                    beganAt,
                    endedAt));
            accepted.incrementAndGet();
            LockSupport.parkNanos(PACE.toNanos());
        }
        return publishes;
    }

    /** A client by the JDK's WebSocket, which answers the relay's pings by itself. */
    private static final class Subscriber implements WebSocket.Listener {
        private final int user;
        private final List<Received> received = new ArrayList<>();
        private final StringBuilder partial = new StringBuilder();
        private final CompletableFuture<Integer> closeCode = new CompletableFuture<>();
        private final CompletableFuture<WebSocket> socket;
        private final long askedAt = System.nanoTime();
        private volatile long openAt;
        private volatile long goneAt;

        Subscriber(int user, HttpClient http, URI url) {
            this.user = user;
            this.socket = http.newWebSocketBuilder().buildAsync(url, this);
        }

        void awaitOpen() {
            socket.orTimeout(TIMEOUT.toSeconds(), TimeUnit.SECONDS).join();
            openAt = System.nanoTime();
        }

        int closeCode() {
            return closeCode.orTimeout(TIMEOUT.toSeconds(), TimeUnit.SECONDS).join();
        }

        Session session(long leftAt) {
            synchronized (received) {
                return new Session(
                        user,
                        List.of(new Period(Set.of(TOPIC), askedAt, openAt)),
                        leftAt,
                        goneAt,
                        List.copyOf(received));
            }
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            partial.append(data);
            if (last) {
                synchronized (received) {
                    received.add(new Received(partial.toString(), 0));
                }
                partial.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
            goneAt = System.nanoTime();
            closeCode.complete(statusCode);
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            goneAt = System.nanoTime();
            closeCode.complete(1006);
        }
    }
}
