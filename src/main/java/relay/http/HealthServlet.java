package relay.http;

import java.util.Set;
import relay.json.Json;

/** {@code GET /health}: the process serves requests. */
public final class HealthServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;

    private record Health(String status) {}

    public HealthServlet(Json json) {
        super(json);
    }

    @Override
    Set<String> methodsFor(Exchange exchange) {
        return Set.of("GET", "HEAD");
    }

    @Override
    void handle(Exchange exchange) {
        exchange.answerIgnoringBody(new Health("ok"));
    }
}
