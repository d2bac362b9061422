package relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.HostPort;
import org.eclipse.jetty.websocket.core.WebSocketComponents;
import org.eclipse.jetty.websocket.core.server.WebSocketServerComponents;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.access.Access;
import relay.access.Hosts;
import relay.access.Origins;
import relay.client.ClientRegistry;
import relay.client.InputMemory;
import relay.client.Room;
import relay.console.Console;
import relay.engine.Engine;
import relay.engine.Outbox;
import relay.eventstream.EventStreams;
import relay.eventstream.StreamRefusal;
import relay.hook.HookSender;
import relay.http.Cors;
import relay.http.Dispatch;
import relay.http.HostCheck;
import relay.http.OriginCheck;
import relay.http.ProblemHandler;
import relay.http.Router;
import relay.http.Servlets;
import relay.hub.Admission;
import relay.hub.DirectClients;
import relay.hub.Hub;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.metrics.MetricsPage;
import relay.net.Descriptors;
import relay.net.ForwardedConnectionLimit;
import relay.net.proxy.ForwardedCustomizer;
import relay.net.tls.TlsConnectionFactory;
import relay.outbound.ConnectionTotals;
import relay.publish.IdempotentAnswers;
import relay.publish.PublishOnce;
import relay.schedule.AnswerQueue;
import relay.schedule.Periodic;
import relay.schedule.Ticker;
import relay.settings.Settings;
import relay.websocket.ClientPublications;
import relay.websocket.SocketRefusal;
import relay.websocket.TokenRenewals;
import relay.websocket.WebSocketUpgrade;

/** The wiring: one relay, from the registry to the port. Started and stopped once, by one thread. */
final class RelayServer {
    private static final Logger LOG = LoggerFactory.getLogger(RelayServer.class);

    /** How often to look whether the certificate or a key has changed. */
    private static final Duration TLS_RELOAD_INTERVAL = Duration.ofSeconds(2);

    private static final Duration BUFFERS_TRIM = Duration.ofMinutes(1);

    private final Settings settings;
    private final Access access;
    private final Optional<TlsConnectionFactory> tls;
    private final JettyServer jetty;
    private final Hub hub;
    private final Optional<HookSender> hook;
    private final Admission admission;

    /** Set by the thread that starts it, once there is something to drain; read by that of a signal. */
    private volatile boolean serves;

    RelayServer(Settings settings, Ticker ticker, InstantSource clock) {
        this(settings, ticker, clock, InetAddress::isLoopbackAddress);
    }

