package relay.http;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import relay.json.Json;

/** A servlet that gives each request to {@link #handle} as an {@link Exchange} and turns what it throws into a problem. */
abstract class ApiServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private final transient Json json;

    ApiServlet(Json json) {
        this.json = json;
    }

    @Override
    protected final void service(HttpServletRequest request, HttpServletResponse response) {
        Exchange exchange = Exchange.of(request, response, json);
        exchange.guard(() -> {
            if (HttpMethod.OPTIONS.is(exchange.method())) {
                exchange.setHeader(HttpHeader.ALLOW, exchange.route().allow());
                exchange.answerEmpty(HttpStatus.NO_CONTENT_204);
            } else {
                handle(exchange);
            }
        });
    }

    /** Handles a request whose method the route takes. What it throws becomes the answer. */
    abstract void handle(Exchange exchange);
}
