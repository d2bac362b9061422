package relay.net.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import relay.message.InvalidInputException;

/**
 * The relay's certificate and key, and the CAs of its clients. With them it speaks TLS 1.2 and 1.3, with forward secrecy and
 * authenticated encryption only (as RFC 9325 §4.2 asks).
 *
 * @param chain the certificate of the key, then those of its issuers
 * @param clientCas the issuers of the clients' certificates; empty: clients need none
 */
record Identity(PrivateKey key, List<X509Certificate> chain, List<X509Certificate> clientCas) {
    private static final String[] CIPHER_SUITES = {
        "TLS_AES_.*", "TLS_CHACHA20_.*", "TLS_ECDHE_.*_GCM_.*", "TLS_ECDHE_.*_CHACHA20_.*"
    };

    /** The key store is never written anywhere, but must have a password. */
    private static final String PASSWORD = "in memory only";

    /** @throws InvalidInputException if a file does not hold what it should, or the key is not the certificate's */
    static Identity of(TlsFiles.Contents files) {
        List<X509Certificate> chain = Certificates.chainOf(files.certificate());
        PrivateKey key = PrivateKeys.of(files.key(), chain.get(0).getPublicKey(), files.certificate());
        return new Identity(key, chain, files.clientCa().map(Certificates::of).orElse(List.of()));
    }

    X509Certificate certificate() {
        return chain.get(0);
    }

    /** What is wrong with the dates of its certificates, if anything. */
    Optional<String> outOfDate(Instant now) {
        return chain.stream()
                .flatMap(certificate -> outOfDate(certificate, now))
                .findFirst();
    }

    private static Stream<String> outOfDate(X509Certificate certificate, Instant now) {
        Instant from = certificate.getNotBefore().toInstant();
        Instant until = certificate.getNotAfter().toInstant();
        if (now.isBefore(from)) {
            return Stream.of(certificate.getSubjectX500Principal() + " is not valid before " + from);
        }
        return now.isAfter(until)
                ? Stream.of(certificate.getSubjectX500Principal() + " expired on " + until)
                : Stream.empty();
    }

    /** A context for the port, not started yet. */
    SslContextFactory.Server newContext() {
        SslContextFactory.Server context = new SslContextFactory.Server();
        context.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        context.setIncludeCipherSuites(CIPHER_SUITES);
        context.setRenegotiationAllowed(false);
        context.setNeedClientAuth(!clientCas.isEmpty());
        giveTo(context);
        return context;
    }

    /** @throws InvalidInputException if no context can be made of it */
    void tryOut() {
        SslContextFactory.Server context = newContext();
        try {
            context.start();
            context.newSSLEngine();
            context.stop();
        } catch (Exception e) {
            throw new InvalidInputException("--tls-cert and --tls-key: the Java runtime cannot serve with them: " + e);
        }
    }

    /** Puts it into a TLS context. */
    void giveTo(SslContextFactory context) {
        try {
            KeyStore keys = emptyStore();
            keys.setKeyEntry("relay", key, PASSWORD.toCharArray(), chain.toArray(X509Certificate[]::new));
            context.setKeyStore(keys);
            context.setKeyStorePassword(PASSWORD);
            if (!clientCas.isEmpty()) {
                KeyStore trusted = emptyStore();
                for (int i = 0; i < clientCas.size(); i++) {
                    trusted.setCertificateEntry("ca" + i, clientCas.get(i));
                }
                context.setTrustStore(trusted);
            }
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /** Not its key. */
    @Override
    public String toString() {
        return "%s, valid until %s"
                .formatted(
                        certificate().getSubjectX500Principal(),
                        certificate().getNotAfter().toInstant());
    }
}
