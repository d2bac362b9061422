package relay.http;

import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.handler.CrossOriginHandler;
import relay.access.Origins;
import relay.uri.Route;

/**
 * What pages of other origins may send and read: the CORS protocol of the Fetch Standard. The allowed headers are listed, and
 * not just whatever the page asks for: a page must not send those by which a proxy says for whom it speaks. Stateless.
 */
public final class Cors {
    /** What the relay reads, and what {@code EventSource}s in JavaScript and older HTTP libraries send. */
    private static final Set<String> OWN = Set.of(
            "Content-Type",
            "Authorization",
            "Idempotency-Key",
            "Last-Event-ID",
            "If-None-Match",
            "Cache-Control",
            "Pragma",
            "X-Requested-With");

    /** What tracing puts into every request of a page, whatever server it goes to; the relay ignores it. */
    private static final Set<String> TRACING = Set.of(
            "traceparent",
            "tracestate",
            "baggage",
            "sentry-trace",
            "b3",
            "X-B3-TraceId",
            "X-B3-SpanId",
            "X-B3-ParentSpanId",
            "X-B3-Sampled",
            "X-B3-Flags",
            "uber-trace-id",
            "elastic-apm-traceparent",
            "newrelic",
            "X-Datadog-Trace-Id",
            "X-Datadog-Parent-Id",
            "X-Datadog-Origin",
            "X-Datadog-Sampling-Priority",
            "X-Datadog-Tags",
            "X-Instana-T",
            "X-Instana-S",
            "X-Instana-L",
            "X-Amzn-Trace-Id",
            "X-Cloud-Trace-Context",
            "X-Request-ID",
            "X-Correlation-ID",
            "Request-Id",
            "Request-Context");

    /** Headers of answers, beside those that every page may read. */
    private static final Set<String> READABLE = Set.of(
            HttpHeader.RETRY_AFTER.asString(),
            HttpHeader.WWW_AUTHENTICATE.asString(),
            HttpHeader.ALLOW.asString(),
            HttpHeader.ETAG.asString(),
            IdempotencyHeader.REPLAYED);

    /** The most that Chromium caches for. A cached preflight lets no request through that the relay would refuse. */
    private static final Duration PREFLIGHT_TIME = Duration.ofHours(2);

    private Cors() {}

    /** Jetty's handler for preflights and for the CORS headers of answers. It refuses nothing: {@link OriginCheck} does. */
    public static CrossOriginHandler handler(Origins origins) {
        CrossOriginHandler handler = new CrossOriginHandler();
        handler.setAllowedOriginPatterns(origins.patterns());
        handler.setAllowedMethods(methods());
        handler.setDeliverNonAllowedOriginWebSocketUpgradeRequests(true);
        handler.setAllowedHeaders(Stream.concat(OWN.stream(), TRACING.stream()).collect(Collectors.toSet()));
        handler.setExposedHeaders(READABLE);
        handler.setPreflightMaxAge(PREFLIGHT_TIME);
        return handler;
    }

    /** All that any route takes. Pages may send HEAD without asking, and OPTIONS is the question. */
    private static Set<String> methods() {
        return Stream.of(Route.values())
                .flatMap(route -> route.methods().stream())
                .filter(method -> !method.equals("HEAD") && !method.equals("OPTIONS"))
                .collect(Collectors.toUnmodifiableSet());
    }
}
