package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static relay.http.Problems.assertProblem;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.RawSocket;
import relay.testing.Scrape;

/** {@code GET /topics/{topic}/messages?wait=}: it waits until there is something. */
@Timeout(60)
class LongPollTest {
    private static final String CATS = "/topics/cats/messages";

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private TestRelay relay;

    @BeforeEach
    void start() {
        relay = TestRelay.start("--max-connections", "3", "--drain", "5s");
    }

    @AfterEach
    void stop() {
        relay.close();
        threads.shutdownNow();
    }

    @Test
    void whatIsThereIsAnsweredAtOnce() {
        relay.api().publish("cats", "x");
        assertThat(texts(relay.api().get(CATS + "?wait=30s"))).containsExactly("x");
        assertThat(relay.api().get(CATS + "?wait=30s&after=elsewhere-1").json().has("gap"))
                .isTrue();
        awaitWaiting(0);
    }

    @Test
    void theNextMessageEndsTheWait() throws Exception {
        CompletableFuture<Answer> polling = poll(CATS + "?wait=30s&last=0");
        awaitWaiting(1);
        relay.api().publish("dogs", "not this");
        relay.api().publish(1, "cats", "nor this");
        String id = relay.api().publishForId("cats", "but this");
        Answer answer = answer(polling);
        assertThat(texts(answer)).containsExactly("but this");
        assertThat(answer.json().get("next").asText()).isEqualTo(id);
        awaitWaiting(0);
    }

    @Test
    void aPatternWaitsForAnyTopicThatMatchesIt() throws Exception {
        CompletableFuture<Answer> polling = poll("/topics/n.*/messages?wait=30s");
        CompletableFuture<Answer> user = poll("/topics/n.**/messages?wait=30s&user_id=1");
        CompletableFuture<Answer> elsewhere = poll("/topics/*.x/messages?wait=30s");
        awaitWaiting(3);
        relay.api().publish("n.a.b", "deeper");
        assertThat(texts(answer(user))).containsExactly("deeper");
        relay.api().publish(1, "n.a", "for one");
        relay.api().publish("n.b", "for all");
        assertThat(texts(answer(polling))).containsExactly("for all");
        awaitWaiting(1);
        assertThat(texts(relay.api().get("/topics/n.**/messages?user_id=1")))
                .containsExactly("deeper", "for one", "for all");
        relay.api().publish("y.x", "at last");
        assertThat(texts(answer(elsewhere))).containsExactly("at last");
        awaitWaiting(0);
    }

    @Test
    void aUsersMessageEndsThatUsersWait() throws Exception {
        CompletableFuture<Answer> one = poll(CATS + "?wait=30s&user_id=1");
        CompletableFuture<Answer> two = poll(CATS + "?wait=30s&user_id=2");
        awaitWaiting(2);
        relay.api().publish(1, "cats", "for one");
        assertThat(texts(answer(one))).containsExactly("for one");
        awaitWaiting(1);
        relay.api().publish("cats", "for all");
        assertThat(texts(answer(two))).containsExactly("for all");
    }

    @Test
    void whenTheTimeIsUpThePageIsEmptyAndSaysWhereToGoOn() throws Exception {
        Answer answer = relay.api().get(CATS + "?wait=50ms");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().get("messages")).isEmpty();
        relay.api().publish("cats", "afterwards");
        String next = answer.json().get("next").asText();
        assertThat(texts(relay.api().get(CATS + "?wait=30s&after=" + next))).containsExactly("afterwards");
        awaitWaiting(0);
    }

    @Test
    void aWaitCountsAsAConnection() throws Exception {
        List<CompletableFuture<Answer>> polling = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            polling.add(poll(CATS + "?wait=30s"));
        }
        awaitWaiting(3);
        Answer full = relay.api().get(CATS + "?wait=30s");
        assertProblem(full, 503);
        assertThat(full.header("Retry-After")).isEqualTo("10");
        assertThat(relay.api().get(CATS).status()).isEqualTo(200);
        relay.api().publish("cats", "x");
        for (CompletableFuture<Answer> one : polling) {
            assertThat(texts(answer(one))).containsExactly("x");
        }
        assertThat(relay.api().get(CATS + "?wait=30s").status()).isEqualTo(200);
    }

    @Test
    void aClientThatHangsUpFreesItsPlaceWhenTheTimeIsUpAtTheLatest() throws Exception {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            socket.send("GET " + CATS + "?wait=500ms HTTP/1.1\r\nHost: localhost\r\n\r\n");
            awaitWaiting(1);
        }
        awaitWaiting(0);
    }

    @Test
    void aRequestBehindTheWaitOnTheSameConnectionIsAnsweredAfterIt() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            String request = "GET " + CATS + "?wait=%s HTTP/1.1\r\nHost: localhost\r\n\r\n";
            socket.send(request.formatted("30s") + request.formatted("0s"));
            awaitWaiting(1);
            relay.api().publish("cats", "x");
            assertThat(socket.readAnswer()).contains("\"message\":\"x\"");
            assertThat(socket.readAnswer()).contains("\"message\":\"x\"");
        }
    }

    @Test
    void aRelayThatLeavesEndsAllWaitsAtOnceWithAnEmptyPage() throws Exception {
        CompletableFuture<Answer> one = poll(CATS + "?wait=30s");
        CompletableFuture<Answer> other = poll(CATS + "?wait=30s&user_id=1");
        CompletableFuture<Answer> pattern = poll("/topics/n.*/messages?wait=30s");
        awaitWaiting(3);
        relay.drainAndStop();
        for (Answer answer : List.of(answer(one), answer(other), answer(pattern))) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json().get("messages")).isEmpty();
            assertThat(answer.json().get("next").asText()).endsWith("-0");
        }
    }

    @Test
    void whatIsOnDiskIsReadAndAWaitGoesOnAfterARestart(@TempDir Path data) throws Exception {
        String[] flags = {"--data", data.toString(), "--history-bytes", "0"};
        String next;
        try (TestRelay before = TestRelay.start(flags)) {
            for (int i = 0; i < 300; i++) {
                before.api().publish("cats", String.valueOf(i));
            }
            next = before.api().get(CATS + "?last=3").json().get("next").asText();
            assertThat(texts(before.api().get(CATS + "?last=3"))).containsExactly("297", "298", "299");
        }
        try (TestRelay after = TestRelay.start(flags)) {
            List<String> all = new ArrayList<>();
            String from = "?since=10m";
            for (int page = 0; page < 4; page++) {
                Answer answer = after.api().get(CATS + from + "&limit=100");
                assertThat(answer.json().has("gap")).isFalse();
                all.addAll(texts(answer));
                from = "?after=" + answer.json().get("next").asText();
            }
            assertThat(all).hasSize(300).startsWith("0", "1").endsWith("299");
            CompletableFuture<Answer> polling =
                    CompletableFuture.supplyAsync(() -> after.api().get(CATS + "?wait=30s&after=" + next), threads);
            await().until(() -> after.api().get("/ready").status() == 200);
            after.api().publish("cats", "after the restart");
            assertThat(texts(answer(polling))).containsExactly("after the restart");
        }
    }

    private CompletableFuture<Answer> poll(String path) {
        return CompletableFuture.supplyAsync(() -> relay.api().get(path), threads);
    }

    private static Answer answer(CompletableFuture<Answer> polling) throws Exception {
        try {
            return polling.get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void awaitWaiting(int count) {
        await().until(() -> Scrape.of(relay.api()).value("relay_connections") == count);
    }

    private static List<String> texts(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().get("messages").findValuesAsText("message");
    }
}
