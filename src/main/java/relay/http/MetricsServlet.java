package relay.http;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import relay.access.Access;
import relay.access.Right;
import relay.json.Json;
import relay.metrics.MetricsPage;
import relay.uri.Parameters;

/** {@code GET /metrics}: the relay's figures, for Prometheus. Jetty's threads run it; it holds no state. */
public final class MetricsServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;

    private final transient Access access;
    private final transient MetricsPage page;

    public MetricsServlet(Json json, Access access, MetricsPage page) {
        super(json);
        this.access = access;
        this.page = page;
    }

    @Override
    Set<String> methodsFor(Exchange exchange) {
        return Set.of("GET", "HEAD");
    }

    @Override
    void handle(Exchange exchange) {
        Parameters.of(exchange.coreRequest().getHttpURI()).allow(Set.of());
        access.admit(exchange.header(HttpHeader.AUTHORIZATION), Right.ADMIN);
        MetricsPage.Written written = page.write(exchange.header(HttpHeader.ACCEPT));
        exchange.setHeader(HttpHeader.CACHE_CONTROL, "no-store");
        exchange.answer(written.contentType(), written.text().getBytes(StandardCharsets.UTF_8));
    }
}
