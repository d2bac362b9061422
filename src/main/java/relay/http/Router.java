package relay.http;

import java.util.Optional;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import relay.uri.Route;
import relay.uri.RoutedRequest;

/**
 * Finds the {@link Route} of each request, for all handlers that follow; 404 if there is none. Jetty's threads run it; it
 * is stateless.
 */
public final class Router extends Handler.Wrapper {
    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Optional<RoutedRequest> routed = RoutedRequest.find(request);
        if (routed.isPresent()) {
            return super.handle(routed.get(), response, callback);
        }
        Response.writeError(request, response, callback, HttpStatus.NOT_FOUND_404);
        return true;
    }
}
