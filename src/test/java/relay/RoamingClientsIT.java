package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.message.MessageId;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.EventStreamReader;
import relay.testing.TestSocket;

/** Clients that register at one relay, connect to another and come back to the first; and what ends them from elsewhere. */
class RoamingClientsIT extends PairOfRelays {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @Test
    void whoComesBackToAnotherRelayGoesOnWhereItWas() {
        Registered client = here.registerKept(1, 60, "cats", "dogs");
        try (TestSocket socket = relays.open(0, client)) {
            there.publish("cats", "before");
            assertThat(socket.receive()).isEqualTo("before");
        }
        here.publish("cats", "while away");
        there.publish(1, "dogs", "to you while away");
        there.publish(2, "dogs", "to somebody else");
        try (TestSocket socket = relays.open(1, client)) {
            here.publish("cats", "after");
            assertThat(Received.after("before", socket, 3)).containsExactly("while away", "to you while away", "after");
        }
    }

    @Test
    void whoConnectsElsewhereGetsWhatCameSinceTheRegistrationThoughNobodyThereAskedForTheTopic() {
        there.publish("cats", "before");
        Registered kept = here.registerKept(1, 60, "cats", "dogs");
        String newest = there.publishForId("cats", "since");
        here.publish(1, "dogs", "to you since");
        here.publish(2, "dogs", "to somebody else");
        try (TestSocket socket = relays.open(1, kept)) {
            here.publish("cats", "after");
            assertThat(socket.receive(3)).containsExactly("since", "to you since", "after");
        }
        Answer registered = here.post("/register", "{\"user_id\":1,\"topics\":[\"cats\"]}");
        String after = registered.json().get("after").asText();
        assertThat(MessageId.parse(after).epoch())
                .isEqualTo(MessageId.parse(newest).epoch());
        there.publish("cats", "said it itself");
        Registered unkept = new Registered(
                registered.json().get("id").asText(),
                registered.json().get("url").asText());
        try (TestSocket socket = TestSocket.open(relays.url(1, unkept) + "?after=" + after)) {
            assertThat(socket.receive()).isEqualTo("said it itself");
        }
    }

    @Test
    void aFirstConnectionIsToldWhatIsNoLongerHeld() {
        try (TestRelays few =
                TestRelays.start(2, server.url(), "--engine-prefix", prefix + "first", "--history-messages", "5")) {
            Registered client = few.api(0).registerKept(1, 60, "cats", "dogs");
            IntStream.range(0, 7).forEach(i -> few.api(1).publish("cats", String.valueOf(i)));
            try (TestSocket socket = few.open(1, client)) {
                assertThat(socket.receive())
                        .startsWith("{\"gap\":{\"topic\":\"cats\"")
                        .contains("trimmed");
                assertThat(socket.receive()).isEqualTo("2");
            }
        }
    }

    @Test
    void whoAskedForOtherTopicsAsksForThemOnTheOtherRelayToo() {
        Registered client = here.registerKept(1, 60, "cats");
        try (TestSocket socket = relays.open(0, client)) {
            socket.subscribe("dogs");
        }
        here.publish("cats", "no more");
        here.publish("dogs", "woof");
        try (TestSocket socket = relays.open(1, client)) {
            assertThat(socket.receive()).isEqualTo("woof");
        }
    }

    @Test
    void whoIsNotKeptIsGoneEverywhere() {
        Registered client = here.register(1);
        relays.open(1, client).close();
        await().untilAsserted(
                        () -> assertThat(status(here, "/ws/" + client.id())).isEqualTo(404));
        assertThat(status(there, "/ws/" + client.id())).isEqualTo(404);
    }

    @Test
    void anOwnCursorGoesOnThereThoughNobodyThereAskedForTheTopic() {
        Registered client = here.registerKept(1, 60, "cats");
        try (TestSocket socket = relays.openEnvelopes(0, here.register(2))) {
            List<String> ids = IntStream.range(0, 300)
                    .mapToObj(i -> here.publishForId("cats", "message " + i))
                    .toList();
            assertThat(Received.ids(socket.receive(300))).isEqualTo(ids);
            try (TestSocket back = TestSocket.open(relays.url(1, client) + "?format=json&after=" + ids.get(99))) {
                assertThat(Received.ids(back.receive(200))).isEqualTo(ids.subList(100, 300));
            }
        }
    }

    @Test
    void thePastIsThereForWhoAsksForItOnAnotherRelay() {
        List<String> ids = IntStream.range(0, 30)
                .mapToObj(i -> here.publishForId("dogs", "message " + i))
                .toList();
        try (TestSocket socket = relays.openEnvelopes(1, there.register(1))) {
            socket.send("{\"topics\":[\"dogs\"],\"last\":10}");
            assertThat(Received.ids(Received.answered(socket, 10))).isEqualTo(ids.subList(20, 30));
            socket.send("{\"topics\":[\"dogs\"],\"after\":\"" + ids.get(4) + "\"}");
            assertThat(Received.ids(Received.answered(socket, 25))).isEqualTo(ids.subList(5, 30));
        }
    }

