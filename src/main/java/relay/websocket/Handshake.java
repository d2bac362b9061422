package relay.websocket;

import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.websocket.core.util.WebSocketUtils;
import relay.uri.Refusal;

/** The opening handshake, on the side of the server (RFC 6455 §4.2). Stateless. */
final class Handshake {
    private static final String VERSION = "13";
    private static final int KEY_BYTES = 16;
    private static final int KEY_CHARACTERS = 24;

    /** Headers that must not be repeated (RFC 6455 §11.3, RFC 6454 §7.3). */
    private static final List<HttpHeader> ONCE =
            List.of(HttpHeader.SEC_WEBSOCKET_VERSION, HttpHeader.SEC_WEBSOCKET_KEY, HttpHeader.ORIGIN);

    private static final HttpField UPGRADE = new PreEncodedHttpField(HttpHeader.UPGRADE, "websocket");
    private static final HttpField CONNECTION = new PreEncodedHttpField(HttpHeader.CONNECTION, "Upgrade");

    private Handshake() {}

    /** Checks a handshake; empty if it is valid. */
    static Optional<Refusal> check(Request request) {
        HttpFields headers = request.getHeaders();
        boolean asksForWebSocket = request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1
                && headers.contains(HttpHeader.UPGRADE, "websocket")
                && headers.contains(HttpHeader.CONNECTION, "upgrade");
        if (!asksForWebSocket) {
            return Optional.of(new Refusal(
                    HttpStatus.UPGRADE_REQUIRED_426,
                    "not a WebSocket request: open this URL with a WebSocket client, over HTTP/1.1",
                    Optional.of(UPGRADE)));
        }
        if (headers.getLongField(HttpHeader.CONTENT_LENGTH) > 0 || headers.contains(HttpHeader.TRANSFER_ENCODING)) {
            return Optional.of(Refusal.of(HttpStatus.BAD_REQUEST_400, "a handshake has no body: send none"));
        }
        Optional<HttpHeader> repeated = ONCE.stream()
                .filter(header -> headers.getFields(header).size() > 1)
                .findFirst();
        if (repeated.isPresent()) {
            return Optional.of(
                    Refusal.of(HttpStatus.BAD_REQUEST_400, repeated.get() + " is there more than once: send it once"));
        }
        if (!VERSION.equals(headers.get(HttpHeader.SEC_WEBSOCKET_VERSION))) {
            return Optional.of(new Refusal(
                    HttpStatus.UPGRADE_REQUIRED_426,
                    "WebSocket version not supported: it takes Sec-WebSocket-Version: " + VERSION,
                    Optional.of(new HttpField(HttpHeader.SEC_WEBSOCKET_VERSION, VERSION))));
        }
        if (!isKey(headers.getValuesList(HttpHeader.SEC_WEBSOCKET_KEY))) {
            return Optional.of(Refusal.of(
                    HttpStatus.BAD_REQUEST_400, "Sec-WebSocket-Key is wrong: it takes one, the base64 of 16 bytes"));
        }
        return Optional.empty();
    }

    /**
     * Turns the response into an acceptance.
     *
     * @param protocol the subprotocol that is selected
     */
    static void accept(Request request, Response response, Optional<String> protocol) {
        protocol.ifPresent(one -> response.getHeaders().put(HttpHeader.SEC_WEBSOCKET_SUBPROTOCOL, one));
        response.setStatus(HttpStatus.SWITCHING_PROTOCOLS_101);
        response.getHeaders().put(UPGRADE);
        response.getHeaders().put(CONNECTION);
        response.getHeaders()
                .put(
                        HttpHeader.SEC_WEBSOCKET_ACCEPT,
                        WebSocketUtils.hashKey(request.getHeaders().get(HttpHeader.SEC_WEBSOCKET_KEY)));
    }

    private static boolean isKey(List<String> keys) {
        try {
            return keys.size() == 1
                    && keys.get(0).strip().length() == KEY_CHARACTERS
                    && Base64.getDecoder().decode(keys.get(0).strip()).length == KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
