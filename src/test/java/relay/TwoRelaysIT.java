package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** What the relay promises, where a client is served by one relay and everything else happens at another. */
class TwoRelaysIT extends PairOfRelays {

    /** How long a relay may go on to follow a topic that nobody asks for any more, and some. */
    private static final Duration UNTIL_UNFOLLOWED = Duration.ofSeconds(40);

    @Test
    void whoRegistersHereConnectsThereAndReceivesWhatIsPublishedOnEither() {
        try (TestSocket socket = relays.open(1, here.register(1))) {
            here.publish("cats", "are awesome");
            there.publish("cats", "meow");
            assertThat(socket.receive(2)).containsExactly("are awesome", "meow");
        }
    }

    @Test
    void whatIsPublishedHereIsReceivedOnBoth() {
        try (TestSocket one = relays.open(0, here.register(1));
                TestSocket other = relays.open(1, there.register(2))) {
            here.publish("cats", "are awesome");
            assertThat(one.receive()).isEqualTo("are awesome");
            assertThat(other.receive()).isEqualTo("are awesome");
        }
    }

    @Test
    void everyTextArrivesAsItWas() {
        List<String> texts =
                List.of("", "\u0000\r\n$5\r\n", "\u2014 \ud83d\ude38", "{\"gap\":{}}", "x".repeat(500_000));
        try (TestSocket socket = relays.open(1, there.register(1))) {
            texts.forEach(text -> here.publish("cats", text));
            assertThat(socket.receive(texts.size())).isEqualTo(texts);
        }
    }

    @Test
    void topicsAndUsersOfAnyNameAreKeptApart() {
        String topic = "a:{b}*[c]? \u00e9";
        String body = "{\"user_id\":\"u:1:{x}\",\"topics\":[\"" + topic + "\",\"a:\"]}";
        Answer registered = here.post("/register", body);
        assertThat(registered.status()).as(registered.body()).isEqualTo(200);
        Registered client = new Registered(registered.json().get("id").asText(), "");
        try (TestSocket socket = relays.open(1, client)) {
            here.publish("a", "not asked for");
            here.post("/publish", "{\"topic\":\"a:\",\"user_id\":\"u:1\",\"message\":\"somebody else's\"}");
            here.publish(topic, "for all");
            here.post("/publish", "{\"topic\":\"a:\",\"user_id\":\"u:1:{x}\",\"message\":\"for one\"}");
            assertThat(socket.receive(2)).containsExactly("for all", "for one");
        }
    }

    @Test
    void aPrivateMessageReachesItsUserWhereverConnectedAndNobodyElse() {
        try (TestSocket user = relays.open(1, here.register(1));
                TestSocket sameUser = relays.open(0, there.register(1));
                TestSocket other = relays.open(1, here.register(2))) {
            here.publish(1, "cats", "for you");
            here.publish("cats", "for all");
            assertThat(user.receive(2)).containsExactly("for you", "for all");
            assertThat(sameUser.receive(2)).containsExactly("for you", "for all");
            assertThat(other.receive()).isEqualTo("for all");
        }
    }

    @Test
    void oneUrlBeginsWithThePastOfATopicThatThisRelayHasNeverSeen() {
        here.publish("cats", "before");
        here.publish(1, "cats", "before, for one");
        try (TestSocket nobodys = openDirectly(1, "topic=cats&since=all");
                TestSocket ones = openDirectly(1, "topic=cats&last=2&user_id=1")) {
            here.publish("cats", "after");
            assertThat(nobodys.receive(2)).containsExactly("before", "after");
            assertThat(ones.receive(3)).containsExactly("before", "before, for one", "after");
        }
    }

    @Test
    void removingAllOfAUserEndsThoseWhoCameWithoutARegistrationOnEveryRelay() {
        try (TestSocket one = openDirectly(0, "topic=cats&user_id=1");
                TestSocket other = openDirectly(1, "topic=cats&user_id=1");
                TestSocket anothers = openDirectly(1, "topic=cats&user_id=2");
                TestSocket registered = relays.open(1, here.register(1))) {
            for (TestSocket socket : List.of(one, other, anothers, registered)) {
                socket.barrier();
            }
            here.delete("/clients?user_id=1");
            assertThat(one.closeCode()).isEqualTo(4404);
            assertThat(other.closeCode()).isEqualTo(4404);
            assertThat(registered.closeCode()).isEqualTo(4404);
            anothers.barrier();
        }
    }

    @Test
    void thePastOfATopicThatThisRelayHasNeverSeenIsReadPageByPage() {
        List<String> published = IntStream.range(0, 25).mapToObj(i -> "m" + i).toList();
        published.forEach(text -> here.publish("cats", text));
        here.publish(7, "cats", "for one");
        List<String> read = new ArrayList<>();
        JsonNode page = there.get("/topics/cats/messages?since=all&limit=10").json();
        while (!page.get("messages").isEmpty()) {
            page.get("messages").forEach(one -> read.add(one.get("message").asText()));
            assertThat(page.has("gap")).isFalse();
            page = there.get("/topics/cats/messages?limit=10&after="
                            + page.get("next").asText())
                    .json();
        }
        assertThat(read).isEqualTo(published);
        assertThat(there.get("/topics/cats/messages?last=1&user_id=7").body()).contains("for one");
    }

    @Test
    void aLongPollHereIsAnsweredByWhatIsPublishedThere() {
        String next =
                there.get("/topics/cats/messages?last=0").json().get("next").asText();
        for (String text : List.of("one", "two", "three")) {
            String path = "/topics/cats/messages?wait=30s&after=" + next;
            CompletableFuture<Answer> polled = CompletableFuture.supplyAsync(() -> there.get(path));
            here.publish("cats", text);
            JsonNode page = polled.join().json();
            assertThat(page.get("messages")).hasSize(1);
            assertThat(page.get("messages").get(0).get("message").asText()).isEqualTo(text);
            next = page.get("next").asText();
        }
    }