    @Test
    void whatIsNoLongerHeldIsToldAsAGapOnTheOtherRelay() {
        try (TestRelays few =
                TestRelays.start(2, server.url(), "--engine-prefix", prefix + "few", "--history-messages", "10")) {
            List<String> ids = IntStream.range(0, 50)
                    .mapToObj(i -> few.api(0).publishForId("cats", "message " + i))
                    .toList();
            Registered client = few.api(0).register(1);
            String url = few.url(1, client) + "?format=json&after=" + ids.get(3);
            try (TestSocket socket = TestSocket.open(url)) {
                assertThat(socket.receive())
                        .isEqualTo("{\"gap\":{\"topic\":\"cats\",\"after\":\"" + ids.get(3)
                                + "\",\"reason\":\"trimmed\"}}");
                assertThat(Received.ids(socket.receive(10))).isEqualTo(ids.subList(40, 50));
            }
        }
    }

    @Test
    void anEventStreamGoesOnAtAnotherRelay() throws IOException {
        Registered client = here.registerKept(1, 60, "cats");
        String first;
        try (EventStreamReader reader = EventStreamReader.open(relays.relay(0).port(), client.id(), "")) {
            first = there.publishForId("cats", "first");
            assertThat(nextMessage(reader)).isEqualTo("id: " + first + "\ndata: first\n");
        }
        String second = here.publishForId("cats", "second");
        try (EventStreamReader reader = EventStreamReader.open(relays.relay(1).port(), client.id(), first)) {
            assertThat(nextMessage(reader)).isEqualTo("id: " + second + "\ndata: second\n");
            String third = here.publishForId("cats", "third");
            assertThat(nextMessage(reader)).isEqualTo("id: " + third + "\ndata: third\n");
        }
    }

    @Test
    void aNewerSocketThereReplacesTheOneHere() {
        Registered client = here.registerKept(1, 60, "cats");
        TestSocket older = relays.open(0, client);
        try (TestSocket newer = relays.open(1, client)) {
            assertThat(older.closeCode()).isEqualTo(4409);
            here.publish("cats", "are awesome");
            assertThat(newer.receive()).isEqualTo("are awesome");
            try (TestSocket newest = relays.open(0, client)) {
                assertThat(newer.closeCode()).isEqualTo(4409);
                there.publish("cats", "meow");
                assertThat(Received.after("are awesome", newest, 1)).containsExactly("meow");
            }
        }
    }

    @Test
    void ofTwoSocketsThatAreOpenedAtOnceAtTwoRelaysOneStays() {
        Registered client = here.registerKept(1, 60, "cats");
        for (int round = 0; round < 20; round++) {
            CompletableFuture<TestSocket> opening = CompletableFuture.supplyAsync(() -> relays.open(0, client));
            TestSocket two = relays.open(1, client);
            TestSocket one = opening.join();
            await().atMost(TIMEOUT).until(() -> one.isClosed() || two.isClosed());
            TestSocket gone = one.isClosed() ? one : two;
            assertThat(gone.closeCode()).isEqualTo(4409);
            String text = "round " + round;
            here.publish("cats", text);
            try (TestSocket stayed = gone == one ? two : one) {
                await().atMost(TIMEOUT).until(() -> stayed.received().contains(text));
            }
        }
    }

    @Test
    void deletingARegistrationThereClosesItsSocketHere() {
        Registered client = here.registerKept(1, 60, "cats");
        try (TestSocket socket = relays.open(0, client)) {
            assertThat(there.delete("/register/" + client.id()).status()).isEqualTo(200);
            assertThat(socket.closeCode()).isEqualTo(4404);
        }
        assertThat(status(here, "/ws/" + client.id())).isEqualTo(404);
        assertThat(status(there, "/ws/" + client.id())).isEqualTo(404);
    }

    @Test
    void deletingARegistrationThatIsNotConnectedIsKnownEverywhere() {
        Registered client = here.register(1);
        assertThat(there.delete("/register/" + client.id()).status()).isEqualTo(200);
        assertThat(status(here, "/ws/" + client.id())).isEqualTo(404);
        assertThat(there.delete("/register/" + client.id()).status()).isEqualTo(200);
    }

    @Test
    void removingAUsersClientsThereRemovesThemHere() {
        Registered waiting = here.register(1);
        try (TestSocket one = relays.open(0, here.register(1));
                TestSocket two = relays.open(1, here.register(1));
                TestSocket other = relays.open(0, here.register(2))) {
            Answer removed = there.delete("/clients?user_id=1");
            assertThat(removed.status()).as(removed.body()).isEqualTo(200);
            assertThat(removed.json().get("removed").asInt()).isEqualTo(3);
            assertThat(one.closeCode()).isEqualTo(4404);
            assertThat(two.closeCode()).isEqualTo(4404);
            there.publish("cats", "still here");
            assertThat(other.receive()).isEqualTo("still here");
        }
        assertThat(status(here, "/ws/" + waiting.id())).isEqualTo(404);
    }

    private static String nextMessage(EventStreamReader reader) throws IOException {
        String event = reader.next();
        while (!event.contains("data: ")) {
            event = reader.next();
        }
        return event;
    }

    private static int status(Api api, String path) {
        return api.get(path).status();
    }
}
