package relay.uri;

import java.util.Optional;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import relay.access.AccessDeniedException;
import relay.message.InvalidInputException;
import relay.message.UnavailableException;

/** Why a connection is refused, as an HTTP answer. Immutable, for any thread. */
public record Refusal(int status, String detail, Optional<HttpField> header) {
    public static Refusal of(int status, String detail) {
        return new Refusal(status, detail, Optional.empty());
    }

    public static Refusal of(InvalidInputException failure) {
        return of(HttpStatus.BAD_REQUEST_400, failure.detail());
    }

    public static Refusal of(UnavailableException failure) {
        return new Refusal(
                failure.isOnlyForOne() ? HttpStatus.TOO_MANY_REQUESTS_429 : HttpStatus.SERVICE_UNAVAILABLE_503,
                failure.detail(),
                Optional.of(new HttpField(HttpHeader.RETRY_AFTER, String.valueOf(failure.retryAfterSeconds()))));
    }

    public static Refusal of(AccessDeniedException failure) {
        Optional<HttpField> challenge =
                failure.challenge().map(value -> new HttpField(HttpHeader.WWW_AUTHENTICATE, value));
        Optional<HttpField> later = failure.kind() == AccessDeniedException.Kind.UNAVAILABLE
                ? Optional.of(new HttpField(HttpHeader.RETRY_AFTER, AccessDeniedException.RETRY_AFTER_SECONDS))
                : Optional.empty();
        return new Refusal(failure.kind().status(), failure.detail(), challenge.or(() -> later));
    }

    /** Answers with it. */
    public void write(Request request, Response response, Callback callback) {
        header.ifPresent(response.getHeaders()::put);
        Response.writeError(request, response, callback, status, detail);
    }
}
