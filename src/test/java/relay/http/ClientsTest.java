package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static relay.http.Problems.assertProblem;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.EventStreamReader;
import relay.testing.ManualClock;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** {@code GET /clients} and {@code DELETE /clients}. */
class ClientsTest {
    private static final Instant NOW = Instant.parse("2026-11-23T13:00:30.5Z");

    private final ManualClock clock = new ManualClock();
    private TestRelay relay;

    @BeforeEach
    void start() {
        relay = TestRelay.start(clock, () -> NOW, Map.of(), "--fanout-threads", "2");
    }

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void aRelayThatNobodyUsesHasNoClients() {
        assertThat(relay.api().get("/clients").body()).isEqualTo("{\"clients\":[]}");
        assertThat(relay.api().get("/clients?user_id=1").body()).isEqualTo("{\"clients\":[]}");
    }

    @Test
    void aRegistrationIsListedWithTheTimeSinceItWasMade() {
        Registered client = relay.api().register(1, "dogs", "cats");
        clock.advance(Duration.ofSeconds(20));
        Answer answer = relay.api().get("/clients?user_id=1");
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(answer.body())
                .isEqualTo("{\"clients\":[{\"id\":\"" + client.id().substring(0, 8)
                        + "\",\"user_id\":1,\"topics\":[\"cats\",\"dogs\"],\"connected\":false,\"queue_bytes\":0,"
                        + "\"since\":\"2026-11-23T13:00:10Z\"}]}");
        assertThat(relay.api().get("/clients").body()).isEqualTo(answer.body());
    }

    @Test
    void aConnectedClientIsListedWithTheTimeSinceItConnected() {
        Instant before = Instant.now().minusSeconds(1);
        try (TestSocket socket = TestSocket.open(relay.api().register(1).url())) {
            socket.subscribe("emus");
            JsonNode client = only("?user_id=1");
            assertThat(client.get("connected").asBoolean()).isTrue();
            assertThat(client.get("topics").toString()).isEqualTo("[\"emus\"]");
            assertThat(Instant.parse(client.get("since").asText())).isBetween(before, Instant.now());
        }
    }

    @Test
    void anEventStreamIsListedAsAConnection() throws IOException {
        Instant before = Instant.now().minusSeconds(1);
        Registered registered = relay.api().register(1);
        try (EventStreamReader stream = EventStreamReader.open(relay.port(), registered.id(), "")) {
            assertThat(stream.head()).contains("200");
            JsonNode client = only("");
            assertThat(client.get("connected").asBoolean()).isTrue();
            assertThat(Instant.parse(client.get("since").asText())).isBetween(before, Instant.now());
        }
    }

    @Test
    void aKeptClientIsListedWithTheTimeSinceItLostItsConnection() {
        Registered kept = relay.api().registerKept(1, 60, "cats");
        clock.advance(Duration.ofSeconds(10));
        TestSocket.open(kept.url()).close();
        await().until(() -> !only("").get("connected").asBoolean());
        clock.advance(Duration.ofSeconds(5));
        assertThat(only("").get("since").asText()).isEqualTo("2026-11-23T13:00:25Z");
    }

    @Test
    void whoCatchesUpWhenItsQueueIsFullIsShown() {
        relay.api().registerCatchingUp(1, 60, "cats");
        assertThat(only("").get("overflow").asText()).isEqualTo("catchup");
    }

    @Test
    void whatWaitsForASlowReaderIsShown() throws IOException {
        Registered slow = relay.api().register(1, "cats");
        try (RawSocket socket = RawSocket.connectWithSmallBuffer(relay.port())) {
            socket.upgrade(slow.id());
            await().until(() -> {
                relay.api().publish("cats", "x".repeat(100_000));
                return only("").get("queue_bytes").asInt() > 0;
            });
        }
    }

