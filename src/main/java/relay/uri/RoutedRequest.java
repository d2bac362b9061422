package relay.uri;

import java.util.Objects;
import java.util.Optional;
import org.eclipse.jetty.server.Request;

/** A request whose {@link Route} is known. For the threads of its request. */
public final class RoutedRequest extends Request.Wrapper {
    private final Route route;
    private final String name;

    private RoutedRequest(Request request, Route route, String path) {
        super(request);
        this.route = route;
        this.name = route.nameIn(path);
    }

    /** Looks up the route of a request; empty if there is none. */
    public static Optional<RoutedRequest> find(Request request) {
        return Optional.ofNullable(request.getHttpURI().getPath())
                .flatMap(path -> Route.of(path).map(route -> new RoutedRequest(request, route, path)));
    }

    /** What {@code Router} has found for this request. */
    public static RoutedRequest of(Request request) {
        return Objects.requireNonNull(Request.as(request, RoutedRequest.class));
    }

    public Route route() {
        return route;
    }

    /** The name that the path has in place of the braces of the route, percent-encoded as it was sent; empty if it takes none. */
    public String name() {
        return name;
    }
}
