package relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.TestSocket;

/** A backend changes clients at one relay, wherever they are. */
class ChangesOfTwoRelaysIT extends PairOfRelays {
    private static final int KEEP = 600;
    private static final int MANY = 3000;

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aConnectedClientGetsWhatIsAddedAndNoMoreOfWhatIsRemoved(int at) {
        Registered client = here.register(1, "cats", "dogs");
        try (TestSocket socket = relays.open(at, client)) {
            socket.barrier();
            there.publish("cats", "1");
            Answer answer = change(here, client, "{'add':['birds','news.*'],'remove':['cats','never had']}");
            assertThat(answer.body()).isEqualTo("{\"topics\":[\"birds\",\"dogs\",\"news.*\"]}");
            there.publish("cats", "no");
            there.publish("news.a", "2");
            here.publish("dogs", "3");
            there.publish("birds", "4");
            assertThat(socket.receive(4)).containsExactly("1", "2", "3", "4");
        }
    }

    @Test
    void theLastChangeHoldsWhicheverRelayItIsSentTo() {
        Registered client = here.register(1, "cats");
        try (TestSocket socket = relays.open(1, client)) {
            socket.barrier();
            for (int i = 0; i < 30; i++) {
                Api one = i % 2 == 0 ? here : there;
                assertThat(topics(change(one, client, "{'add':['t" + i + "'],'remove':['t" + (i - 1) + "']}")))
                        .containsExactlyInAnyOrder("cats", "t" + i);
                here.publish("t" + i, "yes " + i);
                there.publish("t" + (i - 1), "no");
                assertThat(socket.receive()).isEqualTo("yes " + i);
            }
        }
    }

    @Test
    void aClientThatWaitsGetsOfAnAddedTopicWhatComesAfterThat() {
        Registered neverConnected = here.registerKept(2, KEEP, "cats", "dogs");
        Registered disconnected = here.registerKept(2, KEEP, "cats", "dogs");
        TestSocket socket = relays.open(1, disconnected);
        socket.barrier();
        socket.close();
        here.publish("cats", "lost with its topic");
        here.publish("dogs", "1");
        here.publish("birds", "too early");
        for (Registered client : List.of(neverConnected, disconnected)) {
            assertThat(topics(change(there, client, "{'add':['birds'],'remove':['cats']}")))
                    .containsExactlyInAnyOrder("birds", "dogs");
        }
        there.publish("birds", "2");
        there.publish("cats", "no");
        there.publish("dogs", "3");
        for (Registered client : List.of(neverConnected, disconnected)) {
            try (TestSocket again = relays.open(1, client)) {
                assertThat(again.receive(3)).containsExactly("1", "2", "3");
                again.barrier();
                assertThat(again.received()).isEmpty();
            }
        }
    }

    @Test
    void whatWasAcceptedBeforeFollowsTheOldTopicsThoughItIsStillOnItsWay() {
        Registered client = here.register(1, "cats");
        try (TestSocket socket = relays.open(1, client);
                TestSocket other = relays.open(1, here.register(2, "dogs"))) {
            socket.barrier();
            other.barrier();
            publishMany("cats");
            assertThat(topics(change(here, client, "{'remove':['cats']}"))).isEmpty();
            here.publish("cats", "no");
            publishMany("dogs");
            assertThat(topics(change(here, client, "{'add':['dogs']}"))).containsExactly("dogs");
            here.publish("dogs", "end");
            assertThat(socket.receive(MANY + 1))
                    .isEqualTo(IntStream.rangeClosed(0, MANY)
                            .mapToObj(i -> i == MANY ? "end" : String.valueOf(i))
                            .toList());
        }
    }

    private void publishMany(String topic) {
        String lines = IntStream.range(0, MANY)
                .mapToObj(i -> "{\"topic\":\"" + topic + "\",\"message\":\"" + i + "\"}\n")
                .reduce("", String::concat);
        Answer answer = here.send("POST", "/publish", lines, "Content-Type", "application/x-ndjson");
        assertThat(answer.json().get("accepted").asInt()).isEqualTo(MANY);
    }

    @Test
    void theValueOfATopicThatIsAddedComesFirst() {
        here.post("/publish", "{\"topic\":\"dogs\",\"message\":\"value\",\"retain\":true}");
        here.publish("dogs", "old");
        Registered client = here.register(1, "cats");
        try (TestSocket socket = relays.open(1, client)) {
            socket.barrier();
            change(here, client, "{'add':['dogs']}");
            there.publish("dogs", "new");
            assertThat(socket.receive(2)).containsExactly("value", "new");
        }
    }

