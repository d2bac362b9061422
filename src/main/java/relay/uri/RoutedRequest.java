package relay.uri;

import java.util.Objects;
import java.util.Optional;
import org.eclipse.jetty.server.Request;

/** A request of which it is known which {@link Route} it is for. For the threads of its request. */
public final class RoutedRequest extends Request.Wrapper {
    private final Route route;
    private final String rest;

    private RoutedRequest(Request request, Route route, String path) {
        super(request);
        this.route = route;
        this.rest = route.rest(path);
    }

    /** Finds its route; empty if there is none. */
    public static Optional<RoutedRequest> find(Request request) {
        return Optional.ofNullable(request.getHttpURI().getPath())
                .flatMap(path -> Route.of(path).map(route -> new RoutedRequest(request, route, path)));
    }

    /** What was found earlier of a request that has come past the router. */
    public static RoutedRequest of(Request request) {
        return Objects.requireNonNull(Request.as(request, RoutedRequest.class));
    }

    public Route route() {
        return route;
    }

    /** What stands for the name in braces, percent-encoded as it was sent; empty if there is none. */
    public String rest() {
        return rest;
    }
}
