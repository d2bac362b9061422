package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import relay.TestRelay;
import relay.testing.Api;
import relay.testing.Api.Registered;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** The relay leaves: as after SIGTERM. */
class DrainTest {
    /** More than the operating system holds for a socket, so that the rest waits in the relay. */
    private static final int LARGE_BACKLOG = 60;

    /** What the operating system may hold for a socket. */
    private static final int SMALL_BACKLOG = 10;

    private static final int MESSAGE_CHARACTERS = 100_000;

    @Test
    void everySocketIsClosedWith1001AfterWhatWasPublished() {
        try (TestRelay relay = TestRelay.start("--drain", "2500ms")) {
            List<TestSocket> sockets = Stream.generate(
                            () -> TestSocket.open(relay.api().register(1).url()))
                    .limit(20)
                    .toList();
            assertThat(relay.api().publish("cats", "last words")).isEqualTo(20);
            CompletableFuture<Void> drain = drain(relay);
            for (TestSocket socket : sockets) {
                assertThat(socket.closeCode()).isEqualTo(1001);
                assertThat(socket.received()).containsExactly("last words");
            }
            drain.orTimeout(20, TimeUnit.SECONDS).join();
        }
    }

    @Test
    void nobodyIsLetInWhileTheRelayLeaves() throws IOException {
        try (TestRelay relay = TestRelay.start("--drain", "6s", "--queue-bytes", "8MiB")) {
            Registered late = relay.api().register(2, "late");
            assertThat(relay.api().get("/ready").status()).isEqualTo(200);
            try (RawSocket slow = withBacklog(relay, LARGE_BACKLOG)) {
                CompletableFuture<Void> drain = drain(relay);
                await().until(() -> relay.api().get("/ready").status() == 503);
                assertThat(relay.api().get("/health").status()).isEqualTo(200);
                assertThat(relay.api().post("/register", "{\"user_id\":1}").status())
                        .isEqualTo(503);
                try (RawSocket socket = RawSocket.connect(relay.port())) {
                    assertThat(socket.send(RawSocket.handshake(late.id())).readHead())
                            .startsWith("HTTP/1.1 503 ")
                            .contains("application/problem+json");
                }
                Api.Answer published = relay.api().send("POST", "/publish/late", "x");
                assertThat(published.status()).isEqualTo(503);
                assertThat(published.header("Retry-After")).isEqualTo("10");
                assertThat(relay.api().get("/sse/" + late.id()).status()).isEqualTo(503);
                assertThat(relay.api()
                                .send("GET", "/sse/" + late.id(), "", "Accept", "text/event-stream")
                                .body())
                        .startsWith("retry: ")
                        .contains("the relay is going away");
                assertBacklogAndClose(slow, LARGE_BACKLOG);
                drain.orTimeout(20, TimeUnit.SECONDS).join();
            }
        }
    }

    @Test
    void whatWaitsForASlowClientIsDeliveredBeforeTheClose() throws IOException {
        try (TestRelay relay = TestRelay.start("--drain", "6s", "--queue-bytes", "8MiB");
                RawSocket slow = withBacklog(relay, LARGE_BACKLOG)) {
            CompletableFuture<Void> drain = drain(relay);
            await().until(() ->
                    relay.api().get("/clients?user_id=1").json().get("clients").isEmpty());
            assertBacklogAndClose(slow, LARGE_BACKLOG);
            drain.orTimeout(20, TimeUnit.SECONDS).join();
        }
    }

    @Test
    void clientThatSpeaksWhileTheRelayLeavesGetsWhatWaitsForItAllTheSame() throws IOException {
        try (TestRelay relay = TestRelay.start("--drain", "6s", "--queue-bytes", "8MiB");
                RawSocket slow = withBacklog(relay, SMALL_BACKLOG)) {
            CompletableFuture<Void> drain = drain(relay);
            await().until(() ->
                    relay.api().get("/clients?user_id=1").json().get("clients").isEmpty());
            slow.send(RawSocket.text("ping")).send(RawSocket.text("ping"));
            drain.copy().completeOnTimeout(null, 1500, TimeUnit.MILLISECONDS).join();
            slow.send(RawSocket.text("ping"));
            assertBacklogAndClose(slow, SMALL_BACKLOG);
            drain.orTimeout(20, TimeUnit.SECONDS).join();
        }
    }

