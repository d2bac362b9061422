package relay.access;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** The JDK's HTTP client, and what Java 17 has not got right in it. Stateless, for any thread. */
public final class OutgoingHttp {
    /** For how long a connection may be idle, in seconds: the default of the client since Java 20. */
    private static final String IDLE_SECONDS = "30";

    private static final String IDLE_PROPERTY = "jdk.httpclient.keepalive.timeout";

    private OutgoingHttp() {}

    /**
     * A client of HTTP/1.1. It reads the certificates of all authorities, which takes a while.
     *
     * <p>That of Java 17 keeps an idle connection for 20 minutes. Routers and load balancers forget one much earlier, some after four, and
     * without a word: the next request would be lost in it, and only its timeout would tell.
     */
    public static HttpClient client(HttpClient.Redirect redirect, Duration connectTimeout) {
        if (System.getProperty(IDLE_PROPERTY) == null) {
            System.setProperty(IDLE_PROPERTY, IDLE_SECONDS);
        }
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(redirect)
                .connectTimeout(connectTimeout)
                .build();
    }

    /**
     * Ends a request that has not gone well, if it has not ended, and its connection, even if it has.
     *
     * <p>The client of Java 17 leaves a connection open for ever whose answer it could not read: what is not HTTP, or a head without end.
     * To cancel the answer does nothing then, since that is complete. What is cancelled here is a stage that follows from it and is not:
     * the client passes that on to the request itself, and so to its connection.
     */
    public static void hangUp(CompletableFuture<?> answer) {
        answer.newIncompleteFuture().cancel(true);
        answer.cancel(true);
    }
}