    /**
     * Makes all of it.
     *
     * @param exempt addresses that stand for many clients, so that no limit for one address is for them; nor for trusted proxies
     * @throws InvalidInputException if a file that a flag names cannot be used, or does not hold what it should
     */
    RelayServer(Settings settings, Ticker ticker, InstantSource clock, Predicate<InetAddress> exempt) {
        this.settings = settings;
        Cores cores = Cores.available();
        access = PartOptions.access(settings).open(ticker, clock);
        tls = PartOptions.tls(settings)
                .map(files -> TlsConnectionFactory.of(files, TLS_RELOAD_INTERVAL, ticker, clock));
        Engine engine = PartOptions.engine(settings, clock);
        Predicate<InetAddress> notLimited = settings.trustedProxies()
                .map(proxies -> exempt.or(proxies::contains))
                .orElse(exempt);
        jetty = new JettyServer(settings, cores, tls, ticker, notLimited);
        Server server = jetty.server();
        access.background().forEach(server::addBean);

        // The hub, and who is let in.
        Room room = PartOptions.room(settings);
        ClientRegistry registry =
                new ClientRegistry(settings.maxRegistrations(), settings.maxRegistrationsPerUser(), room);
        Optional<Outbox> outbox = PartOptions.outbox(settings, engine, ticker, clock);
        hub = new Hub(PartOptions.fanOut(settings, cores), registry, ticker, clock, engine, jetty.threads(), outbox);
        admission = new Admission(hub, jetty.mostClients(), room);

        // The two wires.
        Json json = new Json(settings.maxJsonDepth());
        hook = outbox.flatMap(events -> PartOptions.hook(settings, events, json, ticker, clock));
        ConnectionTotals totals = new ConnectionTotals(PartOptions.queuesBytes(settings));
        server.addBean(new Periodic(server.getScheduler(), BUFFERS_TRIM, totals::trim));
        InputMemory inputs = PartOptions.inputs(settings);
        WebSocketComponents components = WebSocketServerComponents.ensureWebSocketComponents(server);
        DirectClients directClients = new DirectClients(access, ticker, settings.maxTopics());
        Executor afterBatches = jetty.answering(hub);
        AnswerQueue answers = new AnswerQueue(afterBatches);
        // Clients have keys of their own: they cannot push out those of backends.
        IdempotentAnswers ofBackends = PartOptions.idempotent(settings, ticker);
        IdempotentAnswers ofClients = PartOptions.idempotent(settings, ticker);
        ClientPublications publications =
                new ClientPublications(hub, json, new PublishOnce(ofClients, hub::remember, answers));
        TokenRenewals renewals =
                new TokenRenewals(access, hub.renewer(), ticker, clock, jetty.threads(), cores.tokenChecks());
        WebSocketUpgrade webSockets = new WebSocketUpgrade(
                components,
                hub,
                json,
                ticker,
                PartOptions.sockets(settings),
                admission,
                directClients,
                totals,
                inputs,
                renewals,
                publications);
        EventStreams eventStreams =
                new EventStreams(hub, json, ticker, admission, directClients, settings.queueBytes(), totals);

        // The servlets.
        Optional<String> name = PartOptions.relayName(settings);
        long mostBacklog = settings.publishQueueBytes();
        RelayMetrics metrics = new RelayMetrics(
                admission::open,
                registry::size,
                hub,
                mostBacklog,
                totals,
                inputs,
                publications,
                List.of(ofBackends, ofClients),
                name,
                PartOptions.dataMetrics(settings, engine),
                hook.map(sender -> new HookMetrics(sender, settings.hookQueue())));
        Origins origins = new Origins(settings.allowOrigin());
        OriginCheck originCheck = new OriginCheck(origins, settings.publicUrl());
        Servlets servlets = new Servlets(
                json,
                hub,
                admission,
                PartOptions.requests(settings, inputs),
                access,
                originCheck,
                new PublishOnce(ofBackends, hub::remember, answers),
                afterBatches,
                ticker,
                clock,
                settings.publicUrl(),
                name,
                hook);

        Handler.Sequence answering = new Handler.Sequence(webSockets, eventStreams);
        if (!settings.noConsole()) {
            answering.addHandler(new Console(settings.publicUrl()));
        }
        answering.addHandler(servlets.context(new MetricsPage(metrics::addTo)));
        StreamRefusal streamRefusal = new StreamRefusal(json);
        server.setErrorHandler(new ProblemHandler(
                json,
                (status, detail, request, response, callback) ->
                        streamRefusal.write(status, detail, request, response, callback)
                                || SocketRefusal.write(status, detail, request, response, callback)));
        server.setHandler(answering);
        // What a request passes before that, from the inside out: the last is the first that it meets.
        server.insertHandler(new Dispatch());
        server.insertHandler(new ForwardedConnectionLimit(jetty.connectionsOfAddress()));
        server.insertHandler(originCheck);
        server.insertHandler(PartOptions.addressLimits(settings, notLimited, ticker));
        server.insertHandler(new Router());
        server.insertHandler(Cors.handler(origins));
        if (settings.isOnLoopback()) {
            // What anybody on this machine may do is not for pages whose host name has been made to point to it.
            Hosts hosts = new Hosts(settings.publicUrl().map(URI::getHost));
            server.insertHandler(new HostCheck(hosts, ForwardedCustomizer::isForwarded));
        }
    }

    /**
     * Listens and serves.
     *
     * @throws IOException if the address cannot be listened on
     * @throws InvalidInputException if the directory for data cannot be used
     */
    void start() throws Exception {
        jetty.connector().open();
        // It may read a directory for seconds. Clients that connect meanwhile wait in the kernel.
        hub.start();
        if (hook.isPresent()) {
            hook.get().start();
        }
        serves = true;
        boolean fewDescriptors = jetty.mostClients() < settings.maxConnections();
        if (fewDescriptors) {
            Descriptors.touch();
        }
        jetty.server().start();
        if (fewDescriptors) {
            LOG.info(
                    "there are {} descriptors (ulimit -n): {} clients may be connected, fewer than --max-connections, {}",
                    Descriptors.most().orElse(0),
                    jetty.mostClients(),
                    settings.maxConnections());
        }
        LOG.info(
                "listening on {}://{}:{}",
                tls.isPresent() ? "https" : "http",
                HostPort.normalizeHost(settings.host()),
                port());
    }

    /** The port it listens on. */
    int port() {
        return jetty.connector().getLocalPort();
    }

    /** Has the files of keys, secrets and certificates, and the server of keys, read again soon. For any thread, at any time. */
    void readAgain() {
        access.readAgain();
        tls.ifPresent(TlsConnectionFactory::readAgain);
        hook.ifPresent(HookSender::readAgain);
    }

    /** Stops in order, within the drain time: see {@link Drain}. A relay that is about to start has nothing to stop. */
    void drainAndStop() throws Exception {
        if (!serves) {
            LOG.info("gone before it has started");
            return;
        }
        LOG.info(
                "going away: closing {} connections over {} s at most",
                admission.open(),
                settings.drain().toSeconds());
        new Drain(hub, admission, jetty.http(), jetty.connector()).within(settings.drain());
        stop();
        LOG.info("gone");
    }

    /** Stops at once. */
    void stop() throws Exception {
        // It has gone on during the drain, so that the backend hears what came of that; now the rest waits for the next
        // start.
        if (hook.isPresent()) {
            hook.get().stop();
        }
        hub.stop();
        jetty.server().stop();
    }
}
