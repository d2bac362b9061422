package relay.net.proxy;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpScheme;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import relay.message.InvalidInputException;

/**
 * Takes the client's address, scheme, host and port from what trusted proxies say, and from nobody else. A request that came
 * directly stays as it is, whatever its headers say. Jetty's {@code ForwardedRequestCustomizer} believes everybody. To be
 * added after the customizer for TLS.
 */
public final class ForwardedCustomizer implements HttpConfiguration.Customizer {
    private static final Set<HttpHeader> HEADERS = Collections.unmodifiableSet(EnumSet.of(
            HttpHeader.FORWARDED,
            HttpHeader.X_FORWARDED_FOR,
            HttpHeader.X_FORWARDED_PROTO,
            HttpHeader.X_FORWARDED_HOST,
            HttpHeader.X_FORWARDED_PORT));

    private final TrustedProxies trusted;

    public ForwardedCustomizer(TrustedProxies trusted) {
        this.trusted = trusted;
    }

    /** Whether a request came through a trusted proxy that says so. */
    public static boolean isForwarded(Request request) {
        return Request.as(request, ForwardedRequest.class) != null;
    }

    /** @throws HttpException.RuntimeException (400) if a trusted proxy says what cannot be understood */
    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        if (request.getConnectionMetaData().getRemoteSocketAddress() instanceof InetSocketAddress peer
                && peer.getAddress() != null
                && trusted.contains(peer.getAddress())
                && HEADERS.stream().anyMatch(request.getHeaders()::contains)) {
            try {
                return new ForwardedRequest(request, peer, Forwarding.of(request.getHeaders(), trusted));
            } catch (InvalidInputException e) {
                throw new HttpException.RuntimeException(HttpStatus.BAD_REQUEST_400, e.detail());
            }
        }
        return request;
    }

    /** A request as the client of a trusted proxy sent it. */
    private static final class ForwardedRequest extends Request.Wrapper {
        private final HttpURI uri;
        private final HttpFields headers;
        private final ConnectionMetaData connection;

        ForwardedRequest(Request request, InetSocketAddress proxy, Forwarding forwarding) {
            super(request);
            this.uri = uri(request.getHttpURI(), forwarding);
            this.headers = headers(request, uri);
            InetSocketAddress client = forwarding
                    .client()
                    .map(address -> new InetSocketAddress(address, proxy.getPort()))
                    .orElse(proxy);
            this.connection = new ConnectionMetaData.Wrapper(request.getConnectionMetaData()) {
                @Override
                public SocketAddress getRemoteSocketAddress() {
                    return client;
                }
            };
        }

        private static HttpURI uri(HttpURI sent, Forwarding forwarding) {
            HttpURI.Mutable result = HttpURI.build(sent);
            forwarding.scheme().ifPresent(result::scheme);
            forwarding.host().ifPresent(host -> result.authority(host.getHost(), host.getPort()));
            if (forwarding.host().isEmpty() && sent.hasAuthority()) {
                forwarding.port().ifPresent(port -> result.authority(sent.getHost(), port));
            }
            return result.asImmutable();
        }

        /** Jetty refuses a request whose Host is another than that of its URI. */
        private static HttpFields headers(Request request, HttpURI uri) {
            boolean same = !uri.hasAuthority()
                    || uri.getAuthority().equals(request.getHttpURI().getAuthority());
            return same
                    ? request.getHeaders()
                    : HttpFields.build(request.getHeaders()).put(HttpHeader.HOST, uri.getAuthority());
        }

        @Override
        public HttpFields getHeaders() {
            return headers;
        }

        @Override
        public HttpURI getHttpURI() {
            return uri;
        }

        @Override
        public boolean isSecure() {
            return HttpScheme.HTTPS.is(uri.getScheme());
        }

        @Override
        public ConnectionMetaData getConnectionMetaData() {
            return connection;
        }
    }
}
