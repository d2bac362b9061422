package relay.http;

import org.eclipse.jetty.http.HttpStatus;
import relay.hub.Hub;
import relay.json.Json;

/** {@code GET /health}: whether the process serves requests and delivers messages. */
final class HealthServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;

    private final transient Hub hub;

    private record Health(String status) {}

    HealthServlet(Json json, Hub hub) {
        super(json);
        this.hub = hub;
    }

    @Override
    void handle(Exchange exchange) {
        hub.standstill().ifPresent(trouble -> {
            throw new RefusedException(HttpStatus.SERVICE_UNAVAILABLE_503, trouble);
        });
        exchange.answerIgnoringBody(new Health("ok"));
    }
}
