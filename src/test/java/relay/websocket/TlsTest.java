package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.websocket.core.server.WebSocketServerComponents;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
import relay.testing.TestCertificate;
import relay.testing.TestSocket;
import relay.tls.TlsConnections;
import relay.tls.TlsFiles;

/** The same way to the socket, over TLS. */
class TlsTest {
    private static final Topic CATS = new Topic("cats");

    @TempDir
    Path folder;

    private final ClientRegistry registry = new ClientRegistry(10);
    private final Hub hub = new Hub(
            new FanOutOptions(
                    1, 1 << 28, Duration.ofMinutes(1), Duration.ofMinutes(1), new HistoryOptions(0, Duration.ZERO, 0)),
            registry,
            Ticker.system(),
            InstantSource.system(),
            new LocalEngine(),
            Runnable::run);
    private final Server server = new Server();
    private ServerConnector connector;
    private HttpClient http;

    @BeforeEach
    void start() throws Exception {
        TestCertificate own = TestCertificate.make(folder, "own");
        TlsConnections tls = TlsConnections.of(
                new TlsFiles(own.certificate(), own.key(), Optional.empty()),
                Duration.ofHours(1),
                Ticker.system(),
                InstantSource.system());
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.addCustomizer(new SecureRequestCustomizer(false));
        connector = new ServerConnector(server, tls, new HttpConnectionFactory(configuration));
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
        http = HttpClient.newBuilder().sslContext(TestCertificate.trusting(own)).build();
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
        hub.stop();
    }

    @Test
    void messagesLargeAndSmallArriveInOrder() {
        try (TestSocket socket = connect()) {
            List<String> sent = IntStream.range(0, 400)
                    .mapToObj(i -> i + " " + "x".repeat(i % 4 == 0 ? 200_000 : 10))
                    .toList();
            sent.forEach(this::publish);
            assertThat(socket.receive(sent.size())).isEqualTo(sent);
        }
    }

    @Test
    void commandsPingsAndTheClosingHandshakeWork() {
        TestSocket socket = connect();
        socket.subscribe("dogs");
        publish("for nobody");
        socket.subscribe("cats");
        publish("for it");
        assertThat(socket.receive()).isEqualTo("for it");
        socket.close();
        assertThat(socket.closeCode()).isEqualTo(1000);
    }

    private TestSocket connect() {
        Client client = new Client(ClientId.random(), new UserId("1"), Duration.ZERO, Permissions.EVERYTHING);
        hub.register(client, Set.of(CATS));
        return TestSocket.open(
                http,
                "wss://localhost:" + connector.getLocalPort() + "/ws/"
                        + client.id().secret());
    }

    private void publish(String text) {
        hub.publish(
                new Message(CATS, Optional.empty(), Text.of(text)),
                Optional.empty(),
                HandedOver.to((id, queued) -> {}));
    }
}
