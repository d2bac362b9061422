package relay.net.proxy;

import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import relay.message.InvalidInputException;

/**
 * Takes the client's address, scheme, host and port from what trusted proxies say, and from nobody else. A request that
 * came directly stays as it is, whatever its headers say. To be put behind the customizer for TLS.
 */
public final class ProxiedRequests implements HttpConfiguration.Customizer {
    private static final Set<HttpHeader> HEADERS = Collections.unmodifiableSet(EnumSet.of(
            HttpHeader.FORWARDED,
            HttpHeader.X_FORWARDED_FOR,
            HttpHeader.X_FORWARDED_PROTO,
            HttpHeader.X_FORWARDED_HOST,
            HttpHeader.X_FORWARDED_PORT));

    private final TrustedProxies trusted;

    public ProxiedRequests(TrustedProxies trusted) {
        this.trusted = trusted;
    }

    /** Whether a request came by a trusted proxy that says so. */
    public static boolean isProxied(Request request) {
        return Request.as(request, ProxiedRequest.class) != null;
    }

    /** @throws HttpException.RuntimeException (400) if a trusted proxy says what cannot be understood */
    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        if (request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress peer
                && peer.getAddress() != null
                && trusted.contains(peer.getAddress())
                && HEADERS.stream().anyMatch(request.getHeaders()::contains)) {
            try {
                return new ProxiedRequest(request, peer, Forwarding.of(request.getHeaders(), trusted));
            } catch (InvalidInputException e) {
                throw new HttpException.RuntimeException(HttpStatus.BAD_REQUEST_400, e.detail());
            }
        }
        return request;
    }
}
