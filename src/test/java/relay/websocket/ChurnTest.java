package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.RawSocket;

/** Sockets that come and go by the hundred leave nothing behind, in a relay that has room for few at a time. */
class ChurnTest {
    private static final int ROOM = 50;
    private static final int SOME = 10;
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    @AutoClose
    private static final TestRelay relay =
            TestRelay.start("--max-registrations", "" + ROOM, "--max-connections", "" + ROOM);

    @FunctionalInterface
    private interface Visit {
        void pay(RawSocket socket, String id) throws IOException;
    }

    @Test
    void connectsAndResetsInARowLeaveNothingBehind() throws IOException {
        assertNothingIsLeftAfter(500, (socket, id) -> socket.reset());
    }

    @Test
    void handshakesWhoseAnswerNobodyAwaitsLeaveNothingBehind() throws IOException {
        assertNothingIsLeftAfter(60, (socket, id) -> {
            socket.reset();
            String another = Sockets.eventually(ChurnTest::register);
            try (RawSocket hasty = RawSocket.connect(relay.port())) {
                hasty.send(RawSocket.handshake(another)).reset();
            }
            relay.api().delete("/register/" + another);
        });
    }

    @Test
    void mistakesWhoseAnswerNobodyAwaitsLeaveNothingBehind() throws IOException {
        assertNothingIsLeftAfter(
                100,
                (socket, id) ->
                        socket.send(RawSocket.frame(0x83, new byte[100])).reset());
    }

    private static void assertNothingIsLeftAfter(int rounds, Visit visit) throws IOException {
        payOneAfterTheOther(SOME, visit);
        await().until(() -> relay.api().publish("cats", "nobody") == 0);
        long descriptors = openDescriptors();
        int threads = ManagementFactory.getThreadMXBean().getThreadCount();

        payOneAfterTheOther(rounds, visit);
        assertThereIsRoomForAll();
        await().until(() -> openDescriptors() <= descriptors + SOME);
        assertThat(ManagementFactory.getThreadMXBean().getThreadCount()).isLessThan(threads + ROOM);
    }

    private static void payOneAfterTheOther(int rounds, Visit visit) throws IOException {
        for (int i = 0; i < rounds; i++) {
            String id = Sockets.eventually(ChurnTest::register);
            try (RawSocket socket = Sockets.openWhenThereIsRoom(relay.port(), id)) {
                visit.pay(socket, id);
            }
        }
    }

    private static void assertThereIsRoomForAll() throws IOException {
        List<RawSocket> sockets = new ArrayList<>();
        for (int i = 0; i < ROOM; i++) {
            String id = Sockets.eventually(ChurnTest::register);
            sockets.add(Sockets.openWhenThereIsRoom(relay.port(), id));
        }
        assertThat(relay.api().publish("cats", "everybody")).isEqualTo(ROOM);
        assertThat(register()).isEmpty();
        for (RawSocket socket : sockets) {
            assertThat(socket.readFrame().text()).isEqualTo("everybody");
            socket.close();
        }
        await().until(() -> relay.api().publish("cats", "nobody") == 0);
    }

    private static Optional<String> register() {
        Answer answer = relay.api().post("/register", "{\"user_id\":1}");
        return answer.status() == 503
                ? Optional.empty()
                : Optional.of(answer.json().path("id").asText());
    }

    private static long openDescriptors() throws IOException {
        try (Stream<Path> open = Files.list(DESCRIPTORS)) {
            return open.count();
        }
    }
}
