package relay.access;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import relay.message.InvalidInputException;
import relay.message.UserInfo;

/** Fetches the keys that sign tokens from a server. It may block for seconds: for one thread, for which no other waits. */
final class KeyServer implements TokenKeys.Source {
    /** The timeout for all of it, from the look-up of the name to the last byte. */
    private static final Duration WHOLE = Duration.ofSeconds(5);

    private final HttpRequest request;
    private @Nullable HttpClient client;

    /** @throws InvalidInputException if it is not the URL of a server */
    KeyServer(String url) {
        try {
            request = HttpRequest.newBuilder(URI.create(url))
                    .header("Accept", "application/jwk-set+json, application/json")
                    .build();
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException("--jwt-jwks is not a URL such as https://example.com/jwks, nor a file");
        }
    }

    @Override
    public String read() throws IOException {
        CompletableFuture<HttpResponse<String>> answer = client().sendAsync(request, head -> new BoundedText());
        boolean ended = false;
        try {
            HttpResponse<String> whole = answer.get(WHOLE.toMillis(), TimeUnit.MILLISECONDS);
            ended = true;
            if (whole.statusCode() != 200) {
                throw new IOException("the server answers " + whole.statusCode());
            }
            return whole.body();
        } catch (TimeoutException e) {
            throw new IOException("the server does not answer within " + WHOLE.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new IOException(UserInfo.masked(String.valueOf(e.getCause())), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the relay stops");
        } finally {
            if (!ended) {
                OutgoingHttp.hangUp(answer);
            }
        }
    }

    /** Made on first use, since it reads the certificates of all authorities. */
    private HttpClient client() {
        HttpClient made = client;
        if (made == null) {
            made = OutgoingHttp.client(HttpClient.Redirect.NORMAL, WHOLE);
            client = made;
        }
        return made;
    }

    /** A body with a bound of its size. */
    private static final class BoundedText implements HttpResponse.BodySubscriber<String> {
        private final CompletableFuture<String> text = new CompletableFuture<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private Flow.@Nullable Subscription body;

        @Override
        public CompletionStage<String> getBody() {
            return text;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            body = subscription;
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> parts) {
            for (ByteBuffer part : parts) {
                if (bytes.size() + part.remaining() > TokenKeys.MAX_BYTES) {
                    if (body != null) {
                        body.cancel();
                    }
                    text.completeExceptionally(TokenKeys.tooLarge());
                    return;
                }
                byte[] taken = new byte[part.remaining()];
                part.get(taken);
                bytes.writeBytes(taken);
            }
        }

        @Override
        public void onError(Throwable cause) {
            text.completeExceptionally(cause);
        }

        @Override
        public void onComplete() {
            text.complete(bytes.toString(StandardCharsets.UTF_8));
        }
    }
}
