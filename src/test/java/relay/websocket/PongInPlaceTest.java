package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;
import org.eclipse.jetty.websocket.core.WebSocketConnection;
import org.eclipse.jetty.websocket.core.server.WebSocketServerComponents;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.ClientId;
import relay.client.ClientRegistry;
import relay.client.InputMemory;
import relay.client.Permissions;
import relay.client.Room;
import relay.engine.LocalEngine;
import relay.fanout.FanOutOptions;
import relay.history.HistoryOptions;
import relay.http.Router;
import relay.hub.Admission;
import relay.hub.Hub;
import relay.json.Json;
import relay.message.Message;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;
import relay.outbound.ConnectionTotals;
import relay.schedule.Ticker;
import relay.testing.HandedOver;
import relay.testing.RawSocket;

/** The thread that selects reads from a WebSocket once for each ping, whatever the client sends, and all else is the pool's. */
class PongInPlaceTest {
    private static final Topic CATS = new Topic("cats");

    private final Hub hub = new Hub(
            new FanOutOptions(
                    1, 1 << 28, Duration.ofMinutes(1), Duration.ofMinutes(1), new HistoryOptions(0, Duration.ZERO, 0)),
            new ClientRegistry(10),
            Ticker.system(),
            InstantSource.system(),
            new LocalEngine(),
            Runnable::run);
    private final Server server = new Server();
    private final ServerConnector connector = new WatchedConnector(server);
    private final AtomicInteger inPlace = new AtomicInteger();
    private final AtomicInteger byTheParser = new AtomicInteger();

    /** The one client's. */
    private volatile SocketChannelEndPoint endPoint;

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
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        Router router = new Router();
        router.setHandler(new WebSocketUpgrade(
                WebSocketServerComponents.ensureWebSocketComponents(server),
                hub,
                new Json(8),
                Ticker.system(),
                new SocketOptions(1 << 16, 1000, Duration.ofSeconds(30), 10, 64 << 20, false),
                new Admission(hub, 10, Room.unbounded()),
                new ConnectionTotals(),
                InputMemory.unbounded()));
        server.setHandler(router);
        hub.start();
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
        hub.stop();
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
        hub.publish(
                new Message(CATS, Optional.empty(), Text.of("hello")),
                Optional.empty(),
                HandedOver.to((id, queued) -> {}));
        assertThat(socket.readFrame().text()).isEqualTo("hello");
        RawSocket.Frame ping = socket.readFrame();
        assertThat(ping.opCode()).isEqualTo(RawSocket.PING);
        return ping;
    }

    private RawSocket connect() throws IOException {
        Client client = new Client(ClientId.random(), new UserId("1"), Duration.ofMinutes(1), Permissions.EVERYTHING);
        hub.register(client, Set.of(CATS));
        return RawSocket.connect(connector.getLocalPort()).upgrade(client.id().secret());
    }
}
