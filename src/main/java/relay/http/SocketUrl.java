package relay.http;

import java.net.URI;
import java.util.Optional;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.HostPort;
import relay.uri.Route;

/** The URLs of sockets, and the origin of pages at the same place. */
final class SocketUrl {
    private SocketUrl() {}

    static String of(Optional<URI> publicUrl, Request request, String id) {
        return base(publicUrl, request) + Route.WEB_SOCKET.path(id);
    }

    /** The public URL or, without one, the host and port that the request was sent to. */
    static String base(Optional<URI> publicUrl, Request request) {
        return publicUrl.map(SocketUrl::base).orElseGet(() -> base(request));
    }

    /** The origin (RFC 6454) of pages at the public URL. */
    static String origin(URI publicUrl) {
        boolean secure = isSecure(publicUrl);
        return (secure ? "https://" : "http://") + authority(publicUrl.getHost(), publicUrl.getPort(), secure);
    }

    /** The origin of pages at the place that the request was sent to. */
    static String origin(Request request) {
        return (request.isSecure() ? "https://" : "http://") + authority(request);
    }

    private static String base(URI publicUrl) {
        String path = publicUrl.getRawPath();
        return (isSecure(publicUrl) ? "wss://" : "ws://") + publicUrl.getRawAuthority() + path.replaceAll("/+$", "");
    }

    private static String base(Request request) {
        return (request.isSecure() ? "wss://" : "ws://") + authority(request);
    }

    private static boolean isSecure(URI publicUrl) {
        String scheme = publicUrl.getScheme();
        return scheme.equalsIgnoreCase("https") || scheme.equalsIgnoreCase("wss");
    }

    private static String authority(Request request) {
        return authority(
                HostPort.normalizeHost(Request.getServerName(request)),
                Request.getServerPort(request),
                request.isSecure());
    }

    private static String authority(String host, int port, boolean secure) {
        boolean usual = port < 0 || port == (secure ? 443 : 80);
        return host + (usual ? "" : ":" + port);
    }
}
