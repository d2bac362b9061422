package relay.http;

import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.handler.CrossOriginHandler;

/**
 * What a page of another origin that may use the relay can send and read (the Fetch Standard's CORS protocol). Headers are
 * named and not taken as they are asked for: a page has no business with those by which a proxy says whom it speaks for.
 * Stateless.
 */
public final class PageHeaders {
    /** What the relay reads, and what {@code EventSource}s in JavaScript and older HTTP libraries send along. */
    private static final Set<String> OWN = Set.of(
            "Content-Type",
            "Authorization",
            "Idempotency-Key",
            "Last-Event-ID",
            "If-None-Match",
            "Cache-Control",
            "Pragma",
            "X-Requested-With");

    /** What a page's tracing puts into every request, whoever it is for; the relay makes nothing of it. */
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

    /** What answers have beside those that every page may read. */
    private static final Set<String> READABLE = Set.of(
            HttpHeader.RETRY_AFTER.asString(),
            HttpHeader.WWW_AUTHENTICATE.asString(),
            HttpHeader.ALLOW.asString(),
            HttpHeader.ETAG.asString(),
            IdempotencyHeader.REPLAYED);

    /** As long as Chromium remembers at the most; what was remembered lets no request through that the relay would refuse. */
    private static final Duration PREFLIGHT_TIME = Duration.ofHours(2);

    private PageHeaders() {}

    /** Lets pages send and read them, and ask for that once. */
    public static void allow(CrossOriginHandler handler) {
        handler.setAllowedHeaders(Stream.concat(OWN.stream(), TRACING.stream()).collect(Collectors.toSet()));
        handler.setExposedHeaders(READABLE);
        handler.setPreflightMaxAge(PREFLIGHT_TIME);
    }
}