    @Test
    void aUserIsNamedAsInARegistration() {
        relay.api().post("/register", "{\"user_id\":\"a b&ü\"}");
        relay.api().post("/register", "{\"user_id\":18446744073709551615}");
        assertThat(only("?user_id=a+b%26%C3%BC").get("user_id").asText()).isEqualTo("a b&ü");
        assertThat(only("?user_id=18446744073709551615").toString()).contains("\"user_id\":\"18446744073709551615\",");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 6, 7, 40, 1000})
    void thePagesAddUp(int limit) {
        List<String> all = new ArrayList<>();
        List<String> ofOne = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String shown = relay.api().register(1 + i % 2).id().substring(0, 8);
            all.add(shown);
            if (i % 2 == 0) {
                ofOne.add(shown);
            }
        }
        assertThat(list("?limit=" + limit)).containsExactlyInAnyOrderElementsOf(all);
        assertThat(list("?limit=" + limit + "&user_id=1")).containsExactlyInAnyOrderElementsOf(ofOne);
    }

    @Test
    void aPageIsFullWithTenThousandTopics() {
        String[] topics = IntStream.range(0, 1000).mapToObj(i -> "topic" + i).toArray(String[]::new);
        for (int i = 0; i < 25; i++) {
            relay.api().register(1, topics);
        }
        assertThat(relay.api().get("/clients?limit=1000").json().get("clients").size())
                .isEqualTo(10);
        assertThat(list("?limit=1000")).hasSize(25).doesNotHaveDuplicates();
        assertThat(list("?limit=1000&user_id=1")).hasSize(25).doesNotHaveDuplicates();
    }

    @Test
    void aWholeIdIsNeverShown() {
        List<String> ids = IntStream.range(0, 20)
                .mapToObj(i -> relay.api().register(1).id())
                .toList();
        String after = "";
        for (int i = 0; i < 19; i++) {
            Answer answer = relay.api().get("/clients?limit=1" + after);
            assertThat(ids)
                    .noneMatch(id -> answer.body().contains(id) || answer.body().contains(id.substring(8, 16)));
            assertThat(answer.json().get("next").asText()).matches("[A-Za-z0-9_-]{59}");
            after = "&after=" + answer.json().get("next").asText();
        }
    }

    @Test
    void aCursorThatThisRelayHasNotGivenIsRejected() {
        relay.api().register(1);
        relay.api().register(1);
        String given = relay.api().get("/clients?limit=1").json().get("next").asText();
        String altered = (given.charAt(0) == 'A' ? 'B' : 'A') + given.substring(1);
        String cut = given.substring(1);
        for (String cursor : List.of(altered, cut, given + "A", "", "625ac78b", "A".repeat(59), "%C3%BC", "a%20b")) {
            assertThat(assertProblem(Raw.get(relay.port(), "/clients?after=" + cursor), 400))
                    .contains("after is no cursor");
        }
        try (TestRelay other = TestRelay.start()) {
            assertProblem(other.api().get("/clients?after=" + given), 400);
        }
        assertThat(relay.api().get("/clients?after=" + given).status()).isEqualTo(200);
    }

    @Test
    void allOfAUsersClientsAreRemoved() {
        TestSocket first = TestSocket.open(relay.api().register(1).url());
        TestSocket second =
                TestSocket.open(relay.api().registerKept(1, 60, "cats").url());
        Registered third = relay.api().register(1);
        try (TestSocket bystander = TestSocket.open(relay.api().register(2).url())) {
            Answer answer = relay.api().delete("/clients?user_id=1");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("{\"removed\":3}");
            assertThat(first.closeCode()).isEqualTo(4404);
            assertThat(second.closeCode()).isEqualTo(4404);
            assertThat(relay.api().get("/clients?user_id=1").body()).isEqualTo("{\"clients\":[]}");
            assertThat(Raw.get(relay.port(), "/sse/" + third.id()).status()).isEqualTo(404);
            assertThat(relay.api().delete("/clients?user_id=1").body()).isEqualTo("{\"removed\":0}");
            assertThat(relay.api().publish("cats", "still here")).isEqualTo(1);
            assertThat(bystander.receive()).isEqualTo("still here");
        }
    }

    @Test
    void toRemoveAllAUserHasToBeNamed() {
        relay.api().register(1);
        assertThat(assertProblem(relay.api().delete("/clients"), 400)).contains("user_id is missing");
        assertProblem(relay.api().delete("/clients?user_id="), 400);
        assertProblem(relay.api().delete("/clients?user_id=1&limit=1"), 400);
        assertThat(list("")).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "/clients?limit=0, limit takes",
        "/clients?limit=1001, limit takes",
        "/clients?limit=x, limit takes",
        "/clients?user_id=, user_id is empty",
        "/clients?user_id=1&user_id=2, more than once",
        "/clients?User_id=1, unknown query parameter",
        "/clients?topic=cats, unknown query parameter",
        "/clients?user_id=%zz, percent-encoded",
    })
    void aQueryThatMeansNothingIsRejected(String path, String detail) {
        assertThat(assertProblem(Raw.get(relay.port(), path), 400)).contains(detail);
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT"})
    void otherMethodsAreRefused(String method) {
        Answer answer = relay.api().send(method, "/clients", "");
        assertProblem(answer, 405);
        assertThat(answer.header("Allow")).isEqualTo("DELETE, GET, HEAD, OPTIONS, PATCH");
    }

    @Test
    void thereIsNoPathBelow() {
        assertProblem(relay.api().get("/clients/1"), 404);
    }

    @Test
    void itTakesAKeyWithTheRightToAdminForAllTopics() {
        String keys = "all,no:publish+register,admin:admin,some:admin:news.*";
        try (TestRelay guarded = TestRelay.start(Map.of("RELAY_API_KEYS", keys))) {
            for (String method : List.of("GET", "DELETE")) {
                assertProblem(guarded.api().send(method, "/clients?user_id=1", ""), 401);
                assertThat(assertProblem(send(guarded, method, "no"), 403)).contains("admin");
                assertThat(assertProblem(send(guarded, method, "some"), 403)).contains("news.*");
                assertThat(send(guarded, method, "all").status()).isEqualTo(200);
                assertThat(send(guarded, method, "admin").status()).isEqualTo(200);
            }
        }
    }

    private static Answer send(TestRelay relay, String method, String key) {
        return relay.api().sendAs(key, method, "/clients?user_id=1");
    }

    private JsonNode only(String query) {
        JsonNode clients = relay.api().get("/clients" + query).json().get("clients");
        assertThat(clients.size()).isEqualTo(1);
        return clients.get(0);
    }

    private List<String> list(String query) {
        List<String> listed = new ArrayList<>();
        String separator = query.isEmpty() ? "?" : "&";
        String after = "";
        JsonNode next;
        do {
            JsonNode page = relay.api().get("/clients" + query + after).json();
            page.get("clients").forEach(client -> listed.add(client.get("id").asText()));
            assertThat(listed).doesNotHaveDuplicates();
            next = page.path("next");
            after = separator + "after=" + next.asText();
        } while (!next.isMissingNode());
        return listed;
    }
}
