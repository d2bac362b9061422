package relay.http;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import relay.uri.Route;
import relay.uri.RoutedRequest;

/**
 * Answers 405 if the {@link Route} does not take the method, and moves slow routes off the selecting thread. Jetty's
 * threads run it; it is stateless.
 */
public final class Dispatch extends Handler.Wrapper {
    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Route route = RoutedRequest.of(request).route();
        if (!route.takes(request.getMethod())) {
            refuse(route, request, response, callback);
            return true;
        }
        if (route.pace() == Route.Pace.QUICK) {
            return super.handle(request, response, callback);
        }
        request.getComponents().getExecutor().execute(() -> handleApart(request, response, callback));
        return true;
    }

    private void handleApart(Request request, Response response, Callback callback) {
        try {
            if (!super.handle(request, response, callback)) {
                Response.writeError(request, response, callback, HttpStatus.NOT_FOUND_404);
            }
        } catch (Exception e) {
            Response.writeError(request, response, callback, e);
        }
    }

    /** A body has no meaning here. If not all of it has arrived, the connection ends after the answer. */
    private static void refuse(Route route, Request request, Response response, Callback callback) {
        request.consumeAvailable();
        response.getHeaders().put(HttpHeader.ALLOW, route.allow());
        Response.writeError(
                request,
                response,
                callback,
                HttpStatus.METHOD_NOT_ALLOWED_405,
                "this path does not take " + request.getMethod() + ": it takes " + route.allow());
    }
}
