package relay.net.proxy;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpScheme;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;

/** A request as the client of a trusted proxy sent it. */
final class ProxiedRequest extends Request.Wrapper {
    private final HttpURI uri;
    private final HttpFields headers;
    private final ConnectionMetaData connection;

    ProxiedRequest(Request request, InetSocketAddress proxy, Forwarding forwarding) {
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
