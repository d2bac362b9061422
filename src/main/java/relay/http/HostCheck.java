package relay.http;

import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import relay.access.Hosts;
import relay.uri.RoutedRequest;

/**
 * Refuses requests whose {@code Host} is not this machine (403), before anything else and for every path. Only health
 * checks are exempt: load balancers send any {@code Host}, and the answers reveal nothing. A request without {@code Host},
 * as in HTTP/1.0, does not come from a browser. Jetty's threads run it; it is immutable.
 */
public final class HostCheck extends Handler.Wrapper {
    private final Hosts hosts;
    private final Predicate<Request> vouchedFor;

    /** @param vouchedFor whether a trusted proxy forwarded a request: then the proxy decides which hosts are served */
    public HostCheck(Hosts hosts, Predicate<Request> vouchedFor) {
        this.hosts = hosts;
        this.vouchedFor = vouchedFor;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (hosts.allows(Request.getServerName(request)) || vouchedFor.test(request) || isHealthCheck(request)) {
            return super.handle(request, response, callback);
        }
        request.consumeAvailable();
        Response.writeError(
                request,
                response,
                callback,
                HttpStatus.FORBIDDEN_403,
                "this Host is not this machine: the relay accepts localhost, an address, or the host of --public-url");
        return true;
    }

    private static boolean isHealthCheck(Request request) {
        return RoutedRequest.find(request)
                .filter(routed -> routed.route().isHealthCheck())
                .isPresent();
    }
}
