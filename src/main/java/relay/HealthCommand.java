package relay;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.eclipse.jetty.util.HostPort;
import org.jspecify.annotations.Nullable;
import relay.message.Characters;
import relay.settings.Settings;

/**
 * {@code java -jar relay.jar health}: asks the relay that was started with the same settings whether it is ready. For container
 * images without a shell or {@code curl}. For one thread.
 */
record HealthCommand(PrintStream out, PrintStream err) {
    private static final int READY = 0;
    private static final int NOT_READY = 1;

    private static final int TIMEOUT_MILLIS = 4000;
    private static final int MOST_BYTES = 500;

    /** Prints one line, and returns the exit status: 0 or 1, since Docker reads others differently. */
    int run(Settings settings) {
        if (settings.port() == 0) {
            return notReady("with --port 0 only the relay's log says which port it has: choose one");
        }
        URI url = URI.create("%s://%s:%d/ready"
                .formatted(settings.tlsCert().isPresent() ? "https" : "http", host(settings.host()), settings.port()));
        try {
            HttpURLConnection connection = ask(url);
            int status = connection.getResponseCode();
            if (status == HttpURLConnection.HTTP_OK) {
                out.println("ready");
                return READY;
            }
            return notReady(url + " answers " + status + ": " + text(connection.getErrorStream()));
        } catch (IOException | GeneralSecurityException e) {
            return notReady(url + " cannot be asked: " + Characters.oneLine(e));
        }
    }

    private int notReady(String reason) {
        err.println("relay: not ready: " + reason);
        return NOT_READY;
    }

    private static HttpURLConnection ask(URI url) throws IOException, GeneralSecurityException {
        HttpURLConnection connection = (HttpURLConnection) url.toURL().openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        if (connection instanceof HttpsURLConnection secure) {
            // The certificate is for the name that clients use, and nothing secret is asked.
            SSLContext any = SSLContext.getInstance("TLS");
            any.init(null, new TrustManager[] {new TrustAny()}, null);
            secure.setSSLSocketFactory(any.getSocketFactory());
            secure.setHostnameVerifier((name, session) -> true);
        }
        return connection;
    }

    /** Where to ask: the loopback address if the relay listens on every address. */
    private static String host(String host) {
        try {
            return HostPort.normalizeHost(
                    InetAddress.getByName(host).isAnyLocalAddress()
                            ? InetAddress.getLoopbackAddress().getHostAddress()
                            : host);
        } catch (IOException e) {
            return host;
        }
    }

    private static String text(@Nullable InputStream body) throws IOException {
        if (body == null) {
            return "nothing";
        }
        try (body) {
            return Characters.oneLine(new String(body.readNBytes(MOST_BYTES), StandardCharsets.UTF_8));
        }
    }

    private static final class TrustAny implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
