package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.testing.Api;
import relay.testing.EventStreamReader;
import relay.testing.RawSocket;
import relay.testing.RelayProcess;
import relay.testing.TestSocket;

/** The jar with little memory, and clients that would take more than there is. */
class SmallHeapIT {
    private static final Map<String, String> HEAP = Map.of("JDK_JAVA_OPTIONS", "-Xmx64m");

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    @Test
    void oneLargeMessageToManyByManyWorkersReachesAll() throws IOException {
        RelayProcess relay = start("--fanout-threads", "8");
        Api api = relay.api();
        List<RawSocket> sockets = new ArrayList<>();
        List<EventStreamReader> streams = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            sockets.add(opened(RawSocket.connectReadingAhead(relay.port())
                    .upgrade(api.register(i, "large").id())));
        }
        for (int i = 0; i < 32; i++) {
            streams.add(opened(EventStreamReader.open(
                    relay.port(), api.register(i, "large").id(), "")));
        }
        String large = "x".repeat(1_000_000);
        for (int i = 0; i < 2; i++) {
            assertThat(api.publish("large", large)).isEqualTo(96);
            for (RawSocket socket : sockets) {
                assertThat(socket.readFrame().text().equals(large)).isTrue();
            }
            for (EventStreamReader stream : streams) {
                assertThat(nextEvent(stream).endsWith("\ndata: " + large + "\n"))
                        .isTrue();
            }
        }
        assertThat(relay.out()).doesNotContain("OutOfMemory", "ERROR");
    }

    @Test
    void clientsThatDoNotReadLeaveRoomForThoseWhoDo() throws IOException {
        RelayProcess relay = start();
        Api api = relay.api();
        TestSocket reader = opened(TestSocket.open(api.register(0, "flood").url()));
        for (int i = 1; i <= 100; i++) {
            opened(RawSocket.connectWithSmallBuffer(relay.port())
                    .upgrade(api.register(i, "flood").id()));
        }
        for (int i = 0; i < 700; i++) {
            String message = i + ":" + "x".repeat(10_000);
            api.publish("flood", message);
            assertThat(reader.receive().equals(message)).isTrue();
        }
        assertThat(api.get("/health").status()).isEqualTo(200);
        assertThat(relay.out()).doesNotContain("OutOfMemory", "ERROR");
    }

    private RelayProcess start(String... flags) {
        List<String> all = new ArrayList<>(List.of("--port", "0", "--drain", "1s", "--ping-interval", "10m"));
        all.addAll(List.of(flags));
        return opened(RelayProcess.start(HEAP, all.toArray(String[]::new)));
    }

    private static String nextEvent(EventStreamReader stream) throws IOException {
        String event = stream.next();
        while (event.startsWith(":")) {
            event = stream.next();
        }
        return event;
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        open.add(closeable);
        return closeable;
    }
}
