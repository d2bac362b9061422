package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.CuttableProxy;
import relay.testing.RedisServer;
import relay.testing.TestSocket;

/** What becomes of clients whose relays' engine restarts and has forgotten everything, or drops something by itself. */
class RestartedEngineIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int CLIENTS = 100;
    private static final int USERS = 10;
    private static final int DELETED = 4404;

    @AutoClose
    private final RedisServer server = RedisServer.start();

    @AutoClose
    private final CuttableProxy line = CuttableProxy.to(server.port());

    @AutoClose
    private final TestRelays near = TestRelays.start(1, server.url());

    /** This one reaches the engine by the line. */
    @AutoClose
    private final TestRelays far = TestRelays.start(1, "redis://127.0.0.1:" + line.port());

    private final List<Registered> clients = new ArrayList<>();
    private final List<TestSocket> sockets = new ArrayList<>();

    /** Every second one at either relay. */
    private void connectAll() {
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(api(i + 1).registerKept(i % USERS, 60, "cats"));
            sockets.add(at(i).open(0, clients.get(i)));
        }
    }

    private TestRelays at(int number) {
        return number % 2 == 0 ? near : far;
    }

    private Api api(int number) {
        return at(number).api(0);
    }

    private void awaitReady() {
        near.awaitReady();
        far.awaitReady();
    }

    @Test
    void theyGoOnAndCanBeResumedAtTheOtherRelay() {
        connectAll();
        server.restart();
        awaitReady();
        api(0).publish("cats", "after");
        for (TestSocket socket : sockets) {
            assertThat(message(socket)).isEqualTo("after");
        }
        for (int i = 0; i < CLIENTS; i++) {
            sockets.get(i).abort();
            try (TestSocket socket = at(i + 1).open(0, clients.get(i))) {
                String text = "to " + i;
                api(i).publish(i % USERS, "cats", text);
                await().atMost(TIMEOUT).until(() -> message(socket).equals(text));
            }
        }
    }

    @Test
    void whoeverIsDeletedWhileTheEngineRestartsIsCutOff() {
        connectAll();
        CompletableFuture<?> deleting = CompletableFuture.allOf(IntStream.range(0, 4)
                .mapToObj(part -> CompletableFuture.runAsync(() -> {
                    for (int i = part; i < CLIENTS; i += 4) {
                        deleteUntilDone(
                                api(i / 2), "/register/" + clients.get(i).id());
                    }
                }))
                .toArray(CompletableFuture[]::new));
        server.restart();
        deleting.join();
        for (TestSocket socket : sockets) {
            assertThat(socket.closeCode()).isEqualTo(DELETED);
        }
        awaitReady();
        for (int i = 0; i < CLIENTS; i++) {
            assertThat(api(i).get("/ws/" + clients.get(i).id()).status()).isEqualTo(404);
        }
    }

    @Test
    void whoseUserIsRemovedWhileTheEngineRestartsIsCutOff() {
        connectAll();
        server.kill();
        CompletableFuture<?> deleting = CompletableFuture.runAsync(() -> {
            for (int user = 0; user < USERS; user++) {
                deleteUntilDone(api(user), "/clients?user_id=" + user);
            }
        });
        server.startAgain();
        deleting.join();
        for (TestSocket socket : sockets) {
            assertThat(socket.closeCode()).isEqualTo(DELETED);
        }
        Registered again = api(0).registerKept(1, 60, "cats");
        try (TestSocket socket = far.open(0, again)) {
            awaitReady();
            api(0).publish(1, "cats", "meow");
            assertThat(message(socket)).isEqualTo("meow");
        }
    }

    @Test
    void whoIsDeletedWhileItsRelayIsCutOffIsCutOffOnceThatIsBack() {
        Registered client = api(0).registerKept(1, 60, "cats");
        Registered other = api(0).registerKept(2, 60, "cats");
        try (TestSocket socket = far.open(0, client);
                TestSocket ofOther = far.open(0, other)) {
            line.cut();
            assertThat(api(1).delete("/register/" + client.id()).status()).isEqualTo(503);
            assertThat(api(0).delete("/register/" + client.id()).status()).isEqualTo(200);
            assertThat(api(0).delete("/clients?user_id=2").body()).isEqualTo("{\"removed\":1}");
            server.ask("FLUSHALL");
            assertThat(api(0).delete("/register/" + client.id()).status()).isIn(200, 503);
            deleteUntilDone(api(0), "/register/" + client.id());
            deleteUntilDone(api(0), "/clients?user_id=2");
            line.mend();
            assertThat(socket.closeCode()).isEqualTo(DELETED);
            assertThat(ofOther.closeCode()).isEqualTo(DELETED);
        }
    }

    @Test
    void whoIsDroppedByTheEngineAloneIsPutBackOrRemoved() {
        Registered client = api(0).registerKept(1, 60, "cats");
        Registered removed = api(0).registerKept(2, 60, "cats");
        try (TestSocket socket = far.open(0, client);
                TestSocket ofRemoved = far.open(0, removed)) {
            server.ask("DEL", "{relay}:c:" + client.id(), "{relay}:c:" + removed.id());
            assertThat(api(0).delete("/clients?user_id=2").status()).isEqualTo(200);
            assertThat(ofRemoved.closeCode()).isEqualTo(DELETED);
            socket.subscribe("dogs");
            await().atMost(TIMEOUT)
                    .until(() ->
                            server.ask("EXISTS", "{relay}:c:" + client.id()).equals(List.of("1")));
            assertThat(api(0).delete("/register/" + client.id()).status()).isEqualTo(200);
            assertThat(socket.closeCode()).isEqualTo(DELETED);
        }
    }

    @Test
    void whatTheEngineHasDroppedIsAGapForWhoComesBackAtTheOtherRelay() {
        Registered client = api(0).registerKept(1, 60, "cats", "dogs");
        TestSocket socket = near.openEnvelopes(0, client);
        String id = api(0).publishForId("cats", "before");
        assertThat(socket.receive()).contains(id);
        await().atMost(TIMEOUT)
                .until(() ->
                        server.ask("HGET", "{relay}:c:" + client.id(), "cursor").equals(List.of("1")));
        socket.abort();
        await().atMost(TIMEOUT)
                .until(() ->
                        server.ask("HGET", "{relay}:c:" + client.id(), "owner").equals(List.of("")));
        api(0).publish("cats", "missed");
        api(0).publish("dogs", "woof");
        server.ask("DEL", "{relay}:h:cats");
        try (TestSocket back = far.openEnvelopes(0, client)) {
            assertThat(back.receive())
                    .isEqualTo("{\"gap\":{\"topic\":\"cats\",\"after\":\"" + id + "\",\"reason\":\"trimmed\"}}");
            assertThat(back.receive()).contains("woof");
        }
    }

    @Test
    void everyGapIsToldOnce() {
        Registered connected = api(0).registerKept(1, 60, "cats", "dogs");
        Registered away = api(0).registerKept(1, 60, "cats", "dogs");
        TestSocket here = near.open(0, connected);
        try (TestSocket other = far.open(0, api(0).register(2, "cats", "dogs"))) {
            TestSocket ofAway = far.open(0, away);
            api(0).publish("cats", "before");
            api(0).publish("dogs", "before");
            api(1).publish(1, "dogs", "before");
            assertThat(here.receive(3)).isEqualTo(ofAway.receive(3));
            other.receive(2);
            await().atMost(TIMEOUT)
                    .until(() -> !server.ask("HGET", "{relay}:c:" + away.id(), "cursor")
                            .equals(List.of("0")));
            server.restart();
            awaitReady();
            ofAway.abort();
            api(0).publish("cats", "after");
            api(0).publish("dogs", "last");
            assertGapsOnce(here);
            assertGapsOnce(other);
            here.abort();
            for (Registered client : List.of(away, connected)) {
                try (TestSocket back = near.open(0, client)) {
                    api(0).publish("dogs", "end");
                    List<String> texts = new ArrayList<>();
                    while (!texts.contains("end")) {
                        texts.add(back.receive());
                    }
                    assertThat(texts.stream().filter(text -> text.startsWith("{\"gap\"")))
                            .doesNotHaveDuplicates()
                            .hasSizeLessThanOrEqualTo(2);
                }
            }
        }
    }

    /** One for each of the two topics, before what was published after the restart. */
    private static void assertGapsOnce(TestSocket socket) {
        List<String> texts = new ArrayList<>();
        while (!texts.contains("last")) {
            texts.add(socket.receive());
        }
        assertThat(texts)
                .hasSize(4)
                .filteredOn(text -> text.startsWith("{\"gap\""))
                .hasSize(2);
    }

    private static void deleteUntilDone(Api api, String path) {
        await().atMost(TIMEOUT).until(() -> {
            Answer answer = api.delete(path);
            assertThat(answer.status()).as(answer.body()).isIn(200, 503);
            return answer.status() == 200;
        });
    }

    /** The next one, after what is said of gaps. */
    private static String message(TestSocket socket) {
        String text = socket.receive();
        return text.startsWith("{\"gap\"") ? message(socket) : text;
    }
}
