package relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http.UriCompliance.Violation;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.CrossOriginHandler;
import org.eclipse.jetty.util.HostPort;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.Scheduler;
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
import relay.eventstream.EventStreams;
import relay.eventstream.StreamRefusal;
import relay.http.Cors;
import relay.http.Dispatch;
import relay.http.HostCheck;
import relay.http.IdempotentAnswers;
import relay.http.OriginCheck;
import relay.http.ProblemHandler;
import relay.http.RequestLimits;
import relay.http.Router;
import relay.http.Servlets;
import relay.hub.Admission;
import relay.hub.Hub;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.metrics.MetricsPage;
import relay.net.AddressCount;
import relay.net.AddressLimits;
import relay.net.AddressRate;
import relay.net.ConnectionLimit;
import relay.net.Descriptors;
import relay.net.ForwardedConnections;
import relay.net.HttpTimes;
import relay.net.LeanConnector;
import relay.net.NonBlockingServer;
import relay.net.TimedHttpConnectionFactory;
import relay.net.WatchedBuffers;
import relay.net.WatchedRequests;
import relay.net.WatchedThreads;
import relay.net.proxy.ProxiedRequests;
import relay.net.proxy.TrustedProxies;
import relay.net.tls.TlsConnections;
import relay.outbound.ConnectionTotals;
import relay.schedule.Periodic;
import relay.schedule.Ticker;
import relay.schedule.WatchedScheduler;
import relay.settings.Settings;
import relay.websocket.WebSocketUpgrade;

/** The wiring: one relay, from the registry to the port. Started and stopped once, by one thread. */
final class RelayServer {
    private static final Logger LOG = LoggerFactory.getLogger(RelayServer.class);

    /** As many as Jetty has by itself. */
    private static final int MOST_THREADS = 200;

    private static final int FEWEST_THREADS = 8;

    private static final int IDLE_THREADS_GONE_AT_ONCE = 100;

    /** Sockets beyond {@code --max-connections}: further ones wait in the kernel until one is closed. */
    private static final int HTTP_CONNECTIONS = 1024;

    /** How often to look whether the certificate or a key has changed. */
    private static final Duration TLS_RELOAD_INTERVAL = Duration.ofSeconds(2);

    private static final Duration BUFFERS_TRIM = Duration.ofMinutes(1);

    private final Settings settings;
    private final Ticker ticker;
    private final Access access;
    private final Hub hub;
    private final Admission admission;
    private final Server server;
    private final TrustedProxies trustedProxies;
    private final Optional<TlsConnections> tls;
    private final TimedHttpConnectionFactory http;
    private final LeanConnector connector;
    private final int mostClients;

    RelayServer(Settings settings, Ticker ticker, InstantSource clock) {
        this(settings, ticker, clock, InetAddress::isLoopbackAddress);
    }

