package relay.websocket;

import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import relay.access.AccessDeniedException;
import relay.access.Credential;
import relay.outbound.CloseReason;
import relay.uri.ConnectQuery;
import relay.uri.RoutedRequest;

/**
 * Tells a web page why its WebSocket is refused. A browser hides the answer to a handshake that fails, but shows the code and the
 * reason of a close frame. So with {@code ?refuse=close} the handshake is accepted, and closed at once. Stateless, for any thread.
 */
public final class SocketRefusal {
    private SocketRefusal() {}

    /** Answers with a close frame if the client has asked for that and there is a close code for the status; otherwise returns false. */
    public static boolean write(int status, String detail, Request request, Response response, Callback callback) {
        Optional<CloseReason> reason = reason(status);
        if (reason.isEmpty()
                || !asksForClose(request)
                || Handshake.check(request).isPresent()) {
            return false;
        }
        response.getHeaders().remove(HttpHeader.RETRY_AFTER);
        response.getHeaders().remove(HttpHeader.WWW_AUTHENTICATE);
        response.getHeaders().remove(HttpHeader.CONTENT_LENGTH);
        Handshake.accept(request, response, protocol(request));
        ConnectionMetaData http = request.getConnectionMetaData();
        request.setAttribute(
                HttpStream.UPGRADE_CONNECTION_ATTRIBUTE,
                new RefusedConnection(
                        http.getConnection().getEndPoint(),
                        http.getConnector(),
                        reason.get().code(),
                        detail));
        response.write(true, null, callback);
        return true;
    }

    private static Optional<CloseReason> reason(int status) {
        return switch (status) {
            case HttpStatus.UNAUTHORIZED_401 -> Optional.of(CloseReason.CREDENTIAL_EXPIRED);
            case HttpStatus.FORBIDDEN_403 -> Optional.of(CloseReason.FORBIDDEN);
            case HttpStatus.NOT_FOUND_404 -> Optional.of(CloseReason.DELETED);
            case HttpStatus.TOO_MANY_REQUESTS_429, HttpStatus.SERVICE_UNAVAILABLE_503 ->
                Optional.of(CloseReason.OVERLOADED);
            default -> Optional.empty();
        };
    }

    private static boolean asksForClose(Request request) {
        return RoutedRequest.find(request)
                        .filter(routed -> routed.route().opensWebSocket())
                        .isPresent()
                && ConnectQuery.wantsRefusalsAsClose(request.getHttpURI());
    }

    /** A browser that has offered some fails the connection unless one is selected. */
    private static Optional<String> protocol(Request request) {
        try {
            return Credential.of(
                            List.of(),
                            List.of(),
                            request.getHeaders().getValuesList(HttpHeader.SEC_WEBSOCKET_SUBPROTOCOL))
                    .protocol();
        } catch (AccessDeniedException e) {
            return Optional.empty();
        }
    }
}
