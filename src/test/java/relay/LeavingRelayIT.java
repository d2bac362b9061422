package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.testing.Api.Registered;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** One of two relays leaves in order; its clients come back at the other: what they had acknowledged last is known there. */
class LeavingRelayIT extends PairOfRelays {
    private static final int CLIENTS = 20;
    private static final List<String> SENT = List.of("one", "two", "three", "four", "five");
    private static final byte[] CLOSE_1001 = {0x03, (byte) 0xE9};

    @Test
    void whoHadReadEverythingBeforeItWasClosedGetsNothingTwiceAtTheOtherRelay() {
        List<Registered> clients = IntStream.range(0, CLIENTS)
                .mapToObj(i -> here.registerKept(1, 60, "cats"))
                .toList();
        List<TestSocket> sockets =
                clients.stream().map(client -> relays.open(0, client)).toList();
        SENT.forEach(text -> here.publish("cats", text));
        CompletableFuture<Void> left = leave();
        for (TestSocket socket : sockets) {
            assertThat(socket.closeCode()).isEqualTo(1001);
        }
        List<String> afterClose = sockets.stream()
                .flatMap(socket -> socket.received().stream())
                .distinct()
                .toList();
        assertThat(afterClose).isEqualTo(SENT);
        left.join();
        for (Registered client : clients) {
            assertThat(firstAtTheOther(client)).isEqualTo("next");
        }
    }

    @Test
    void anAnswerToThePingInFrontOfTheCloseIsKnownBeforeTheConnectionEnds() throws IOException {
        Registered client = here.registerKept(1, 60, "cats");
        try (RawSocket socket = RawSocket.connect(relays.relay(0).port()).upgrade(client.id())) {
            SENT.forEach(text -> here.publish("cats", text));
            CompletableFuture<Void> left = leave();
            String lastPing = lastPingBeforeClose(socket);
            socket.send(RawSocket.frame(0x80 | RawSocket.PONG, lastPing.getBytes(StandardCharsets.UTF_8)));
            await().until(() ->
                    here.get("/clients?user_id=1").json().get("clients").isEmpty());
            assertThat(firstAtTheOther(client)).isEqualTo("next");
            socket.send(RawSocket.frame(0x80 | RawSocket.CLOSE, CLOSE_1001));
            left.join();
        }
    }

    @Test
    void aCloseThatAnswersNoPingAcknowledgesNothing() throws IOException {
        Registered client = here.registerKept(1, 60, "cats");
        try (RawSocket socket = RawSocket.connect(relays.relay(0).port()).upgrade(client.id())) {
            SENT.forEach(text -> here.publish("cats", text));
            CompletableFuture<Void> left = leave();
            assertThat(lastPingBeforeClose(socket)).isNotEmpty();
            socket.send(RawSocket.frame(0x80 | RawSocket.CLOSE, CLOSE_1001));
            left.join();
        }
        assertThat(firstAtTheOther(client)).isEqualTo("one");
    }

    @Test
    void whoNeverAnswersTheCloseGetsEverythingAgain() throws IOException {
        try (TestRelays hasty =
                        TestRelays.start(2, server.url(), "--engine-prefix", prefix + "hasty", "--drain", "1s");
                RawSocket socket = RawSocket.connect(hasty.relay(0).port())) {
            Registered client = hasty.api(0).registerKept(1, 60, "cats");
            socket.upgrade(client.id());
            SENT.forEach(text -> hasty.api(0).publish("cats", text));
            leave(hasty.relay(0)).join();
            assertThat(lastPingBeforeClose(socket)).isNotEmpty();
            try (TestSocket other = hasty.open(1, client)) {
                assertThat(other.receive(SENT.size())).isEqualTo(SENT);
            }
        }
    }

    @Test
    void whoComesToTheOtherRelayBeforeItsAnswerIsServedThereAtOnce() throws IOException {
        Registered client = here.registerKept(1, 60, "cats");
        try (RawSocket socket = RawSocket.connect(relays.relay(0).port()).upgrade(client.id())) {
            SENT.forEach(text -> here.publish("cats", text));
            CompletableFuture<Void> left = leave();
            String lastPing = lastPingBeforeClose(socket);
            try (TestSocket other = relays.open(1, client)) {
                assertThat(other.receive(SENT.size())).isEqualTo(SENT);
                socket.send(RawSocket.frame(0x80 | RawSocket.PONG, lastPing.getBytes(StandardCharsets.UTF_8)));
                socket.send(RawSocket.frame(0x80 | RawSocket.CLOSE, CLOSE_1001));
                left.join();
                there.publish("cats", "next");
                assertThat(other.receive()).isEqualTo("next");
                assertThat(other.isClosed()).isFalse();
            }
        }
    }

    @Test
    void aClientThatIsDeletedWhileItsAnswerIsAwaitedIsGoneEverywhere() throws IOException {
        Registered client = here.registerKept(1, 60, "cats");
        try (RawSocket socket = RawSocket.connect(relays.relay(0).port()).upgrade(client.id())) {
            SENT.forEach(text -> here.publish("cats", text));
            CompletableFuture<Void> left = leave();
            String lastPing = lastPingBeforeClose(socket);
            assertThat(there.delete("/register/" + client.id()).status()).isEqualTo(200);
            socket.send(RawSocket.frame(0x80 | RawSocket.PONG, lastPing.getBytes(StandardCharsets.UTF_8)));
            socket.send(RawSocket.frame(0x80 | RawSocket.CLOSE, CLOSE_1001));
            left.join();
            assertThat(there.get("/ws/" + client.id()).status()).isEqualTo(404);
        }
    }

    private String firstAtTheOther(Registered client) {
        try (TestSocket socket = relays.open(1, client)) {
            there.publish("cats", "next");
            return socket.receive();
        }
    }

    /** What the last ping carried, once the close frame has come behind it. */
    private static String lastPingBeforeClose(RawSocket socket) throws IOException {
        String payload = "";
        RawSocket.Frame frame = socket.readFrame();
        while (frame.opCode() != RawSocket.CLOSE) {
            if (frame.opCode() == RawSocket.PING) {
                payload = frame.text();
            }
            frame = socket.readFrame();
        }
        assertThat(frame.closeCode()).isEqualTo(1001);
        return payload;
    }

    private CompletableFuture<Void> leave() {
        return leave(relays.relay(0));
    }

    private static CompletableFuture<Void> leave(TestRelay relay) {
        return CompletableFuture.runAsync(() -> {
                    try {
                        relay.drainAndStop();
                    } catch (Exception e) {
                        throw new CompletionException(e);
                    }
                })
                .orTimeout(30, TimeUnit.SECONDS);
    }
}
