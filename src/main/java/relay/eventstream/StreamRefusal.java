package relay.eventstream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import relay.json.Json;
import relay.outbound.CloseReason;
import relay.uri.RoutedRequest;

/**
 * Tells a browser's {@code EventSource} to come back later. It gives up for good on any status but 200, but reconnects after a
 * stream that ends (HTML Living Standard §9.2.3). So a temporary refusal becomes a short stream: {@code retry} and an event
 * {@code close}. Only requests that accept {@code text/event-stream} get it; for others the status is better. Immutable, for
 * any thread.
 */
public final class StreamRefusal {
    private static final int DEFAULT_RETRY_SECONDS = 5;

    private final Json json;

    private record Close(int code, String reason) {}

    public StreamRefusal(Json json) {
        this.json = json;
    }

    /** Answers with a stream if the refusal is temporary and the client asked for a stream; otherwise returns false. */
    public boolean write(int status, String detail, Request request, Response response, Callback callback) {
        boolean temporary = status == HttpStatus.SERVICE_UNAVAILABLE_503 || status == HttpStatus.TOO_MANY_REQUESTS_429;
        if (!temporary || !asksForStream(request)) {
            return false;
        }
        byte[] close = json.write(new Close(CloseReason.OVERLOADED.code(), detail));
        byte[] retry = ("retry: " + retryMillis(response) + "\n").getBytes(StandardCharsets.US_ASCII);
        byte[] event = Events.named("close", close);
        response.setStatus(HttpStatus.OK_200);
        response.getHeaders().remove(HttpHeader.RETRY_AFTER);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Events.CONTENT_TYPE);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, Events.CACHE_CONTROL);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, retry.length + event.length);
        ByteBuffer body = ByteBuffer.allocate(retry.length + event.length);
        response.write(true, body.put(retry).put(event).flip(), callback);
        return true;
    }

    private static boolean asksForStream(Request request) {
        return RoutedRequest.find(request)
                        .filter(routed -> routed.route().opensEventStream())
                        .isPresent()
                && request.getHeaders().getQualityCSV(HttpHeader.ACCEPT).contains(Events.CONTENT_TYPE);
    }

    /** About as long as {@code Retry-After} says. Random, so that clients do not all come back at once. */
    private static long retryMillis(Response response) {
        long seconds = Math.max(response.getHeaders().getLongField(HttpHeader.RETRY_AFTER), 0);
        long millis = TimeUnit.SECONDS.toMillis(seconds == 0 ? DEFAULT_RETRY_SECONDS : seconds);
        return millis / 2 + ThreadLocalRandom.current().nextLong(millis);
    }
}
