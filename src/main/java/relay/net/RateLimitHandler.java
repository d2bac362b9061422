package relay.net;

import java.net.InetSocketAddress;
import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import relay.schedule.Ticker;
import relay.uri.Route;
import relay.uri.RoutedRequest;

/**
 * Limits how often an address may connect and register. A request too many gets 429, before anything else is done for it.
 * Jetty's threads run it.
 */
public final class RateLimitHandler extends Handler.Wrapper {
    private final AddressRateLimiter handshakes;
    private final AddressRateLimiter registrations;
    private final Ticker ticker;

    public RateLimitHandler(AddressRateLimiter handshakes, AddressRateLimiter registrations, Ticker ticker) {
        this.handshakes = handshakes;
        this.registrations = registrations;
        this.ticker = ticker;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Optional<AddressRateLimiter> rate = rate(RoutedRequest.of(request).route());
        if (rate.isEmpty() || admits(rate.get(), request)) {
            return super.handle(request, response, callback);
        }
        response.getHeaders().put(HttpHeader.RETRY_AFTER, 1);
        Response.writeError(
                request,
                response,
                callback,
                HttpStatus.TOO_MANY_REQUESTS_429,
                "too many of these from this address: come back in a second, and later after each refusal");
        return true;
    }

    private Optional<AddressRateLimiter> rate(Route route) {
        return switch (route.rate()) {
            case HANDSHAKES -> Optional.of(handshakes);
            case REGISTRATIONS -> Optional.of(registrations);
            case UNLIMITED -> Optional.empty();
        };
    }

    private boolean admits(AddressRateLimiter rate, Request request) {
        return !(request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress remote)
                || remote.isUnresolved()
                || rate.admits(remote.getAddress(), ticker.nanos());
    }
}
