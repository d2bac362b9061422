package relay.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import relay.json.Json;

/**
 * Writes what Jetty itself, or a handler by {@code Response.writeError}, refuses, as a {@link Problem}. Jetty's threads run it;
 * it is immutable.
 */
public final class ProblemHandler extends ErrorHandler {
    private final Json json;
    private final Alternative alternative;

    /** Another form for some errors. */
    @FunctionalInterface
    public interface Alternative {
        /** Writes the answer, or returns false if it is to be a problem. */
        boolean write(int status, String detail, Request request, Response response, Callback callback);
    }

    ProblemHandler(Json json) {
        this(json, (status, detail, request, response, callback) -> false);
    }

    /** @param alternative is asked before a problem is written */
    public ProblemHandler(Json json, Alternative alternative) {
        this.json = json;
        this.alternative = alternative;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        if (HttpStatus.hasNoBody(status)) {
            callback.succeeded();
            return true;
        }
        Object message = request.getAttribute(ERROR_MESSAGE);
        String detail = status == HttpStatus.INTERNAL_SERVER_ERROR_500 && request.getAttribute(ERROR_EXCEPTION) != null
                ? Problem.FAILURE
                : detail(status, message);
        if (alternative.write(status, detail, request, response, callback)) {
            return true;
        }
        byte[] body = json.write(Problem.of(status, detail));
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        if (status == HttpStatus.BAD_REQUEST_400) {
            // Whoever reads this request differently may read the next ones differently.
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        response.write(true, ByteBuffer.wrap(body), callback);
        return true;
    }

    private static String detail(int status, Object message) {
        String title = HttpStatus.getMessage(status);
        String said = message == null || message.toString().isEmpty() ? title : message.toString();
        boolean onlyTitle = said.equals(title);
        return switch (status) {
            case HttpStatus.BAD_REQUEST_400 ->
                onlyTitle
                        ? "not a well-formed HTTP/1.1 request: check its path, its percent-encoding and its headers"
                        : badRequest(said);
            case HttpStatus.NOT_FOUND_404 ->
                onlyTitle
                        ? "there is no such path: see GET /health, POST /register, POST /publish, GET /ws/{id}"
                        : said;
            case HttpStatus.REQUEST_TIMEOUT_408 -> "the request's header did not come in time: send it without pauses";
            case HttpStatus.URI_TOO_LONG_414 -> "the request line is too long: send a shorter one";
            case HttpStatus.EXPECTATION_FAILED_417 ->
                "the relay supports only Expect: 100-continue: send that, or no Expect";
            case HttpStatus.UPGRADE_REQUIRED_426 -> onlyTitle ? "the relay does not speak HTTP/2: send HTTP/1.1" : said;
            case HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431 ->
                "the request line and headers are too large: send less";
            case HttpStatus.HTTP_VERSION_NOT_SUPPORTED_505 ->
                "the relay does not speak this version of HTTP: send HTTP/1.1";
            default -> said;
        };
    }

    /** Jetty takes {@code Upgrade} without {@code Connection: Upgrade} for an upgrade to HTTP/2. */
    private static String badRequest(String said) {
        return said.startsWith("Invalid h2c")
                ? "Upgrade without Connection: Upgrade: a WebSocket handshake has both"
                : said;
    }
}
