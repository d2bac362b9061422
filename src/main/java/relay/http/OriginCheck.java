package relay.http;

import java.net.URI;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import relay.access.Origins;

/**
 * Refuses requests from web pages whose {@code Origin} may not use the relay (403). CORS alone would only hide the answer from
 * the page; the message would be published all the same. The relay's own pages are always allowed: those that come from where
 * the request was sent to, or from the public URL. Jetty's threads run it; it is immutable.
 */
public final class OriginCheck extends Handler.Wrapper {
    private final Origins origins;
    private final Optional<String> publicOrigin;

    /** @param publicUrl where clients reach the relay, if that is configured */
    public OriginCheck(Origins origins, Optional<URI> publicUrl) {
        this.origins = origins;
        this.publicOrigin = publicUrl.map(SocketUrl::origin);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (isFromNoPage(request) || areAll(request, origins::allows)) {
            return super.handle(request, response, callback);
        }
        Response.writeError(
                request,
                response,
                callback,
                HttpStatus.FORBIDDEN_403,
                "this Origin may not use the relay: --allow-origin says which may");
        return true;
    }

    /** Whether a request comes from no page, from one of the relay's own, or from one that {@code --allow-origin} names. */
    boolean isKnown(Request request) {
        return isFromNoPage(request) || areAll(request, origins::names);
    }

    private static boolean isFromNoPage(Request request) {
        return !request.getHeaders().contains(HttpHeader.ORIGIN);
    }

    private boolean areAll(Request request, Predicate<String> good) {
        return request.getHeaders().getFields(HttpHeader.ORIGIN).stream()
                .map(HttpField::getValue)
                .map(String::valueOf)
                .allMatch(origin -> good.test(origin) || isOwn(origin, request));
    }

    private boolean isOwn(String origin, Request request) {
        return origin.equalsIgnoreCase(SocketUrl.origin(request))
                || publicOrigin.filter(origin::equalsIgnoreCase).isPresent();
    }
}
