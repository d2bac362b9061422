package relay.http;

import org.eclipse.jetty.http.HttpStatus;
import relay.hub.Hub;
import relay.json.Json;

/** {@code GET /ready}: whether a load balancer should send anybody here. */
public final class ReadyServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;

    private final transient Hub hub;

    private record Readiness(String status) {}

    public ReadyServlet(Json json, Hub hub) {
        super(json);
        this.hub = hub;
    }

    @Override
    void handle(Exchange exchange) {
        hub.trouble().ifPresent(trouble -> {
            throw new RefusedException(HttpStatus.SERVICE_UNAVAILABLE_503, trouble);
        });
        exchange.answerIgnoringBody(new Readiness("ready"));
    }
}