    @Test
    void clientThatNeverReadsHoldsTheRelayUpForTheDrainTimeOnly() throws IOException {
        try (TestRelay relay = TestRelay.start("--drain", "500ms", "--queue-bytes", "8MiB");
                RawSocket slow = withBacklog(relay, LARGE_BACKLOG)) {
            drain(relay).orTimeout(20, TimeUnit.SECONDS).join();
            assertThat(slow.readFrame().text()).startsWith("0:");
        }
    }

    /** One waits for an acknowledgement that does not come, one for lines, one for the rest of a body. */
    @Test
    void everyRequestUnderWayIsAnswered() throws IOException {
        try (TestRelay relay = TestRelay.start("--drain", "6s");
                RawSocket silent = RawSocket.connect(relay.port())
                        .upgrade(relay.api().register(1).id());
                RawSocket confirmed = publishing(relay, "/publish/cats?confirm=20s", "text/plain", 3, "one");
                RawSocket lines = publishing(
                        relay, "/publish", "application/x-ndjson", 99, "{\"topic\":\"cats\",\"message\":\"two\"}\n");
                RawSocket cut = publishing(relay, "/publish/cats", "text/plain", 99, "thr")) {
            assertThat(List.of(readText(silent), readText(silent))).containsExactlyInAnyOrder("one", "two");
            CompletableFuture<Void> drain = drain(relay);
            assertThat(silent.readUntilClose()).isEqualTo(1001);
            silent.send(RawSocket.frame(0x80 | RawSocket.CLOSE, Bytes.hex("03 E9")));
            assertThat(confirmed.readAllOrFail())
                    .startsWith("HTTP/1.1 200 ")
                    .contains("Connection: close", "\"queued\":1,\"acknowledged\":0}");
            assertThat(lines.readAllOrFail())
                    .startsWith("HTTP/1.1 200 ")
                    .contains("\"accepted\":1,\"queued\":1,\"rejected\":1", "\"line\":2,", "going away");
            assertThat(cut.readAllOrFail())
                    .startsWith("HTTP/1.1 503 ")
                    .contains("Retry-After: 10", "Connection: close");
            drain.orTimeout(20, TimeUnit.SECONDS).join();
        }
    }

    private static String readText(RawSocket socket) throws IOException {
        RawSocket.Frame frame = socket.readFrame();
        while (frame.opCode() != RawSocket.TEXT) {
            frame = socket.readFrame();
        }
        return frame.text();
    }

    private static RawSocket publishing(TestRelay relay, String target, String type, int length, String body)
            throws IOException {
        return RawSocket.connect(relay.port())
                .send("POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type
                        + "\r\nContent-Length: " + length + "\r\n\r\n" + body);
    }

    @Test
    void relayWithoutConnectionsIsGoneAtOnce() {
        try (TestRelay relay = TestRelay.start("--drain", "10m")) {
            relay.api().register(1);
            drain(relay).orTimeout(20, TimeUnit.SECONDS).join();
        }
    }

    private static RawSocket withBacklog(TestRelay relay, int messages) throws IOException {
        RawSocket slow = RawSocket.connectWithSmallBuffer(relay.port())
                .upgrade(relay.api().register(1, "backlog").id());
        for (int i = 0; i < messages; i++) {
            assertThat(relay.api().publish("backlog", message(i))).isEqualTo(1);
        }
        return slow;
    }

    private static void assertBacklogAndClose(RawSocket slow, int messages) throws IOException {
        for (int i = 0; i < messages; i++) {
            assertThat(slow.readFrame().text().equals(message(i)))
                    .as("message " + i + " is the next, and whole")
                    .isTrue();
        }
        assertThat(slow.readFrame().closeCode()).isEqualTo(1001);
        slow.send(RawSocket.frame(0x80 | RawSocket.CLOSE, Bytes.hex("03 E9")));
        assertThat(slow.readAll()).isEmpty();
    }

    private static String message(int number) {
        return number + ":" + "x".repeat(MESSAGE_CHARACTERS);
    }

    private static CompletableFuture<Void> drain(TestRelay relay) {
        return CompletableFuture.runAsync(() -> {
            try {
                relay.drainAndStop();
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
    }
}
