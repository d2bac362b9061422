package relay.bench;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * A relay under load.
 *
 * @param host as a {@code Host} header names it
 * @param port its port
 * @param path what comes before {@code /register}; empty, or with a leading slash and none at the end
 * @param keys the API keys that it is shown
 */
record Target(String host, int port, String path, Keys keys) {
    private static final int DEFAULT_PORT = 80;

    /** The relay at a URL, or empty unless that is {@code http://host[:port][/path]}. */
    static Optional<Target> of(URI url, Keys keys) {
        if (!"http".equalsIgnoreCase(url.getScheme())
                || url.getHost() == null
                || url.getRawQuery() != null
                || url.getRawFragment() != null) {
            return Optional.empty();
        }
        String path = url.getRawPath() == null ? "" : url.getRawPath().replaceFirst("/+$", "");
        return Optional.of(new Target(url.getHost(), url.getPort() < 0 ? DEFAULT_PORT : url.getPort(), path, keys));
    }

    /** A relay on this machine that takes no keys. */
    static Target local(int port) {
        return new Target("127.0.0.1", port, "", Keys.NONE);
    }

    /** Where to connect to. */
    InetSocketAddress address() throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByName(host), port);
    }

    /** The request line and the headers that each request has; the empty line is still to come. */
    String requestHead(String method, String resource) {
        return method + " " + path + resource + " HTTP/1.1\r\nHost: " + host + ":" + port + "\r\n"
                + keys.header(resource);
    }

    @Override
    public String toString() {
        return "http://" + host + ":" + port + path;
    }
}
