package relay.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * A relay under load. Immutable, for any thread.
 *
 * @param url {@code http} or {@code https}, without a slash at its end
 * @param key what registering and publishing show; empty: nothing
 * @param token what subscribers show, who then connect without being registered; empty: they register
 * @param tls whom it trusts; empty: it is {@code http}
 */
record Target(URI url, Optional<String> key, Optional<String> token, Optional<SSLContext> tls) {
    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    /**
     * The relay at a URL; empty unless that is {@code http[s]://host[:port][/path]}.
     *
     * @param trusted the certificates, in PEM, that {@code https} trusts; empty: those that Java trusts
     * @throws IOException if that file has none
     */
    static Optional<Target> at(URI url, Optional<String> key, Optional<String> token, Optional<Path> trusted)
            throws IOException {
        if (!("http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme()))
                || url.getHost() == null
                || url.getRawQuery() != null
                || url.getRawFragment() != null) {
            return Optional.empty();
        }
        String path = url.getRawPath() == null ? "" : url.getRawPath().replaceFirst("/+$", "");
        boolean secure = "https".equalsIgnoreCase(url.getScheme());
        int port = url.getPort() >= 0 ? url.getPort() : secure ? HTTPS : HTTP;
        URI clean = URI.create((secure ? "https://" : "http://") + url.getHost() + ":" + port + path);
        Optional<SSLContext> tls = secure ? Optional.of(trusting(trusted)) : Optional.empty();
        return Optional.of(new Target(clean, key, token, tls));
    }

    boolean isSecure() {
        return tls.isPresent();
    }

    /** Where to connect to. */
    InetSocketAddress address() throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByName(url.getHost()), url.getPort());
    }

    /** A socket that is connected, and by TLS if the relay wants that; reading from it blocks for as long at most. */
    Socket connect(int timeoutMillis) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(address(), timeoutMillis);
            socket.setSoTimeout(timeoutMillis);
            socket.setTcpNoDelay(true);
            return tls.isPresent() ? secured(socket, tls.get()) : socket;
        } catch (IOException e) {
            socket.close();
            throw new IOException("cannot connect to " + this + ": " + e.getMessage(), e);
        }
    }

    private Socket secured(Socket plain, SSLContext context) throws IOException {
        SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(plain, url.getHost(), url.getPort(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    /** The request line and the headers that each request has; the empty line is still to come. */
    String requestHead(String method, String resource) {
        Optional<String> credential = method.equals("GET") ? token : key;
        return method + " " + url.getRawPath() + resource + " HTTP/1.1\r\nHost: " + url.getRawAuthority() + "\r\n"
                + credential
                        .map(shown -> "Authorization: Bearer " + shown + "\r\n")
                        .orElse("");
    }

    /** Without the key and the token, which are secret. */
    @Override
    public String toString() {
        return url.toString();
    }

    private static SSLContext trusting(Optional<Path> pemFile) throws IOException {
        try {
            if (pemFile.isEmpty()) {
                return SSLContext.getDefault();
            }
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            try (InputStream pem = Files.newInputStream(pemFile.get())) {
                for (Certificate certificate :
                        CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                    trusted.setCertificateEntry("trusted" + trusted.size(), certificate);
                }
            }
            if (trusted.size() == 0) {
                throw new CertificateException("it is empty");
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    pemFile.map(file -> file + " has no certificate in PEM: ").orElse("") + e.getMessage(), e);
        }
    }
}
