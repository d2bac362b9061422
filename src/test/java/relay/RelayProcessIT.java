package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import relay.testing.Api;
import relay.testing.CommandLineClient;
import relay.testing.RawSocket;
import relay.testing.RelayProcess;
import relay.testing.TestSocket;

/** The jar as it runs: signals, and a client that nobody here wrote. */
class RelayProcessIT {
    private static final int TERMINATED = 128 + 15;

    @Test
    void sigtermClosesTheSocketsWith1001AndEndsWith0() {
        try (RelayProcess relay = RelayProcess.start("--port", "0", "--drain", "3s")) {
            Api api = relay.api();
            List<TestSocket> sockets = open(api, 3);
            assertThat(api.publish("cats", "last words")).isEqualTo(3);
            relay.terminate();
            assertThat(relay.exitStatus()).isZero();
            assertThat(sockets).extracting(TestSocket::receive).containsOnly("last words");
            assertThat(sockets).extracting(TestSocket::closeCode).containsOnly(1001);
            assertThat(relay.out().lines().toList()).last().asString().endsWith(" gone");
            assertThat(relay.err()).isEmpty();
        }
    }

    /** As when its machine is suspended: it is the relay that is late then, not its clients. */
    @Test
    void requestsThatCameWhileTheRelayWasStoppedAreAnswered() throws IOException {
        String request = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
        try (RelayProcess relay =
                        RelayProcess.start("--port", "0", "--header-timeout", "6s", "--http-idle-timeout", "6s");
                RawSocket other = RawSocket.connect(relay.port())) {
            relay.signal("CONT");
            assertThat(other.send(request).readAnswer()).startsWith("HTTP/1.1 200 ");
            List<RawSocket> sockets = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                RawSocket socket = RawSocket.connect(relay.port());
                sockets.add(socket);
                if (i % 2 == 0) {
                    assertThat(socket.send(request).readAnswer()).startsWith("HTTP/1.1 200 ");
                }
            }
            assertThat(other.send(request).readAnswer()).startsWith("HTTP/1.1 200 ");
            relay.signal("STOP");
            long stopped = System.nanoTime();
            for (RawSocket socket : sockets) {
                socket.send(request);
            }
            await().until(() -> System.nanoTime() - stopped > TimeUnit.SECONDS.toNanos(7));
            relay.signal("CONT");
            for (RawSocket socket : sockets) {
                try (socket) {
                    assertThat(socket.readAnswer()).startsWith("HTTP/1.1 200 ");
                }
            }
        }
    }

    @Test
    void sigtermWithoutSocketsEndsWith0() {
        try (RelayProcess relay = RelayProcess.start("--port", "0", "--drain", "1h")) {
            assertThat(relay.api().get("/health").status()).isEqualTo(200);
            relay.terminate();
            assertThat(relay.exitStatus()).isZero();
        }
    }

    /** The first one waits for a client that does not answer its close. */
    @Test
    void aSecondSigtermEndsTheDrainAtOnceWith143() throws IOException {
        try (RelayProcess relay = RelayProcess.start("--port", "0", "--drain", "1h");
                RawSocket silent = RawSocket.connect(relay.port())
                        .upgrade(relay.api().register(1).id())) {
            relay.terminate();
            relay.awaitLog(Pattern.compile("going away"));
            assertThat(silent.readUntilClose()).isEqualTo(1001);
            relay.terminate();
            assertThat(relay.exitStatus()).isEqualTo(TERMINATED);
        }
    }

    @Test
    void theAnswerToACloseWith4429IsHeard() throws IOException {
        try (RelayProcess relay =
                        RelayProcess.start("--port", "0", "--log-level", "debug", "--max-frames-per-second", "1");
                RawSocket socket = RawSocket.connect(relay.port())) {
            String id = relay.api().register(1).id();
            socket.upgrade(id).send(RawSocket.text("ping")).send(RawSocket.text("ping"));
            assertThat(socket.readUntilClose()).isEqualTo(4429);
            socket.send(RawSocket.frame(0x80 | RawSocket.CLOSE, new byte[] {4429 >> 8, (byte) 4429}));
            relay.awaitLog(Pattern.compile("client " + id.substring(0, 8) + " disconnected: "));
            assertThat(relay.out()).contains("client " + id.substring(0, 8) + " disconnected: 4429");
        }
    }

    @Test
    void pythonsWebSocketClientReceivesAndAsksForTopics() {
        try (RelayProcess relay = RelayProcess.start("--port", "0");
                CommandLineClient python = CommandLineClient.pythonWebsockets()) {
            Api api = relay.api();
            python.open(api.register(1).url());
            assertThat(api.publish("cats", "are awesome \u2014 \ud83d\ude38")).isEqualTo(1);
            await().until(() -> python.received().equals(List.of("are awesome \u2014 \ud83d\ude38")));
            python.send("{\"topics\":[\"dogs\"]}");
            await().until(() -> api.publish("dogs", "woof") == 1);
            await().until(() -> python.received().contains("woof"));
            assertThat(api.publish("cats", "not asked for")).isZero();
            python.leave();
            assertThat(python.output()).contains("1000 (OK)").doesNotContain("not asked for");
        }
    }

    private static List<TestSocket> open(Api api, int count) {
        return Stream.generate(() -> TestSocket.open(api.register(1).url()))
                .limit(count)
                .toList();
    }
}
