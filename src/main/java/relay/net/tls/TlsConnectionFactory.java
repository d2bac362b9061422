package relay.net.tls;

import java.time.Duration;
import java.time.InstantSource;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.InvalidInputException;
import relay.schedule.Background;
import relay.schedule.Periodic;
import relay.schedule.Ticker;

/** Makes a port speak TLS, in front of HTTP/1.1. Jetty's threads run it; while it is started, it has one of its own. */
public final class TlsConnectionFactory extends SslConnectionFactory {
    private static final Logger LOG = LoggerFactory.getLogger(TlsConnectionFactory.class);

    private static final Duration HANDSHAKE_LIMIT = Duration.ofSeconds(10);
    private static final Duration SWEEP_INTERVAL = Duration.ofSeconds(1);

    private final Identity identity;
    private final CertificateReload reload;
    private final HandshakeTimeout handshakes;
    private final Background watching;

    private TlsConnectionFactory(
            TlsFiles files,
            TlsFiles.Contents contents,
            Identity identity,
            Duration reloadInterval,
            Ticker ticker,
            InstantSource clock) {
        super(identity.newContext(), HttpVersion.HTTP_1_1.asString());
        this.identity = identity;
        this.reload = new CertificateReload(files, getSslContextFactory(), contents, identity, clock);
        this.handshakes = new HandshakeTimeout(HANDSHAKE_LIMIT, ticker);
        addBean(handshakes);
        this.watching = new Background("tls-files", () -> reload.check(reloadInterval));
        addBean(watching);
    }

    /**
     * Reads the files.
     *
     * @param reloadInterval how often to check whether they have changed
     * @param ticker measures how long handshakes take
     * @param clock for the dates of certificates
     * @throws InvalidInputException if they do not hold what they should
     */
    public static TlsConnectionFactory of(TlsFiles files, Duration reloadInterval, Ticker ticker, InstantSource clock) {
        TlsFiles.Contents contents = files.read();
        Identity identity = Identity.of(contents);
        identity.tryOut();
        return new TlsConnectionFactory(files, contents, identity, reloadInterval, ticker, clock);
    }

    /** Has the files read again soon, and does not wait for that. */
    public void readAgain() {
        watching.hurry();
    }

    @Override
    public void configure(Connector connector) {
        super.configure(connector);
        addBean(new Periodic(connector.getScheduler(), SWEEP_INTERVAL, handshakes::sweep));
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