    /**
     * Makes all of it.
     *
     * @param exempt addresses that stand for many, which no limit for one address is for; trusted proxies do anyway
     * @throws InvalidInputException if a file that a flag names cannot be used, or does not hold what it should
     */
    RelayServer(Settings settings, Ticker ticker, InstantSource clock, Predicate<InetAddress> exempt) {
        this.settings = settings;
        this.ticker = ticker;
        this.access = PartOptions.access(settings).open(ticker, clock);
        trustedProxies = settings.trustedProxies().orElse(TrustedProxies.NONE);
        tls = PartOptions.tls(settings).map(files -> TlsConnections.of(files, TLS_RELOAD_INTERVAL, ticker, clock));
        Predicate<InetAddress> notLimited = exempt.or(trustedProxies::contains);
        Json json = new Json(settings.maxJsonDepth());
        Room room = PartOptions.room(settings);
        ClientRegistry registry =
                new ClientRegistry(settings.maxRegistrations(), settings.maxRegistrationsPerUser(), room);
        Origins origins = new Origins(settings.allowOrigin());
        // With a queue of its own it would start the JVM's management for the size of a cache line.
        QueuedThreadPool threads = new WatchedThreads(MOST_THREADS, FEWEST_THREADS, new LinkedBlockingQueue<>());
        threads.setName("http");
        // By itself it lets one thread go in a minute, and what a burst needed would stay for hours.
        threads.setMaxEvictCount(IDLE_THREADS_GONE_AT_ONCE);
        hub = new Hub(PartOptions.hub(settings), registry, ticker, clock, PartOptions.engine(settings), threads);
        Scheduler scheduler = new WatchedScheduler("scheduler");
        ByteBufferPool buffers = new WatchedBuffers();
        server = tls.isPresent()
                ? new Server(threads, scheduler, buffers)
                : new NonBlockingServer(threads, scheduler, buffers);
        access.background().forEach(server::addBean);
        http = http();
        connector = connector();
        AddressCount addressConnections = new AddressCount(settings.maxConnectionsPerAddress(), notLimited);
        connector.addBean(new ConnectionLimit(addressConnections));
        server.addConnector(connector);
        OptionalLong descriptors = Descriptors.left();
        mostClients = Descriptors.connections(settings.maxConnections(), HTTP_CONNECTIONS, descriptors);
        server.addBean(new NetworkConnectionLimit(mostSockets(mostClients, descriptors), connector));
        server.setErrorHandler(new ProblemHandler(json, new StreamRefusal(json)::write));
        WebSocketComponents components = WebSocketServerComponents.ensureWebSocketComponents(server);
        admission = new Admission(hub, mostClients, room);
        ConnectionTotals totals = new ConnectionTotals(PartOptions.queuesBytes(settings));
        server.addBean(new Periodic(server.getScheduler(), BUFFERS_TRIM, totals::trim));
        InputMemory inputs = PartOptions.inputs(settings);
        WebSocketUpgrade webSockets = new WebSocketUpgrade(
                components, hub, json, ticker, PartOptions.sockets(settings), admission, totals, inputs);
        EventStreams eventStreams = new EventStreams(hub, json, ticker, admission, settings.queueBytes(), totals);
        IdempotentAnswers idempotent =
                new IdempotentAnswers(settings.idempotencyKeys(), settings.idempotencyTtl(), ticker);
        Optional<String> name = PartOptions.relayName(settings);
        long mostBacklog = settings.publishQueueBytes();
        RelayMetrics metrics =
                new RelayMetrics(admission::open, registry::size, hub, mostBacklog, totals, inputs, idempotent, name);
        CrossOriginHandler crossOrigin = Cors.handler(origins);
        AddressLimits addressLimits = new AddressLimits(
                new AddressRate(settings.maxHandshakesPerSecond(), notLimited),
                new AddressRate(settings.maxRegistrationsPerSecond(), notLimited),
                ticker);
        OriginCheck originCheck = new OriginCheck(origins, settings.publicUrl());
        Router router = new Router();
        Dispatch dispatch = new Dispatch();
        ForwardedConnections forwarded = new ForwardedConnections(addressConnections);
        Handler.Sequence answering = new Handler.Sequence(webSockets, eventStreams);
        if (!settings.noConsole()) {
            answering.addHandler(new Console(settings.publicUrl()));
        }
        RequestLimits limits = new RequestLimits(
                settings.maxBodyBytes(), inputs, settings.maxTopics(), settings.maxKeep(), settings.maxConfirm());
        Servlets servlets = new Servlets(
                json,
                hub,
                limits,
                access,
                originCheck,
                idempotent,
                answering(),
                ticker,
                clock,
                settings.publicUrl(),
                name);
        answering.addHandler(servlets.context(new MetricsPage(metrics::addTo)));
        dispatch.setHandler(answering);
        forwarded.setHandler(dispatch);
        originCheck.setHandler(forwarded);
        addressLimits.setHandler(originCheck);
        router.setHandler(addressLimits);
        crossOrigin.setHandler(router);
        WatchedRequests watched = new WatchedRequests();
        watched.setHandler(settings.isOnLoopback() ? checkingHosts(crossOrigin) : crossOrigin);
        server.setHandler(watched);
    }

