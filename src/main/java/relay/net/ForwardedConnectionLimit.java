package relay.net;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import relay.uri.Route;
import relay.uri.RoutedRequest;

/**
 * Limits how many sockets and streams each client of a trusted proxy has: one too many gets 429. A client that connects
 * directly has been counted as its connection was accepted. If it comes through a proxy, its address is known only from its
 * handshake; and the proxy may use one connection for many clients in turn, so it counts for a client only while it is that
 * client's socket. Jetty's threads run it.
 */
public final class ForwardedConnectionLimit extends Handler.Wrapper {
    private static final String RETRY_SECONDS = "10";

    private final ConnectionsPerAddress connections;

    /** @param connections counts the accepted connections too, so that one bound holds for both ways */
    public ForwardedConnectionLimit(ConnectionsPerAddress connections) {
        this.connections = connections;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        boolean isHandshake = RoutedRequest.of(request).route().rate() == Route.Rate.HANDSHAKES;
        Optional<InetAddress> client = isHandshake ? forwardedClient(request) : Optional.empty();
        if (client.isEmpty()) {
            return super.handle(request, response, callback);
        }
        if (connections.enter(client.get())) {
            Request.addCompletionListener(request, failure -> leaveAfter(request, failure == null, client.get()));
            return super.handle(request, response, callback);
        }
        connections.leave(client.get());
        response.getHeaders().put(HttpHeader.RETRY_AFTER, RETRY_SECONDS);
        Response.writeError(
                request,
                response,
                callback,
                HttpStatus.TOO_MANY_REQUESTS_429,
                "this address has as many connections as it may: close one of them first");
        return true;
    }

    /** A socket or a stream begins when its exchange has succeeded, and none of its code has run yet. */
    private void leaveAfter(Request request, boolean succeeded, InetAddress client) {
        if (succeeded && request.getAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE) instanceof Connection socket) {
            socket.addEventListener(new Connection.Listener() {
                @Override
                public void onClosed(Connection closed) {
                    connections.leave(client);
                }
            });
        } else {
            connections.leave(client);
        }
    }

    /** The client that a proxy names; empty if the request came directly. */
    private static Optional<InetAddress> forwardedClient(Request request) {
        ConnectionMetaData connection = request.getConnectionMetaData();
        Optional<InetAddress> peer =
                address(connection.getConnection().getEndPoint().getRemoteSocketAddress());
        return address(connection.getRemoteSocketAddress()).filter(client -> !peer.equals(Optional.of(client)));
    }

    private static Optional<InetAddress> address(SocketAddress address) {
        return address instanceof InetSocketAddress internet
                ? Optional.ofNullable(internet.getAddress())
                : Optional.empty();
    }
}
