package relay.net.tls;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import relay.message.InvalidInputException;

/** Reads X.509 certificates. */
final class Certificates {
    private Certificates() {}

    /**
     * All certificates of a file, in order; at least one.
     *
     * @throws InvalidInputException if there is none, or one is damaged
     */
    static List<X509Certificate> of(PemFile file) {
        List<X509Certificate> certificates = new ArrayList<>();
        for (PemFile.Block block : file.blocks()) {
            if (block.label().equals("CERTIFICATE")) {
                certificates.add(certificate(file, block));
            }
        }
        if (certificates.isEmpty()) {
            throw file.wrong("holds no certificate: it takes PEM, with -----BEGIN CERTIFICATE-----");
        }
        return List.copyOf(certificates);
    }

    /**
     * The certificates of a file where each is followed by that of its issuer, as TLS sends them (RFC 8446 §4.4.2).
     *
     * @throws InvalidInputException also if they are in another order
     */
    static List<X509Certificate> chainOf(PemFile file) {
        List<X509Certificate> chain = of(file);
        for (int i = 1; i < chain.size(); i++) {
            if (!chain.get(i - 1).getIssuerX500Principal().equals(chain.get(i).getSubjectX500Principal())) {
                throw file.wrong("is not in order: it takes the server's certificate first, then each one's issuer; "
                        + "certificate " + (i + 1) + " (" + chain.get(i).getSubjectX500Principal()
                        + ") did not issue certificate " + i);
            }
        }
        return chain;
    }

    private static X509Certificate certificate(PemFile file, PemFile.Block block) {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(file.bytes(block)));
        } catch (CertificateException e) {
            throw file.wrong("is damaged: what it holds as a certificate is none");
        }
    }
}
