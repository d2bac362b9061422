package relay;

import java.net.InetAddress;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http.UriCompliance.Violation;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import relay.hub.Hub;
import relay.net.ConnectionsPerAddress;
import relay.net.Descriptors;
import relay.net.HttpTimeouts;
import relay.net.LeanConnector;
import relay.net.TimedHttpConnectionFactory;
import relay.net.WatchedServer;
import relay.net.proxy.ForwardedCustomizer;
import relay.net.tls.TlsConnectionFactory;
import relay.schedule.Rounds;
import relay.schedule.Ticker;
import relay.settings.Settings;

/**
 * Jetty as the relay needs it, before any handler: its threads, and the port with what may come in by it. Made once, by one thread.
 */
final class JettyServer {
    private static final int FEWEST_THREADS = 8;
    private static final int IDLE_THREADS_GONE_AT_ONCE = 100;

    /** Sockets beyond {@code --max-connections}: for publishers, and for a 503. Further ones wait in the kernel until one is closed. */
    private static final int HTTP_CONNECTIONS = 1024;

    private static final int ACCEPT_QUEUE = 4096;

    private final Settings settings;
    private final Cores cores;
    private final Optional<TlsConnectionFactory> tls;
    private final QueuedThreadPool threads;
    private final Server server;
    private final TimedHttpConnectionFactory http;
    private final LeanConnector connector;
    private final ConnectionsPerAddress connectionsOfAddress;
    private final int mostClients;

    /**
     * Makes it.
     *
     * @param tls speaks TLS on the port; empty: the port speaks plain HTTP
     * @param exempt the addresses that may have any number of connections
     */
    JettyServer(
            Settings settings,
            Cores cores,
            Optional<TlsConnectionFactory> tls,
            Ticker ticker,
            Predicate<InetAddress> exempt) {
        this.settings = settings;
        this.cores = cores;
        this.tls = tls;
        threads = newThreads();
        server = new WatchedServer(threads, tls.isPresent());
        HttpTimeouts times =
                new HttpTimeouts(settings.headerTimeout(), settings.bodyTimeout(), settings.httpIdleTimeout());
        http = new TimedHttpConnectionFactory(httpConfiguration(), ticker, times);
        connector = connector(times);
        server.addConnector(connector);
        connectionsOfAddress = new ConnectionsPerAddress(settings.maxConnectionsPerAddress(), exempt);
        connector.addBean(connectionsOfAddress);
        OptionalLong descriptors = Descriptors.left();
        mostClients = Descriptors.connections(settings.maxConnections(), HTTP_CONNECTIONS, descriptors);
        long mostSockets = Math.min((long) mostClients + HTTP_CONNECTIONS, Descriptors.sockets(descriptors));
        server.addBean(new NetworkConnectionLimit((int) Math.min(mostSockets, Integer.MAX_VALUE), connector));
    }

    private QueuedThreadPool newThreads() {
        QueuedThreadPool threads = WatchedServer.threads("http", cores.requestThreads(), FEWEST_THREADS);
        // By itself it lets one thread go in a minute, and what a burst needed would stay for hours.
        threads.setMaxEvictCount(IDLE_THREADS_GONE_AT_ONCE);
        return threads;
    }

    private HttpConfiguration httpConfiguration() {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setRequestHeaderSize(settings.maxHeaderBytes());
        // A topic in a path may hold any character: the servlets decode the path that was sent, never Jetty's decoded
        // one.
        configuration.setUriCompliance(UriCompliance.RFC3986.with(
                "topics",
                Violation.AMBIGUOUS_PATH_SEPARATOR,
                Violation.AMBIGUOUS_PATH_ENCODING,
                Violation.SUSPICIOUS_PATH_CHARACTERS));
        configuration.setHttpCompliance(HttpCompliance.STRICT);
        tls.ifPresent(secure -> configuration.addCustomizer(new SecureRequestCustomizer(false)));
        settings.trustedProxies().map(ForwardedCustomizer::new).ifPresent(configuration::addCustomizer);
        return configuration;
    }

    private LeanConnector connector(HttpTimeouts times) {
        LeanConnector made = tls.map(secure -> new LeanConnector(server, cores.selectors(), secure, http))
                .orElseGet(() -> new LeanConnector(server, cores.selectors(), http));
        made.setHost(settings.host());
        made.setPort(settings.port());
        made.setReuseAddress(true);
        made.setAcceptQueueSize(ACCEPT_QUEUE);
        made.setIdleTimeout(times.silence().toMillis());
        // Jetty's own is a second: less than a request may take whose answer is awaited.
        made.setShutdownIdleTimeout(made.getIdleTimeout());
        return made;
    }

    /** The server itself: it has no handler yet. */
    Server server() {
        return server;
    }

    /** Runs requests, and what else is short. */
    QueuedThreadPool threads() {
        return threads;
    }

    /** What a connection becomes that speaks HTTP. */
    TimedHttpConnectionFactory http() {
        return http;
    }

    /** The port. */
    LeanConnector connector() {
        return connector;
    }

    /** How many connections each address has. */
    ConnectionsPerAddress connectionsOfAddress() {
        return connectionsOfAddress;
    }

    /** How many clients may be connected at a time: as many as the settings say, or as there are descriptors for. */
    int mostClients() {
        return mostClients;
    }

    /**
     * Where publishers are told what became of their messages, and the hub's helpers. Whoever wrote the messages in a thread that selects
     * writes the answers there too. Else, on few cores, where one thread selects, it does if it is busy, since it reads what publishers
     * send next, and else the worker, so that no other thread is woken. On more cores the worker has better things to do, and one thread
     * that selects would have all the answers. Over TLS everything has to be encrypted, which is too much for a thread that selects.
     */
    Executor answering(Hub hub) {
        if (tls.isPresent()) {
            return answerThread();
        }
        Rounds rounds = connector.rounds();
        hub.helpedBy(rounds);
        Executor others = connector.getSelectorManager().getSelectorCount() == 1
                ? hub.afterBatches(connector.selecting())
                : answerThread();
        return answers -> {
            if (!rounds.atEnd(answers)) {
                others.execute(answers);
            }
        };
    }

    private Executor answerThread() {
        QueuedThreadPool answers = WatchedServer.threads("answers", 1, 1);
        answers.setReservedThreads(0);
        server.addBean(answers);
        return answers;
    }
}
