package relay.hook;

import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * A body that nobody wants. A short one is read to its end, so that the connection can be used again; a longer one ends with the
 * connection. For one request; the HTTP client calls it, one thread at a time.
 */
final class DiscardedBody implements HttpResponse.BodySubscriber<Void> {
    /** How many bytes are read. */
    static final int MOST_BYTES = 64 * 1024;

    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private Flow.@Nullable Subscription body;
    private long read;

    @Override
    public CompletionStage<Void> getBody() {
        return end;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        body = subscription;
        subscription.request(1);
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
        for (ByteBuffer part : parts) {
            read += part.remaining();
        }
        if (body == null) {
            return;
        }
        if (read > MOST_BYTES) {
            body.cancel();
            end.complete(null);
        } else {
            body.request(1);
        }
    }

    @Override
    public void onError(Throwable cause) {
        end.completeExceptionally(cause);
    }

    @Override
    public void onComplete() {
        end.complete(null);
    }
}
