package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.testing.Api.Registered;
import relay.testing.HookCatcher;
import relay.testing.HookFlags;
import relay.testing.RawSocket;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** What the backend hears of clients and messages, on real sockets, in memory and with {@code --data}. */
class HookEventsTest {
    private static final String FOR_ONE = "{\"user_id\":1,\"topic\":\"cats\",\"message\":\"x\",\"ttl\":1}";
    private static final int KEEP = 600;

    private final HookCatcher endpoint = HookCatcher.start();

    @TempDir
    private Path folder;

    @AfterEach
    void close() throws Exception {
        endpoint.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPageThatIsReloadedIsNoNewsAndItsRegistrationThatEndsIs(boolean data) {
        try (TestRelay relay = start(data)) {
            Registered kept = relay.api().registerKept(1, KEEP, "cats");
            for (int i = 0; i < 3; i++) {
                try (TestSocket page = TestSocket.open(kept.url())) {
                    relay.api().publish("cats", "x");
                    assertThat(page.receive()).isEqualTo("x");
                }
            }
            try (TestSocket first = TestSocket.open(kept.url());
                    TestSocket second = TestSocket.open(kept.url())) {
                assertThat(first.closeCode()).isEqualTo(4409);
                relay.api().delete("/register/" + kept.id());
                assertThat(second.closeCode()).isEqualTo(4404);
            }
            Registered unkept = relay.api().register(2, "cats");
            TestSocket.open(unkept.url()).close();
            assertThat(events(4))
                    .containsExactly(
                            "client.connected " + digits(kept) + " 1",
                            "client.gone " + digits(kept) + " 1",
                            "client.connected " + digits(unkept) + " 2",
                            "client.gone " + digits(unkept) + " 2");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoeverComesByOneUrlIsNoNews(boolean data) {
        try (TestRelay relay = start(data)) {
            TestSocket.open("ws://127.0.0.1:" + relay.port() + "/ws?topic=cats&user_id=1")
                    .close();
            Registered client = relay.api().register(2);
            TestSocket.open(client.url()).close();
            assertThat(events(2))
                    .containsExactly(
                            "client.connected " + digits(client) + " 2", "client.gone " + digits(client) + " 2");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoeverDoesNotAcknowledgeInTimeLetsTheConfirmRunOut(boolean data) throws Exception {
        try (TestRelay relay = start(data);
                TestSocket answers =
                        TestSocket.open(relay.api().register(1, "cats").url());
                RawSocket silent = RawSocket.connect(relay.port())
                        .upgrade(relay.api().register(1, "cats").id())) {
            events(2);
            JsonNode answer = relay.api()
                    .post("/publish?confirm=300ms", "{\"topic\":\"cats\",\"message\":\"x\"}")
                    .json();
            assertThat(answer.get("queued").asInt()).isEqualTo(2);
            assertThat(events(1))
                    .containsExactly("message.undelivered " + answer.get("id").asText() + " cats confirm "
                            + answer.get("acknowledged").asInt() + " of 2");
            assertThat(answers.receive()).isEqualTo("x");
            assertThat(silent.readFrame().text()).isEqualTo("x");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aMessageForOneUserThatNobodyHasHadByItsTtlIsUndeliveredAndOneThatWasIsNot(boolean data) {
        try (TestRelay relay = start(data);
                TestSocket client =
                        TestSocket.open(relay.api().register(1, "cats").url())) {
            relay.api().post("/publish", FOR_ONE);
            assertThat(client.receive()).isEqualTo("x");
            client.barrier();
            String lost = relay.api()
                    .post("/publish", FOR_ONE.replace("cats", "dogs"))
                    .json()
                    .get("id")
                    .asText();
            assertThat(events(2).get(1)).isEqualTo("message.undelivered " + lost + " dogs ttl");
        }
    }

    @Test
    void aRestartIsNoNewsForWhoeverIsKeptAndTheEndOfTheOthers() throws Exception {
        TestRelay before = start(true);
        Registered kept = before.api().registerKept(1, KEEP, "cats");
        Registered unkept = before.api().register(2, "cats");
        TestSocket.open(kept.url());
        TestSocket.open(unkept.url());
        events(2);
        before.drainAndStop();
        try (TestRelay relay = start(true);
                TestSocket page = TestSocket.open(relay.socketUri(kept.id()).toString())) {
            relay.api().delete("/register/" + kept.id());
            assertThat(page.closeCode()).isEqualTo(4404);
            assertThat(events(2))
                    .containsExactly("client.gone " + digits(unkept) + " 2", "client.gone " + digits(kept) + " 1");
        }
    }

    private TestRelay start(boolean data) {
        Stream<String> flags = data ? Stream.of("--data", folder.toString()) : Stream.of();
        return TestRelay.start(HookFlags.to(
                endpoint.url(), Stream.concat(Stream.of("--drain", "1s"), flags).toArray(String[]::new)));
    }

    private static String digits(Registered client) {
        return client.id().substring(0, 8);
    }

    /** So many events, each in a few words, and no others that have come by then. */
    private List<String> events(int count) {
        List<String> events = new ArrayList<>();
        await().until(() -> {
            while (endpoint.left() > 0) {
                TestJson.parse(endpoint.take().text()).at("/data/events").forEach(event -> events.add(inWords(event)));
            }
            return events.size() >= count;
        });
        assertThat(events).hasSize(count);
        return events;
    }

    private static String inWords(JsonNode event) {
        JsonNode data = event.get("data");
        String type = event.get("type").asText() + " " + data.get("id").asText() + " ";
        if (!data.has("reason")) {
            return type + data.get("user_id").asText();
        }
        String reason =
                type + data.get("topic").asText() + " " + data.get("reason").asText();
        return data.has("queued") ? reason + " " + data.get("acknowledged") + " of " + data.get("queued") : reason;
    }
}
