package relay.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A self-signed certificate for localhost and its key, made by the JDK's keytool, in PEM files of their own. Certificates of one
 * name are the same all over a JVM, for it takes keytool a second to make one.
 */
public record TestCertificate(Path certificate, Path key, KeyStore store) {
    private static final String PASSWORD = "of the test";
    private static final String ALIAS = "relay";
    private static final Map<String, KeyStore> STORES = new ConcurrentHashMap<>();

    /** Writes them into a folder. */
    public static TestCertificate make(Path folder, String name) throws Exception {
        KeyStore store = STORES.computeIfAbsent(name, TestCertificate::store);
        return new TestCertificate(
                write(
                        folder.resolve(name + ".crt"),
                        "CERTIFICATE",
                        store.getCertificate(ALIAS).getEncoded()),
                write(
                        folder.resolve(name + ".key"),
                        "PRIVATE KEY",
                        store.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded()),
                store);
    }

    private static KeyStore store(String name) {
        try {
            Path file = Files.createTempDirectory("keytool").resolve("store.p12");
            ExternalProgram.run(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-keyalg",
                    "EC",
                    "-alias",
                    ALIAS,
                    "-dname",
                    "CN=" + name,
                    "-ext",
                    "SAN=dns:localhost,ip:127.0.0.1",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    file.toString(),
                    "-storepass",
                    PASSWORD);
            return KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
        } catch (IOException | GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static Path write(Path file, String label, byte[] bytes) throws IOException {
        return Files.writeString(
                file,
                "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END "
                        + label + "-----\n");
    }

    /** The flags of a relay that shows it, and others after them. */
    public String[] flags(String... more) {
        return Stream.concat(
                        Stream.of("--tls-cert", certificate.toString(), "--tls-key", key.toString()), Stream.of(more))
                .toArray(String[]::new);
    }

    /** Puts it where another one is, as a renewal does. */
    public void replace(TestCertificate other) throws IOException {
        Files.copy(certificate, other.certificate, StandardCopyOption.REPLACE_EXISTING);
        Files.copy(key, other.key, StandardCopyOption.REPLACE_EXISTING);
    }

    public Certificate x509() throws GeneralSecurityException {
        return store.getCertificate(ALIAS);
    }

    /** For clients that trust these servers, and show nothing. */
    public static SSLContext trusting(TestCertificate... servers) throws Exception {
        List<Certificate> trusted = new ArrayList<>();
        for (TestCertificate server : servers) {
            trusted.add(server.x509());
        }
        return context(null, trusted);
    }

    /** For clients that trust the first certificate in a PEM file. */
    public static SSLContext trusting(Path pemFile) throws Exception {
        String pem = Files.readString(pemFile);
        byte[] first = pem.substring(pem.indexOf("-----BEGIN CERTIFICATE-----")).getBytes(StandardCharsets.US_ASCII);
        try (InputStream in = new ByteArrayInputStream(first)) {
            return context(null, List.of(CertificateFactory.getInstance("X.509").generateCertificate(in)));
        }
    }

    /** For clients that trust this server, and show their own certificate. */
    public SSLContext shownBy(TestCertificate client) throws Exception {
        return context(client, List.of(x509()));
    }

    private static SSLContext context(TestCertificate client, List<Certificate> servers) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        for (Certificate server : servers) {
            trusted.setCertificateEntry("server" + trusted.size(), server);
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(client == null ? null : client.store, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}
