package relay.http;

import org.eclipse.jetty.http.HttpStatus;
import relay.hub.Hub;
import relay.json.Json;

/**
 * {@code GET /ready}: whether a load balancer should send clients here. Why the engine is down is only for operators; the
 * log has it too.
 */
final class ReadyServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;

    private final transient Hub hub;
    private final transient AdminAccess admins;

    private record Readiness(String status) {}

    ReadyServlet(Json json, Hub hub, AdminAccess admins) {
        super(json);
        this.hub = hub;
        this.admins = admins;
    }

    @Override
    void handle(Exchange exchange) {
        hub.trouble().ifPresent(trouble -> {
            boolean plain = hub.isEngineUp() || admins.mayKnow(exchange);
            throw new RefusedException(
                    HttpStatus.SERVICE_UNAVAILABLE_503, plain ? trouble : "the engine is not available");
        });
        exchange.answerIgnoringBody(new Readiness("ready"));
    }
}