    /**
     * Listens and serves.
     *
     * @throws IOException if the address cannot be listened on
     */
    void start() throws Exception {
        connector.open();
        hub.start();
        boolean fewDescriptors = mostClients < settings.maxConnections();
        if (fewDescriptors) {
            Descriptors.touch();
        }
        server.start();
        if (fewDescriptors) {
            LOG.info(
                    "there are {} descriptors (ulimit -n): {} clients may be connected, fewer than --max-connections, {}",
                    Descriptors.most().orElse(0),
                    mostClients,
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
        return connector.getLocalPort();
    }

    /** Has the files of keys and certificates, and the server of keys, read again soon. For any thread, at any time. */
    void readAgain() {
        access.readAgain();
        tls.ifPresent(TlsConnections::readAgain);
    }

    /** Stops in order, within the drain time: see {@link Departure}. */
    void drainAndStop() throws Exception {
        LOG.info(
                "going away: closing {} connections over {} s at most",
                admission.open(),
                settings.drain().toSeconds());
        new Departure(hub, admission, http, connector).leaveWithin(settings.drain());
        stop();
        LOG.info("gone");
    }

    /** Stops at once. */
    void stop() throws Exception {
        hub.stop();
        server.stop();
    }

    /** Beside the clients' connections there is room for those who publish, and for a 503. */
    private static int mostSockets(int mostClients, OptionalLong descriptors) {
        long sockets = Math.min((long) mostClients + HTTP_CONNECTIONS, Descriptors.sockets(descriptors));
        return (int) Math.min(sockets, Integer.MAX_VALUE);
    }

    /**
     * Where publishers are told what became of their messages. On few cores, where one thread selects, by it if it is busy,
     * since it reads what they send next, and else by the worker, so that no other need be woken. On more cores the worker
     * has better things to do, and one thread that selects would have all the answers; over TLS each is to be encrypted.
     */
    private Executor answering() {
        if (tls.isEmpty() && connector.getSelectorManager().getSelectorCount() == 1) {
            return hub.afterBatches(connector.selecting());
        }
        QueuedThreadPool answers = new WatchedThreads(1, 1, new LinkedBlockingQueue<>());
        answers.setReservedThreads(0);
        answers.setName("answers");
        server.addBean(answers);
        return answers;
    }

    private TimedHttpConnectionFactory http() {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(settings.maxHeaderBytes());
        // A topic in a path may hold any character: the servlets decode the path that was sent, never Jetty's decoded
        // one.
        http.setUriCompliance(UriCompliance.RFC3986.with(
                "topics",
                Violation.AMBIGUOUS_PATH_SEPARATOR,
                Violation.AMBIGUOUS_PATH_ENCODING,
                Violation.SUSPICIOUS_PATH_CHARACTERS));
        http.setHttpCompliance(HttpCompliance.STRICT);
        tls.ifPresent(secure -> http.addCustomizer(new SecureRequestCustomizer(false)));
        if (!trustedProxies.isEmpty()) {
            http.addCustomizer(new ProxiedRequests(trustedProxies));
        }
        HttpTimes times = new HttpTimes(settings.headerTimeout(), settings.bodyTimeout(), settings.httpIdleTimeout());
        return new TimedHttpConnectionFactory(http, ticker, times);
    }

    private LeanConnector connector() {
        LeanConnector result = tls.map(secure -> new LeanConnector(server, secure, http))
                .orElseGet(() -> new LeanConnector(server, http));
        result.setHost(settings.host());
        result.setPort(settings.port());
        result.setReuseAddress(true);
        result.setAcceptQueueSize(4096);
        result.setIdleTimeout(http.times().silence().toMillis());
        // Jetty's own is a second: less than a request may take whose answer is awaited.
        result.setShutdownIdleTimeout(result.getIdleTimeout());
        return result;
    }

    /** What everybody on this machine may do is not for pages whose host name has been made to point to it. */
    private HostCheck checkingHosts(Handler handler) {
        Hosts hosts = new Hosts(settings.publicUrl().map(URI::getHost));
        HostCheck check = new HostCheck(hosts, ProxiedRequests::isProxied);
        check.setHandler(handler);
        return check;
    }
}
