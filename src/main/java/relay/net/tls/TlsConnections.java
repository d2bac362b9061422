package relay.net.tls;

import java.time.Duration;
import java.time.InstantSource;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.InvalidInputException;
import relay.schedule.Background;
import relay.schedule.Periodic;
import relay.schedule.Ticker;
import relay.schedule.WatchedScheduler;

/** Makes a port speak TLS, in front of HTTP/1.1. Jetty's threads call it; while it is started, it has two of its own. */
public final class TlsConnections extends SslConnectionFactory {
    private static final Logger LOG = LoggerFactory.getLogger(TlsConnections.class);

    private static final Duration HANDSHAKE_LIMIT = Duration.ofSeconds(10);
    private static final Duration SWEEP_INTERVAL = Duration.ofSeconds(1);

    private final Identity identity;
    private final Reload reload;
    private final HandshakeLimit handshakes;
    private final Background watching;

    private TlsConnections(
            TlsFiles files,
            TlsFiles.Contents contents,
            Identity identity,
            Duration reloadInterval,
            Ticker ticker,
            InstantSource clock) {
        super(SslContexts.of(identity), HttpVersion.HTTP_1_1.asString());
        this.identity = identity;
        this.reload = new Reload(files, getSslContextFactory(), contents, identity, clock);
        this.handshakes = new HandshakeLimit(HANDSHAKE_LIMIT, ticker);
        addBean(handshakes);
        Scheduler timer = new WatchedScheduler("tls");
        addBean(timer);
        // A disk that hangs is not to keep slow handshakes alive.
        this.watching = new Background("tls-files", () -> reload.check(reloadInterval));
        addBean(watching);
        addBean(new Periodic(timer, SWEEP_INTERVAL, handshakes::sweep));
    }

    /**
     * Reads the files.
     *
     * @param reloadInterval how often to look whether they have changed
     * @param ticker for how long handshakes may take
     * @param clock for the dates of certificates
     * @throws InvalidInputException if they do not hold what they should
     */
    public static TlsConnections of(TlsFiles files, Duration reloadInterval, Ticker ticker, InstantSource clock) {
        TlsFiles.Contents contents = files.read();
        Identity identity = Identity.of(contents);
        SslContexts.tryOut(identity);
        return new TlsConnections(files, contents, identity, reloadInterval, ticker, clock);
    }

    /** Has the files read again soon, and does not wait for that. */
    public void readAgain() {
        watching.hurry();
    }

    @Override
    protected void doStart() throws Exception {
        LOG.info("TLS: the certificate is {}", identity);
        reload.checkDates();
        super.doStart();
    }

    @Override
    protected SslConnection newSslConnection(Connector connector, EndPoint endPoint, SSLEngine engine) {
        handshakes.begins(engine, endPoint);
        return super.newSslConnection(connector, endPoint, engine);
    }
}
