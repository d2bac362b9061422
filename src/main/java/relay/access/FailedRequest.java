package relay.access;

import java.util.concurrent.CompletableFuture;

/**
 * The end of a request of the JDK's HTTP client that has not gone well. Stateless, for any thread.
 *
 * <p>That client, at least the one of Java 17, leaves a connection open for ever whose answer it could not read: what is not HTTP, or a
 * head without end. To cancel the answer does nothing then, since that is complete. What is cancelled here is a stage that follows from
 * it and is not: the client passes that on to the request itself, and so to its connection.
 */
public final class FailedRequest {
    private FailedRequest() {}

    /** Ends the request, if it has not ended, and its connection, even if it has. */
    public static void hangUp(CompletableFuture<?> answer) {
        answer.newIncompleteFuture().cancel(true);
        answer.cancel(true);
    }
}
