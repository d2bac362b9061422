package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.eclipse.jetty.websocket.core.WebSocketConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import relay.testing.RawSocket;

/** The thread that selects reads from a WebSocket once for each ping, whatever the client sends, and all else is the pool's. */
class PongInPlaceTest {
    private final AtomicInteger inPlace = new AtomicInteger();
    private final AtomicInteger byTheParser = new AtomicInteger();

    /** The one client's. */
    private volatile SocketChannelEndPoint endPoint;

    private WebSocketServer server;

    private final class WatchedConnector extends ServerConnector {
        WatchedConnector(Server server) {
            super(server);
        }

        @Override
        protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key) {
            endPoint = new WatchedEndPoint(channel, selector, key, getScheduler());
            return endPoint;
        }
    }

    private final class WatchedEndPoint extends SocketChannelEndPoint {
        WatchedEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
            super(channel, selector, key, scheduler);
        }

        @Override
        public int fill(ByteBuffer buffer) throws IOException {
            int filled = super.fill(buffer);
            if (filled > 0 && isCalledBy(ReadingEndPoint.class)) {
                (isCalledBy(WebSocketConnection.class) ? byTheParser : inPlace).incrementAndGet();
            }
            return filled;
        }

        private static boolean isCalledBy(Class<?> type) {
            return StackWalker.getInstance()
                    .walk(frames ->
                            frames.anyMatch(frame -> frame.getClassName().equals(type.getName())));
        }
    }

    @BeforeEach
    void start() throws Exception {
        server = WebSocketServer.start(WatchedConnector::new);
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
    }

    @Test
    void onlyAnAnswerToAPingIsReadInPlace() throws IOException {
        try (RawSocket socket = connect()) {
            sendAndWait(socket, 50, RawSocket.frame(0x80 | RawSocket.PONG, new byte[0]));
            assertThat(inPlace).hasValue(0);
            assertThat(byTheParser).hasPositiveValue();
            RawSocket.Frame ping = askedFor(socket);
            int parsed = byTheParser.get();
            socket.send(RawSocket.frame(0x80 | RawSocket.PONG, Bytes.utf8(ping.text())));
            sendAndWait(socket, 1, new byte[0]);
            assertThat(inPlace).hasValue(1);
            assertThat(byTheParser.get()).isBetween(parsed, parsed + 1);
        }
    }

    @Test
    void floodInThePlaceOfAnAnswerIsReadInPlaceOnce() throws IOException {
        try (RawSocket socket = connect()) {
            askedFor(socket);
            sendAndWait(socket, 200, RawSocket.frame(0x80 | RawSocket.PONG, Bytes.utf8("0")));
            assertThat(inPlace).hasValue(1);
            assertThat(byTheParser).hasPositiveValue();
        }
    }

    /** Sends frames, each by itself, and waits until they have been taken. */
    private static void sendAndWait(RawSocket socket, int times, byte[] frame) throws IOException {
        for (int i = 0; i < times; i++) {
            socket.send(frame);
        }
        socket.send(RawSocket.frame(0x80 | RawSocket.PING, Bytes.utf8("done")));
        assertThat(socket.readFrame().text()).isEqualTo("done");
    }

    /** Publishes, and reads what asks for an answer, while no thread reads what the client sends. */
    private RawSocket.Frame askedFor(RawSocket socket) throws IOException {
        await().until(() -> endPoint.isFillInterested());
        server.publish("hello");
        assertThat(socket.readFrame().text()).isEqualTo("hello");
        RawSocket.Frame ping = socket.readFrame();
        assertThat(ping.opCode()).isEqualTo(RawSocket.PING);
        return ping;
    }

    private RawSocket connect() throws IOException {
        return RawSocket.connect(server.port()).upgrade(server.register(Duration.ofMinutes(1)));
    }
}
