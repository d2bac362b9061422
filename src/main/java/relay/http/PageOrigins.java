package relay.http;

import java.net.URI;
import java.util.Optional;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import relay.access.Origins;

/**
 * Which web pages a request may be from, by its {@code Origin}. The relay's own pages always may: those whose origin is
 * where the request was sent to, or that of the public URL. Immutable, for any thread.
 */
public final class PageOrigins {
    private final Origins origins;
    private final Optional<String> published;

    /** @param publicUrl where clients reach the relay, if it is said */
    public PageOrigins(Origins origins, Optional<URI> publicUrl) {
        this.origins = origins;
        this.published = publicUrl.map(SocketUrl::origin);
    }

    /** Whether it is from no page, or from one that may use the relay. */
    boolean mayUse(Request request) {
        return isFromNoPage(request) || areAll(request, origins::allows);
    }

    /** Whether it is from no page, or from one that the relay was told of by name. */
    boolean areKnown(Request request) {
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
                || published.filter(origin::equalsIgnoreCase).isPresent();
    }
}
