package relay.http;

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

/**
 * Refuses a stream of events for now, in a stream of events: a browser's {@code EventSource} comes back from one that ends,
 * after the time that it was told, and gives up for good on any answer but 200 (HTML Living Standard §9.2.3). For requests
 * that ask for such a stream by {@code Accept}, as those do: others are better served by a status.
 */
final class StreamRefusal {
    private static final String EVENT_STREAM = "text/event-stream";
    private static final int DEFAULT_RETRY_SECONDS = 5;

    /** "Try again later", among the WebSocket close codes. */
    private static final int TRY_AGAIN_LATER = 1013;

    private record Close(int code, String reason) {}

    private StreamRefusal() {}

    /** Whether it is asked for, and what stands against it will pass. */
    static boolean isDue(Request request, int status) {
        String path = request.getHttpURI().getCanonicalPath();
        return (status == HttpStatus.SERVICE_UNAVAILABLE_503 || status == HttpStatus.TOO_MANY_REQUESTS_429)
                && path != null
                && path.startsWith("/sse/")
                && request.getHeaders().getQualityCSV(HttpHeader.ACCEPT).contains(EVENT_STREAM);
    }

    /** Says why, and when to come back: about when {@code Retry-After} says, and not all at once. */
    static void write(String detail, Json json, Response response, Callback callback) {
        long seconds = Math.max(response.getHeaders().getLongField(HttpHeader.RETRY_AFTER), 0);
        long millis = TimeUnit.SECONDS.toMillis(seconds == 0 ? DEFAULT_RETRY_SECONDS : seconds);
        long jittered = millis / 2 + ThreadLocalRandom.current().nextLong(millis);
        String close = new String(json.write(new Close(TRY_AGAIN_LATER, detail)), StandardCharsets.UTF_8);
        String events = "retry: " + jittered + "\nevent: close\ndata: " + close + "\n\n";
        byte[] body = events.getBytes(StandardCharsets.UTF_8);
        response.setStatus(HttpStatus.OK_200);
        response.getHeaders().remove(HttpHeader.RETRY_AFTER);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, EVENT_STREAM);
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store, no-transform");
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        response.write(true, ByteBuffer.wrap(body), callback);
    }
}
