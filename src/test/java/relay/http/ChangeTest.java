package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import relay.TestRelay;
import relay.access.NewToken;
import relay.message.UserId;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.TestSocket;

/** {@code PATCH /register/{id}} and {@code PATCH /clients}. */
class ChangeTest {
    private static final int KEEP = 600;

    @AutoClose
    private static final TestRelay relay = TestRelay.start("--max-topics", "150");

    private final Api api = relay.api();

    @Test
    void aConnectedClientGetsWhatItsBackendAddsAndNoMoreOfWhatThatRemovesAndIsToldNothing() {
        Registered client = api.register(1, "cats", "dogs");
        try (TestSocket socket = TestSocket.open(client.url() + "?format=json")) {
            socket.barrier();
            api.publish("cats", "1");
            Answer answer = change(client, "{'add':['birds','news.*'],'remove':['cats','never had']}");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("{\"topics\":[\"birds\",\"dogs\",\"news.*\"]}");
            assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
            api.publish("cats", "2");
            assertThat(api.publish("news.a", "3")).isEqualTo(1);
            api.publish("dogs", "4");
            assertThat(socket.receive(3))
                    .satisfiesExactly(
                            one -> assertThat(one).contains("\"1\""),
                            three -> assertThat(three).contains("\"3\""),
                            four -> assertThat(four).contains("\"4\""));
        }
    }

    @Test
    void aClientThatWaitsGetsNothingMoreOfARemovedTopicAndOfAnAddedOneWhatComesAfterThat() {
        Registered neverConnected = api.registerKept(2, KEEP, "cats", "dogs");
        Registered disconnected = api.registerKept(2, KEEP, "cats", "dogs");
        TestSocket socket = TestSocket.open(disconnected.url());
        socket.barrier();
        socket.close();
        api.publish("cats", "lost with its topic");
        api.publish("dogs", "1");
        api.publish("birds", "too early");
        for (Registered client : List.of(neverConnected, disconnected)) {
            assertThat(topics(change(client, "{'add':['birds'],'remove':['cats']}")))
                    .containsExactly("birds", "dogs");
        }
        api.publish("birds", "2");
        api.publish("cats", "no");
        api.publish("dogs", "3");
        for (Registered client : List.of(neverConnected, disconnected)) {
            try (TestSocket again = TestSocket.open(client.url())) {
                assertThat(again.receive(3)).containsExactly("1", "2", "3");
                api.publish(2, "cats", "no");
                again.barrier();
                assertThat(again.received()).isEmpty();
            }
        }
    }

    @Test
    void whatIsAllowedIsReplacedAndTopicsThatItDoesNotPermitEnd() {
        Registered client = api.register(1, "cats", "news.a");
        try (TestSocket socket = TestSocket.open(client.url())) {
            socket.barrier();
            assertThat(topics(change(client, "{'allow':['news.*'],'add':['news.b']}")))
                    .containsExactly("news.a", "news.b");
            socket.send("{\"add\":[\"cats\"]}");
            assertThat(socket.receive()).contains("not_allowed", "cats");
            socket.send("{\"add\":[\"news.c\"]}");
            socket.barrier();
            assertThat(api.publish("cats", "no")).isZero();
            assertThat(api.publish("news.c", "yes")).isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("yes");
            assertThat(topics(change(client, "{'allow':[]}"))).isEmpty();
            assertThat(assertProblem(change(client, "{'add':['cats']}"), 400)).contains("\"cats\"", "no topic");
        }
    }