    private TestSocket openDirectly(int relay, String query) {
        return TestSocket.open("ws://localhost:" + relays.all().get(relay).port() + "/ws?" + query);
    }

    @Test
    void thePongAfterACommandSaysThatItIsInForceForWhatIsPublishedElsewhere() {
        try (TestSocket socket = relays.open(1, here.register(1))) {
            for (int i = 0; i < 50; i++) {
                String topic = "topic" + i;
                socket.subscribe(topic);
                here.publish(topic, "on " + topic);
                here.publish("cats", "no more");
            }
            assertThat(socket.receive(50))
                    .isEqualTo(
                            IntStream.range(0, 50).mapToObj(i -> "on topic" + i).toList());
        }
    }

    @Test
    void aCommandsAnswerSaysThatItIsInForceForWhatIsPublishedElsewhere() {
        try (TestSocket socket = relays.openEnvelopes(1, here.register(1))) {
            socket.send("{\"topics\":[\"dogs\"]}");
            assertThat(socket.receive()).isEqualTo("{\"ok\":{\"topics\":[\"dogs\"]}}");
            String id = here.publishForId("dogs", "woof");
            assertThat(TestJson.valueOrText(socket.receive()).get("id").asText())
                    .isEqualTo(id);
        }
    }

    @Test
    void aRequestThatIsSentAgainToAnotherRelayIsPublishedOnce() {
        String body = "{\"topic\":\"cats\",\"message\":\"once\"}";
        try (TestSocket socket = relays.openEnvelopes(0, here.register(1))) {
            Answer first = here.publishWithKey("key-1", body);
            Answer again = there.publishWithKey("key-1", body);
            assertThat(first.status()).as(first.body()).isEqualTo(200);
            assertThat(again.status()).as(again.body()).isEqualTo(200);
            assertThat(again.body()).isEqualTo(first.body());
            Answer conflict = there.publishWithKey("key-1", "{\"topic\":\"cats\",\"message\":\"twice\"}");
            assertThat(conflict.status()).as(conflict.body()).isEqualTo(409);
            String end = there.publishForId("cats", "end");
            assertThat(Received.ids(socket.receive(2)))
                    .containsExactly(first.json().get("id").asText(), end);
        }
    }

    @Test
    void receiptsCountWhatEveryRelayDidWithAMessage() {
        try (TestSocket one = relays.open(0, here.register(1));
                TestSocket two = relays.open(1, here.register(2));
                TestSocket three = relays.open(1, here.register(3))) {
            Answer answer = here.post("/publish?confirm=15s", "{\"topic\":\"cats\",\"message\":\"are awesome\"}");
            assertThat(answer.status()).as(answer.body()).isEqualTo(200);
            assertThat(answer.json().get("queued").asInt()).isEqualTo(3);
            assertThat(answer.json().get("acknowledged").asInt()).isEqualTo(3);
            assertThat(List.of(one.receive(), two.receive(), three.receive())).containsOnly("are awesome");
        }
    }

    @Test
    void aReceiptSaysWhenNobodyAnywhereGotTheMessage() {
        Answer answer = here.post("/publish?confirm=15s", "{\"topic\":\"cats\",\"message\":\"are awesome\"}");
        assertThat(answer.json().get("queued").asInt()).isZero();
        assertThat(answer.json().get("acknowledged").asInt()).isZero();
    }

    @Test
    void linesArePublishedToEveryRelayInTheirOrder() {
        String lines = IntStream.range(0, 2000)
                .mapToObj(i -> "{\"topic\":\"cats\",\"message\":\"" + i + "\"}\n")
                .reduce("", String::concat);
        try (TestSocket socket = relays.open(1, here.register(1))) {
            Answer answer = here.send("POST", "/publish", lines, "Content-Type", "application/x-ndjson");
            assertThat(answer.json().get("accepted").asInt()).as(answer.body()).isEqualTo(2000);
            assertThat(socket.receive(2000))
                    .isEqualTo(
                            IntStream.range(0, 2000).mapToObj(String::valueOf).toList());
        }
    }

    @Test
    void aRelayFollowsJustWhatItsClientsAskFor() {
        here.register(1, "waiting");
        try (TestSocket one = relays.open(0, here.register(1, "cats", "dogs"));
                TestSocket two = relays.open(1, there.register(2, "cats"))) {
            assertThat(followers("cats")).isEqualTo(2);
            assertThat(followers("dogs")).isEqualTo(1);
            here.publish("ants", "nobody's");
            assertThat(followers("ants")).isZero();
            assertThat(followers("waiting")).isZero();
            one.subscribe("cats");
            two.subscribe("dogs");
            await().atMost(UNTIL_UNFOLLOWED).until(() -> followers("cats") == 1 && followers("dogs") == 1);
            here.publish("cats", "meow");
            here.publish("dogs", "woof");
            assertThat(one.receive()).isEqualTo("meow");
            assertThat(two.receive()).isEqualTo("woof");
        }
    }

    /** The channels of the server end with what they are for. */
    private int followers(String topic) {
        List<String> channels = server.ask("PUBSUB", "CHANNELS", "*" + prefix + "*:" + topic);
        return channels.isEmpty()
                ? 0
                : Integer.parseInt(
                        server.ask("PUBSUB", "NUMSUB", channels.get(0)).get(1));
    }
}
