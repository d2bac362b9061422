package relay.websocket;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import relay.testing.RawSocket;

/** Opens sockets where room for them has to be awaited. */
final class Sockets {
    private Sockets() {}

    /** Empty if the relay has no room. */
    static Optional<RawSocket> open(int port, String id) throws IOException {
        RawSocket socket = RawSocket.connect(port);
        String head = socket.send(RawSocket.handshake(id)).readHead();
        if (head.startsWith("HTTP/1.1 101 ")) {
            return Optional.of(socket);
        }
        socket.close();
        if (head.startsWith("HTTP/1.1 503 ")) {
            return Optional.empty();
        }
        throw new AssertionError("neither upgraded nor without room: " + head);
    }

    static RawSocket openWhenThereIsRoom(int port, String id) {
        return eventually(() -> open(port, id));
    }

    static <T> T eventually(Callable<Optional<T>> attempt) {
        return await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(attempt, Optional::isPresent)
                .orElseThrow();
    }
}