    @Test
    void whatCannotBeDoneAsAWholeChangesNothing() {
        Registered client = api.register(3, "cats");
        String most = names(149, "t");
        assertThat(topics(change(client, "{'add':[" + most + "]}"))).hasSize(150);
        assertThat(assertProblem(change(client, "{'add':['x'],'allow':['**'],'publish':['x']}"), 400))
                .contains("151 topics", "150");
        assertThat(topics(change(client, "{'add':['x'],'remove':['t1']}"))).hasSize(150);
        assertThat(topics(change(client, "{'remove':[" + names(140, "t") + "]}")))
                .hasSize(11);
        assertThat(topics(change(client, "{'add':[" + names(100, "p.*.") + "]}")))
                .hasSize(111);
        assertThat(assertProblem(change(client, "{'add':['news.*'],'remove':['cats']}"), 400))
                .contains("101 patterns");
        assertThat(assertProblem(change(client, "{'add':['y'],'allow':['x'],'remove':['cats']}"), 400))
                .contains("add has \"y\"", "it may to x");
        assertThat(topics(change(client, "{'add':[]}"))).hasSize(111).contains("cats");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | nothing to change",
                "[] | not a JSON object",
                "{'topics':['a']} | unknown field \"topics\": there are add, remove, allow and publish",
                "{'add':['a','b'],'remove':['b']} | \"b\" is in add and in remove",
                "{'add':'a'} | add is not an array",
                "{'add':null} | add is not an array",
                "{'remove':['']} | topic",
                "{'allow':{}} | allow is not an array",
                "{'publish':[1]} | a pattern of topics is not a string"
            })
    void aBodyThatIsWrongIsRefused(String body, String detail) {
        Registered client = api.register(1);
        assertThat(assertProblem(change(client, body), 400)).contains(detail);
        assertThat(assertProblem(patchAll(1, body), 400)).contains(detail);
    }

    @Test
    void whoIsNotRegisteredCannotChange() {
        Registered client = api.register(1);
        api.delete("/register/" + client.id());
        assertThat(assertProblem(change(client, "{'add':['a']}"), 404)).contains("register");
        assertProblem(api.patch("/register/x", "{\"add\":[\"a\"]}"), 404);
        assertProblem(api.send("PATCH", "/register/x", "{}", "Content-Type", "text/plain"), 415);
        assertProblem(api.patch("/register/x?y=1", "{\"add\":[\"a\"]}"), 400);
    }

    @Test
    void allClientsOfAUserChangeEachByItself() {
        Registered first = api.registerKept(4, KEEP, "cats");
        Registered second = new Registered(
                api.post("/register", "{\"user_id\":4,\"topics\":[\"dogs\"],\"allow\":[\"dogs\"]}")
                        .json()
                        .get("id")
                        .asText(),
                "");
        try (TestSocket direct = TestSocket.open("ws://127.0.0.1:" + relay.port() + "/ws?topic=cats&user_id=4");
                TestSocket socket = TestSocket.open(first.url())) {
            direct.barrier();
            socket.barrier();
            Answer answer = patchAll(4, "{'add':['birds'],'remove':['cats']}");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
            JsonNode body = answer.json();
            assertThat(body.get("changed").asInt()).isEqualTo(1);
            assertThat(body.get("clients")).hasSize(2);
            for (JsonNode line : body.get("clients")) {
                if (line.get("id").asText().equals(first.id().substring(0, 8))) {
                    assertThat(line.get("topics")).hasToString("[\"birds\"]");
                    assertThat(line.has("error")).isFalse();
                } else {
                    assertThat(line.get("id").asText()).isEqualTo(second.id().substring(0, 8));
                    assertThat(line.get("topics")).hasToString("[\"dogs\"]");
                    assertThat(line.get("error").asText()).contains("add has \"birds\"");
                }
            }
            assertThat(api.publish(4, "birds", "1")).isEqualTo(1);
            // A client that came without a registration is not changed.
            assertThat(api.publish(4, "cats", "2")).isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("1");
            assertThat(direct.receive()).isEqualTo("2");
        }
    }

    @Test
    void aUserWithoutClientsHasNoneToChange() {
        assertThat(patchAll(404, "{'add':['a']}").body()).isEqualTo("{\"changed\":0,\"clients\":[]}");
        assertThat(assertProblem(api.patch("/clients", "{\"add\":[\"a\"]}"), 400))
                .contains("user_id");
    }

    @Test
    void ofVeryManyTopicsOnlyTheFirstAreListed() {
        for (int i = 0; i < 70; i++) {
            api.register(5);
        }
        JsonNode all = patchAll(5, "{'add':[" + names(149, "t") + "]}").json();
        assertThat(all.get("changed").asInt()).isEqualTo(70);
        for (int i = 0; i < 70; i++) {
            assertThat(all.get("clients").get(i).has("topics")).as("%s", i).isEqualTo(i < 10_000 / 150);
        }
        api.delete("/clients?user_id=5");
    }

    @Test
    void eachKeyChangesWhatItMay() {
        String keys =
                "all,registers:register,publishes:publish,news:register+publish:news.*,admin:admin,some:admin:news.*";
        try (TestRelay guarded = TestRelay.start(Map.of("RELAY_API_KEYS", keys))) {
            Api to = guarded.api();
            String id = to.postAs("all", "/register", "{\"user_id\":1,\"topics\":[\"cats\",\"news.a\"]}")
                    .json()
                    .get("id")
                    .asText();
            String path = "/register/" + id;
            String clients = "/clients?user_id=1";
            assertProblem(to.patch(path, "{\"add\":[]}"), 401);
            assertThat(assertProblem(to.patchAs("publishes", path, "{\"add\":[]}"), 403))
                    .contains("register");
            assertThat(assertProblem(to.patchAs("registers", path, "{\"publish\":[\"a\"]}"), 403))
                    .contains("publish");
            assertThat(to.patchAs("registers", path, "{\"publish\":[]}").status())
                    .isEqualTo(200);
            assertThat(assertProblem(to.patchAs("news", path, "{\"add\":[\"dogs\"]}"), 403))
                    .contains("\"dogs\"");
            assertThat(topics(to.patchAs("news", path, "{\"add\":[\"news.b\"]}")))
                    .containsExactly("cats", "news.a", "news.b");
            // Whatever it allows, it allows no more than it may itself.
            assertThat(topics(to.patchAs("news", path, "{\"allow\":[\"cats\",\"**\"]}")))
                    .containsExactly("news.a", "news.b");
            assertThat(to.patchAs("registers", path, "{\"add\":[\"cats\"]}").status())
                    .isEqualTo(400);
            assertThat(to.patchAs("all", clients, "{\"add\":[\"news.c\"],\"publish\":[\"a\"]}")
                            .status())
                    .isEqualTo(200);
            assertThat(to.patchAs("admin", clients, "{\"remove\":[\"news.c\"]}").status())
                    .isEqualTo(200);
            assertThat(assertProblem(to.patchAs("admin", clients, "{\"publish\":[\"a\"]}"), 403))
                    .contains("publish");
            assertThat(assertProblem(to.patchAs("some", clients, "{\"add\":[\"news.c\"]}"), 403))
                    .contains("news.*");
            assertThat(assertProblem(to.patchAs("registers", clients, "{\"add\":[\"news.c\"]}"), 403))
                    .contains("admin");
        }
    }

    @Test
    void aTokenChangesNothing(@TempDir Path folder) throws Exception {
        Path secret = folder.resolve("secret");
        Files.writeString(secret, "0123456789abcdef0123456789abcdef");
        String token = new NewToken(new UserId("ann"), List.of(), Duration.ofHours(1), List.of(), Optional.empty())
                .sign(secret, InstantSource.system());
        try (TestRelay guarded =
                TestRelay.start(Map.of("RELAY_API_KEYS", "all"), "--jwt-secret-file", secret.toString())) {
            String path = "/register/"
                    + guarded.api()
                            .postAs(token, "/register", "{}")
                            .json()
                            .get("id")
                            .asText();
            assertThat(assertProblem(guarded.api().patchAs(token, path, "{\"add\":[\"a\"]}"), 403))
                    .contains("token");
            assertThat(topics(guarded.api().patchAs("all", path, "{\"add\":[\"a\"]}")))
                    .containsExactly("a", "cats");
        }
    }

    @Test
    void withoutRoomAClientStaysAsItIs() {
        try (TestRelay full = TestRelay.start("--max-subscriptions", "3")) {
            Registered first = full.api().register(1, "cats");
            Registered second = full.api().register(1, "cats");
            String more = "{\"add\":[\"a\",\"b\"],\"remove\":[\"cats\"]}";
            assertThat(topics(full.api().patch("/register/" + first.id(), more)))
                    .containsExactly("a", "b");
            Answer refused = full.api().patch("/register/" + second.id(), more);
            assertThat(assertProblem(refused, 503)).contains("topics");
            assertThat(refused.header("Retry-After")).isEqualTo("10");
            JsonNode all = full.api()
                    .patch("/clients?user_id=1", "{\"add\":[\"c\"],\"remove\":[\"b\"]}")
                    .json();
            assertThat(all.get("changed").asInt()).isEqualTo(1);
            assertThat(all.get("clients").findValuesAsText("error"))
                    .singleElement()
                    .asString()
                    .contains("topics");
        }
    }

    private Answer change(Registered client, String body) {
        return api.patch("/register/" + client.id(), body.replace('\'', '"'));
    }

    private Answer patchAll(int user, String body) {
        return api.patch("/clients?user_id=" + user, body.replace('\'', '"'));
    }

    private static List<String> topics(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().get("topics").valueStream().map(JsonNode::asText).toList();
    }

    private static String names(int count, String prefix) {
        return IntStream.range(0, count).mapToObj(i -> "'" + prefix + i + "'").collect(Collectors.joining(","));
    }
}
