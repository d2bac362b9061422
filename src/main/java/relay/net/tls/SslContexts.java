package relay.net.tls;

import org.eclipse.jetty.util.ssl.SslContextFactory;
import relay.message.InvalidInputException;

/** What is spoken: TLS 1.2 and 1.3, with forward secrecy and authenticated encryption only (as RFC 9325 §4.2 asks). */
final class SslContexts {
    private static final String[] CIPHER_SUITES = {
        "TLS_AES_.*", "TLS_CHACHA20_.*", "TLS_ECDHE_.*_GCM_.*", "TLS_ECDHE_.*_CHACHA20_.*"
    };

    private SslContexts() {}

    /** A context for the port, not started yet. */
    static SslContextFactory.Server of(Identity identity) {
        SslContextFactory.Server context = new SslContextFactory.Server();
        context.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        context.setIncludeCipherSuites(CIPHER_SUITES);
        context.setRenegotiationAllowed(false);
        context.setNeedClientAuth(!identity.clientCas().isEmpty());
        identity.giveTo(context);
        return context;
    }

    /** @throws InvalidInputException if no context can be made of it */
    static void tryOut(Identity identity) {
        SslContextFactory.Server context = of(identity);
        try {
            context.start();
            context.newSSLEngine();
            context.stop();
        } catch (Exception e) {
            throw new InvalidInputException("--tls-cert and --tls-key: the Java runtime cannot serve with them: " + e);
        }
    }
}
