package relay.http;

import org.eclipse.jetty.server.Request;

/** Tells the requests that become connections of clients. */
final class Handshakes {
    private Handshakes() {}

    /** Whether it asks for a WebSocket or a stream of events, as far as its path tells. */
    static boolean is(Request request) {
        String path = request.getHttpURI().getCanonicalPath();
        return path != null && (path.startsWith("/ws/") || path.startsWith("/sse/"));
    }
}
