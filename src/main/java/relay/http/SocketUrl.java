package relay.http;

import java.net.URI;
import java.util.Optional;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.HostPort;

/** The URL that a client connects to. */
final class SocketUrl {
    private SocketUrl() {}

    static String of(Optional<URI> publicUrl, Request request, String id) {
        return base(publicUrl, request) + "/ws/" + id;
    }

    /** The public URL where there is one, else the host and port that the request was sent to. */
    static String base(Optional<URI> publicUrl, Request request) {
        return publicUrl.map(SocketUrl::base).orElseGet(() -> base(request));
    }

    private static String base(URI publicUrl) {
        String scheme = publicUrl.getScheme();
        boolean secure = scheme.equalsIgnoreCase("https") || scheme.equalsIgnoreCase("wss");
        String path = publicUrl.getRawPath();
        return (secure ? "wss://" : "ws://") + publicUrl.getRawAuthority() + path.replaceAll("/+$", "");
    }

    private static String base(Request request) {
        boolean secure = request.isSecure();
        int port = Request.getServerPort(request);
        boolean usual = port == (secure ? 443 : 80);
        return (secure ? "wss://" : "ws://")
                + HostPort.normalizeHost(Request.getServerName(request))
                + (usual ? "" : ":" + port);
    }
}
