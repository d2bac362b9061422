package relay.websocket;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.websocket.core.server.WebSocketServerComponents;
import relay.access.Access;
import relay.access.AccessOptions;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.client.InputMemory;
import relay.client.Permissions;
import relay.client.Room;
import relay.engine.memory.MemoryEngine;
import relay.fanout.FanOutOptions;
import relay.history.HistoryOptions;
import relay.http.Router;
import relay.hub.Admission;
import relay.hub.DirectClients;
import relay.hub.Hub;
import relay.json.Json;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;
import relay.outbound.ConnectionTotals;
import relay.publish.IdempotentAnswers;
import relay.publish.PublishOnce;
import relay.schedule.AnswerQueue;
import relay.schedule.Ticker;
import relay.testing.HandedOver;

/** A hub and the upgrade to its WebSockets on a Jetty server, behind a connector of the test's own: a relay without the rest. */
final class WebSocketServer {
    private static final Topic CATS = new Topic("cats");

    private final Hub hub = new Hub(
            new FanOutOptions(
                    1,
                    1 << 28,
                    Duration.ofMinutes(1),
                    Duration.ofMinutes(1),
                    new HistoryOptions(0, Duration.ZERO, 0),
                    0),
            new ClientRegistry(10),
            Ticker.system(),
            InstantSource.system(),
            new MemoryEngine(InstantSource.system()),
            Runnable::run,
            Optional.empty());
    private final Server server = new Server();
    private final Executor answering;
    private final ServerConnector connector;

    private WebSocketServer(Function<Server, ServerConnector> connectors, Executor answering) {
        this.answering = answering;
        connector = connectors.apply(server);
    }

    static WebSocketServer start(Function<Server, ServerConnector> connectors) throws Exception {
        return start(connectors, Runnable::run);
    }

    /** @param answering runs the answers to clients that publish */
    static WebSocketServer start(Function<Server, ServerConnector> connectors, Executor answering) throws Exception {
        WebSocketServer started = new WebSocketServer(connectors, answering);
        started.start();
        return started;
    }

    private void start() throws Exception {
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        Access open = new AccessOptions(Optional.empty(), Optional.empty(), Optional.empty())
                .open(Ticker.system(), InstantSource.system());
        TokenRenewals renewals =
                new TokenRenewals(open, hub.renewer(), Ticker.system(), InstantSource.system(), Runnable::run, 1);
        Router router = new Router();
        router.setHandler(new WebSocketUpgrade(
                WebSocketServerComponents.ensureWebSocketComponents(server),
                hub,
                new Json(8),
                Ticker.system(),
                new SocketOptions(1 << 16, 1000, Duration.ofSeconds(30), 10, 64 << 20, false),
                new Admission(hub, 10, Room.unbounded()),
                new DirectClients(
                        new AccessOptions(Optional.empty(), Optional.empty(), Optional.empty())
                                .open(Ticker.system(), InstantSource.system()),
                        Ticker.system(),
                        10),
                new ConnectionTotals(),
                InputMemory.unbounded(),
                renewals,
                new ClientPublications(
                        hub,
                        new Json(8),
                        new PublishOnce(
                                new IdempotentAnswers(10, Duration.ofMinutes(1), Ticker.system()),
                                hub::remember,
                                new AnswerQueue(answering)))));
        server.setHandler(router);
        hub.start();
        server.start();
    }

    int port() {
        return connector.getLocalPort();
    }

    /** Registers a client for cats that is kept for so long; the secret of its id. */
    String register(Duration keep) {
        return register(keep, Permissions.EVERYTHING);
    }

    String register(Duration keep, Permissions permissions) {
        Client client = new Client(ClientId.random(), Optional.of(new UserId("1")), keep, permissions);
        hub.register(client, Set.of(CATS));
        return client.id().secret();
    }

    /** Publishes to cats. */
    void publish(String text) {
        hub.publish(
                new Message(CATS, Optional.empty(), Text.of(text)),
                Optional.empty(),
                HandedOver.to((id, queued) -> {}));
    }

    void stop() throws Exception {
        server.stop();
        hub.stop();
    }
}
