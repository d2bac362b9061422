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
 * Who the relay is, and whose clients it takes.
 *
 * @param chain the certificate of the key, then those of its issuers
 * @param clientCas who issues the certificates of clients; empty: clients show none
 */
record Identity(PrivateKey key, List<X509Certificate> chain, List<X509Certificate> clientCas) {
    /** The key store is never written anywhere, but has to have a password. */
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

    /** What is wrong with the times of its certificates, if anything. */
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

    /** Makes it what a TLS context uses. */
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
