package relay.http;

import relay.json.Json;

/** {@code GET /health}: the process serves requests. */
public final class HealthServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;

    private record Health(String status) {}

    public HealthServlet(Json json) {
        super(json);
    }

    @Override
    void handle(Exchange exchange) {
        exchange.answerIgnoringBody(new Health("ok"));
    }
}
