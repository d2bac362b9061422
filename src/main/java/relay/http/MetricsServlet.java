package relay.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import relay.json.Json;
import relay.metrics.MetricsPage;

/** {@code GET /metrics}: the metrics, for Prometheus. */
final class MetricsServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;

    private final transient AdminAccess admins;
    private final transient MetricsPage page;

    MetricsServlet(Json json, AdminAccess admins, MetricsPage page) {
        super(json);
        this.admins = admins;
        this.page = page;
    }

    @Override
    void handle(Exchange exchange) {
        exchange.parameters().allow(Set.of());
        admins.admit(exchange);
        exchange.guardApart(() -> {
            MetricsPage.Written written = page.write(exchange.header(HttpHeader.ACCEPT));
            exchange.setHeader(HttpHeader.CACHE_CONTROL, "no-store");
            exchange.answer(written.contentType(), UTF_8.encode(written.text()));
        });
    }
}