    @Test
    void aClientThatWaitsGetsTheValueOfAnAddedTopicWhenItComesBackAndOnceOnly() {
        here.send("POST", "/publish/birds?retain=true", "value", "Content-Type", "text/plain");
        Registered client = here.registerKept(1, KEEP, "cats");
        TestSocket first = relays.open(1, client);
        first.barrier();
        first.close();
        assertThat(topics(change(here, client, "{'add':['birds']}"))).containsExactlyInAnyOrder("birds", "cats");
        there.publish("birds", "new");
        try (TestSocket socket = relays.open(0, client)) {
            assertThat(socket.receive(2)).containsExactly("value", "new");
            socket.barrier();
        }
        try (TestSocket socket = relays.open(1, client)) {
            socket.barrier();
            assertThat(socket.received()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1})
    void whatItMayAskForIsReplacedWhereverItIs(int at) {
        Registered client = here.registerKept(1, KEEP, "cats", "news.a");
        if (at >= 0) {
            TestSocket.open(relays.url(at, client)).barrier();
        }
        assertThat(topics(change(here, client, "{'allow':['news.*']}"))).containsExactly("news.a");
        assertThat(change(there, client, "{'add':['cats']}").detail()).contains("add has \"cats\"", "it may to news.*");
        assertThat(topics(change(there, client, "{'add':['news.b']}"))).containsExactlyInAnyOrder("news.a", "news.b");
        try (TestSocket socket = relays.open(1 - Math.max(at, 0), client)) {
            socket.send("{\"add\":[\"cats\"]}");
            assertThat(socket.receive()).contains("not_allowed");
            here.publish("news.b", "yes");
            assertThat(socket.receive()).isEqualTo("yes");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1})
    void whatCannotBeDoneAsAWholeChangesNothing(int at) {
        Registered client = here.registerKept(1, KEEP, "cats");
        if (at >= 0) {
            TestSocket.open(relays.url(at, client)).barrier();
        }
        assertThat(topics(change(there, client, "{'add':[" + patterns("p") + "]}")))
                .hasSize(61);
        Answer refused = change(here, client, "{'add':[" + patterns("q") + "],'remove':['cats'],'publish':['x']}");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.detail()).contains("120 patterns");
        assertThat(topics(change(there, client, "{'add':[]}"))).hasSize(61).contains("cats");
    }

    private static String patterns(String name) {
        return IntStream.range(0, 60).mapToObj(i -> "'" + name + i + ".*'").collect(Collectors.joining(","));
    }

    @Test
    void whoIsNotRegisteredIsNotFound() {
        Registered client = here.register(1);
        TestSocket socket = relays.open(1, client);
        socket.barrier();
        here.delete("/register/" + client.id());
        assertThat(change(here, client, "{'add':['dogs']}").status()).isEqualTo(404);
        assertThat(change(there, new Registered("nobody", ""), "{'add':['dogs']}")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void aClientThatGoesOnAtTheOtherRelayHasTheChange() {
        Registered client = here.registerKept(1, KEEP, "cats");
        TestSocket first = relays.open(0, client);
        first.barrier();
        change(there, client, "{'add':['dogs'],'remove':['cats']}");
        here.publish("dogs", "1");
        try (TestSocket second = relays.open(1, client)) {
            assertThat(second.receive()).isEqualTo("1");
            change(here, client, "{'add':['birds']}");
            here.publish("birds", "2");
            here.publish("cats", "no");
            assertThat(second.receive()).isEqualTo("2");
        }
        assertThat(first.closeCode()).isEqualTo(4409);
    }

    @Test
    void allClientsOfAUserAreChangedWhereverTheyAreAndEachByItself() {
        Registered one = here.register(7, "cats");
        Registered two = there.register(7, "cats");
        Registered waiting = here.registerKept(7, KEEP, "cats");
        Answer limited = here.post("/register", "{\"user_id\":7,\"topics\":[\"cats\"],\"allow\":[\"cats\"]}");
        Registered another = here.register(8, "cats");
        try (TestSocket first = relays.open(0, one);
                TestSocket second = relays.open(1, two);
                TestSocket others = relays.open(1, another)) {
            List.of(first, second, others).forEach(TestSocket::barrier);
            JsonNode answer =
                    here.patch("/clients?user_id=7", json("{'add':['dogs']}")).json();
            assertThat(answer.get("changed").asInt()).as(answer.toString()).isEqualTo(3);
            assertThat(answer.get("clients")).hasSize(4);
            for (JsonNode client : answer.get("clients")) {
                boolean isLimited = limited.json()
                        .get("id")
                        .asText()
                        .startsWith(client.get("id").asText());
                assertThat(client.has("error")).isEqualTo(isLimited);
                assertThat(client.get("topics")).hasSize(isLimited ? 1 : 2);
            }
            there.publish("dogs", "woof");
            there.publish("cats", "meow");
            assertThat(first.receive(2)).containsExactly("woof", "meow");
            assertThat(second.receive(2)).containsExactly("woof", "meow");
            assertThat(others.receive()).isEqualTo("meow");
        }
        try (TestSocket third = relays.open(1, waiting)) {
            assertThat(third.receive(2)).containsExactly("woof", "meow");
        }
        assertThat(there.patch("/clients?user_id=9", json("{'add':['dogs']}")).body())
                .isEqualTo("{\"changed\":0,\"clients\":[]}");
    }

    @Test
    void manyClientsOfAUserAreChangedAtTheOtherRelay() {
        List<Registered> clients =
                IntStream.range(0, 120).mapToObj(i -> here.register(3, "cats")).toList();
        List<TestSocket> sockets =
                clients.stream().map(client -> relays.open(1, client)).toList();
        sockets.forEach(TestSocket::barrier);
        assertThat(here.patch("/clients?user_id=3", json("{'add':['dogs'],'remove':['cats']}"))
                        .json()
                        .get("changed")
                        .asInt())
                .isEqualTo(120);
        here.publish("cats", "no");
        here.publish("dogs", "woof");
        assertThat(sockets).allMatch(socket -> socket.receive().equals("woof"));
    }

    private static Answer change(Api api, Registered client, String change) {
        return api.patch("/register/" + client.id(), json(change));
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private static List<String> topics(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return StreamSupport.stream(answer.json().get("topics").spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }
}
