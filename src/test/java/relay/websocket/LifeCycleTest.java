package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import relay.TestRelay;
import relay.testing.Api.Registered;
import relay.testing.RawSocket;
import relay.testing.RawSocket.Frame;
import relay.testing.TestSocket;

/** How sockets come and go: replaced, deleted, closed, cut off. */
class LifeCycleTest {
    private static TestRelay relay;
    private static ExecutorService threads;

    @BeforeAll
    static void start() {
        relay = TestRelay.start();
        threads = Executors.newFixedThreadPool(2);
    }

    @AfterAll
    static void stop() {
        threads.shutdownNow();
        relay.close();
    }

    @FunctionalInterface
    private interface Ending {
        void end(RawSocket socket) throws IOException;
    }

    static Stream<Arguments> endings() {
        return Stream.of(
                Arguments.of("a close frame", (Ending) socket -> {
                    socket.send(RawSocket.frame(0x80 | RawSocket.CLOSE, Bytes.hex("03 E8")));
                    socket.readUntilClose();
                }),
                Arguments.of("a close frame, gone before the answer", (Ending) socket -> {
                    socket.send(RawSocket.frame(0x80 | RawSocket.CLOSE, Bytes.hex("03 E8")));
                    socket.close();
                }),
                Arguments.of("the end of the stream", (Ending) RawSocket::close),
                Arguments.of("a reset", (Ending) RawSocket::reset),
                Arguments.of("the end of the stream within a frame", (Ending) socket -> {
                    socket.send(Bytes.hex("81 FE 01"));
                    socket.close();
                }),
                Arguments.of("a reset within a fragmented message", (Ending) socket -> {
                    socket.send(RawSocket.frame(RawSocket.TEXT, Bytes.utf8("{")));
                    socket.reset();
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("endings")
    void clientIsRemovedWhenItsSocketEndsWith(String name, Ending ending) throws IOException {
        Registered client = relay.api().register(1, "endings");
        try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
            assertThat(relay.api().publish("endings", "x")).isEqualTo(1);
            ending.end(socket);
            Registrations.awaitUnknown(relay.api(), client.id());
        }
        assertThat(relay.api().publish("endings", "x")).isZero();
    }

    @Test
    void newerSocketReplacesTheOlderWhichIsClosedWith4409() {
        Registered client = relay.api().register(1, "replaced");
        try (TestSocket older = TestSocket.open(client.url());
                TestSocket newer = TestSocket.open(client.url())) {
            assertThat(older.closeCode()).isEqualTo(4409);
            assertThat(Registrations.isKnown(relay.api(), client.id())).isTrue();
            assertThat(relay.api().publish("replaced", "to the newer")).isEqualTo(1);
            assertThat(newer.receive()).isEqualTo("to the newer");
            assertThat(older.received()).isEmpty();
        }
        Registrations.awaitUnknown(relay.api(), client.id());
    }

    @Test
    void topicsStayWithTheClientWhenItsSocketIsReplaced() {
        Registered client = relay.api().register(1, "at first");
        try (TestSocket older = TestSocket.open(client.url())) {
            older.subscribe("later");
            try (TestSocket newer = TestSocket.open(client.url())) {
                assertThat(older.closeCode()).isEqualTo(4409);
                assertThat(relay.api().publish("at first", "x")).isZero();
                assertThat(relay.api().publish("later", "kept")).isEqualTo(1);
                assertThat(newer.receive()).isEqualTo("kept");
            }
        }
    }

    @Test
    void commandOfAReplacedSocketChangesNothing() throws IOException {
        Registered client = relay.api().register(1, "mine");
        try (RawSocket older = RawSocket.connect(relay.port()).upgrade(client.id());
                TestSocket newer = TestSocket.open(client.url())) {
            newer.barrier();
            older.send(RawSocket.text("{\"topics\":[\"stolen\"]}"));
            assertThat(older.readUntilClose()).isEqualTo(4409);
            older.send(RawSocket.frame(0x80 | RawSocket.CLOSE, Bytes.hex("11 39")));
            assertThat(older.readAll()).isEmpty();
            assertThat(relay.api().publish("stolen", "x")).isZero();
            assertThat(relay.api().publish("mine", "y")).isEqualTo(1);
            assertThat(newer.receive()).isEqualTo("y");
        }
    }

    @Test
    void chainOfReplacementsLeavesTheLast() {
        Registered client = relay.api().register(1, "chain");
        List<TestSocket> sockets =
                Stream.generate(() -> TestSocket.open(client.url())).limit(20).toList();
        TestSocket last = sockets.get(19);
        sockets.subList(0, 19).forEach(socket -> assertThat(socket.closeCode()).isEqualTo(4409));
        assertThat(relay.api().publish("chain", "for the last")).isEqualTo(1);
        assertThat(last.receive()).isEqualTo("for the last");
        last.close();
        Registrations.awaitUnknown(relay.api(), client.id());
    }

    @Test
    void ofTwoSocketsOpenedAtOnceExactlyOneSurvivesAndReceives() throws IOException {
        for (int i = 0; i < 50; i++) {
            String topic = "twins " + i;
            Registered client = relay.api().register(1, topic);
            CountDownLatch start = new CountDownLatch(1);
            CompletableFuture<RawSocket> first = CompletableFuture.supplyAsync(() -> open(client, start), threads);
            CompletableFuture<RawSocket> second = CompletableFuture.supplyAsync(() -> open(client, start), threads);
            start.countDown();
            try (RawSocket one = first.join();
                    RawSocket other = second.join()) {
                assertThat(relay.api().publish(topic, "hello")).isEqualTo(1);
                List<Frame> frames = List.of(one.readFrame(), other.readFrame());
                assertThat(frames).extracting(Frame::opCode).containsExactlyInAnyOrder(RawSocket.TEXT, RawSocket.CLOSE);
                Frame close = frames.get(frames.get(0).opCode() == RawSocket.CLOSE ? 0 : 1);
                assertThat(close.closeCode()).isEqualTo(4409);
            }
            Registrations.awaitUnknown(relay.api(), client.id());
        }
    }

    @Test
    void deletedRegistrationsSocketIsClosedWith4404() throws IOException {
        Registered client = relay.api().register(1, "deleted");
        try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
            relay.api().publish("deleted", "last words");
            assertThat(relay.api().delete("/register/" + client.id()).status()).isEqualTo(200);
            assertThat(socket.readFrame().text()).isEqualTo("last words");
            assertThat(socket.readFrame().closeCode()).isEqualTo(4404);
            assertThat(Registrations.isKnown(relay.api(), client.id())).isFalse();
            assertThat(relay.api().publish("deleted", "x")).isZero();
            socket.send(RawSocket.frame(0x80 | RawSocket.CLOSE, Bytes.hex("11 34")));
            assertThat(socket.readAll()).isEmpty();
        }
    }

    @Test
    void whoConnectsWhileItsRegistrationIsDeletedIsRefusedOrClosed() throws IOException {
        for (int i = 0; i < 50; i++) {
            String topic = "doomed " + i;
            Registered client = relay.api().register(1, topic);
            CompletableFuture<Void> deletion =
                    CompletableFuture.runAsync(() -> relay.api().delete("/register/" + client.id()), threads);
            try (RawSocket socket = RawSocket.connect(relay.port())) {
                String head = socket.send(RawSocket.handshake(client.id())).readHead();
                deletion.join();
                if (head.startsWith("HTTP/1.1 101 ")) {
                    assertThat(socket.readFrame().closeCode()).isEqualTo(4404);
                } else {
                    assertThat(head).startsWith("HTTP/1.1 404 ");
                }
                assertThat(Registrations.isKnown(relay.api(), client.id())).isFalse();
                assertThat(relay.api().publish(topic, "x")).isZero();
            }
        }
    }

    @Test
    void replacedSocketThatNeverAnswersTheCloseChangesNothingForTheNewer() throws IOException {
        Registered client = relay.api().register(1, "stubborn");
        try (RawSocket older = RawSocket.connect(relay.port()).upgrade(client.id());
                TestSocket newer = TestSocket.open(client.url())) {
            assertThat(older.readUntilClose()).isEqualTo(4409);
            older.reset();
            newer.barrier();
            assertThat(relay.api().publish("stubborn", "x")).isEqualTo(1);
            assertThat(Registrations.isKnown(relay.api(), client.id())).isTrue();
        }
    }

    private static RawSocket open(Registered client, CountDownLatch start) {
        try {
            RawSocket socket = RawSocket.connect(relay.port());
            start.await();
            return socket.upgrade(client.id());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
