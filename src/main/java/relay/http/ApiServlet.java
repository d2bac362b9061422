package relay.http;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import relay.json.Json;

/** A servlet that turns each request into an {@link Exchange}, and everything that goes wrong into a problem. */
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
            Set<String> allowed = methodsFor(exchange);
            if (HttpMethod.OPTIONS.is(exchange.method())) {
                exchange.setHeader(HttpHeader.ALLOW, allowHeader(allowed));
                exchange.answerEmpty(HttpStatus.NO_CONTENT_204);
            } else if (allowed.contains(exchange.method())) {
                handle(exchange);
            } else {
                exchange.setHeader(HttpHeader.ALLOW, allowHeader(allowed));
                throw new RefusedException(
                        HttpStatus.METHOD_NOT_ALLOWED_405,
                        "this path does not take " + exchange.method() + ": it takes " + allowHeader(allowed));
            }
        });
    }

    /** The methods that this path takes, OPTIONS aside. */
    abstract Set<String> methodsFor(Exchange exchange);

    /** Sees to an allowed request; what it throws becomes the answer. */
    abstract void handle(Exchange exchange);

    private static String allowHeader(Set<String> methods) {
        Set<String> all = new TreeSet<>(methods);
        all.add(HttpMethod.OPTIONS.asString());
        return String.join(", ", all);
    }
}
