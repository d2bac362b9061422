package relay.hook;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import relay.access.OutgoingHttp;
import relay.fatal.Fatal;
import relay.message.Characters;
import relay.message.InvalidInputException;

/**
 * The URL that events are posted to. The operator has named it, so it may be any, also one that nobody outside can reach. Redirects are
 * not followed: they would name another. For one thread, for which no other waits: {@link #post} blocks for seconds.
 */
final class HookEndpoint {
    /** For all of one attempt, from the look-up of the name to the end of the answer. */
    static final Duration WHOLE = Duration.ofSeconds(20);

    private static final String AUTHORIZATION = "Authorization";

    private final URI target;
    private final String shown;
    private final Optional<String> authorization;
    private final Supplier<HookSecret> secret;
    private final InstantSource clock;
    private final Duration whole;
    private @Nullable HttpClient client;

    /** What the head of an answer says. */
    private record Head(int status, Optional<Duration> retryAfter) {}

    /**
     * Makes one, and connects to nothing.
     *
     * @param url http or https; a user name and password in it are sent as {@code Authorization: Basic}
     * @param whole for all of one attempt
     */
    HookEndpoint(URI url, Supplier<HookSecret> secret, InstantSource clock, Duration whole) {
        this.target = without(url, false);
        this.shown = without(url, true).toString();
        this.authorization = Optional.ofNullable(url.getRawUserInfo()).map(HookEndpoint::basic);
        this.secret = secret;
        this.clock = clock;
        this.whole = whole;
    }

    /** The URL without what may be secret in it: user, password and query. */
    String shown() {
        return shown;
    }

    /** Posts a body once, signed with the present time. */
    Attempt post(String id, byte[] body) throws InterruptedException {
        HttpRequest request = request(id, body);
        // Whatever becomes of its body: the head of an answer says whether the events are taken.
        AtomicReference<Head> head = new AtomicReference<>();
        CompletableFuture<HttpResponse<Void>> answer = client().sendAsync(request, info -> {
            Optional<Duration> retryAfter =
                    info.headers().firstValue("Retry-After").flatMap(value -> RetryAfter.in(value, clock.instant()));
            head.set(new Head(info.statusCode(), retryAfter));
            return new DiscardedBody();
        });
        Attempt failure;
        boolean ended = false;
        try {
            answer.get(whole.toNanos(), TimeUnit.NANOSECONDS);
            ended = true;
            failure = failed(Attempt.Outcome.FAILED, "it hangs up before it answers");
        } catch (TimeoutException e) {
            failure = failed(Attempt.Outcome.TIMEOUT, "it does not answer within " + whole.toSeconds() + " s");
        } catch (ExecutionException e) {
            Fatal.report(e);
            failure = failed(outcome(e.getCause()), words(e.getCause()));
        } finally {
            if (!ended) {
                OutgoingHttp.hangUp(answer);
            }
        }
        Head came = head.get();
        return came == null ? failure : Attempt.answered(clock.instant(), came.status(), came.retryAfter());
    }

    private HttpRequest request(String id, byte[] body) {
        Instant now = clock.instant();
        String timestamp = String.valueOf(now.getEpochSecond());
        HttpRequest.Builder request = HttpRequest.newBuilder(target)
                .header("Content-Type", "application/json")
                .header("User-Agent", "relay")
                .header("webhook-id", id)
                .header("webhook-timestamp", timestamp)
                .header("webhook-signature", secret.get().sign(id, timestamp, body))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        authorization.ifPresent(value -> request.header(AUTHORIZATION, value));
        return request.build();
    }

    private Attempt failed(Attempt.Outcome outcome, String error) {
        return Attempt.failed(clock.instant(), outcome, error);
    }

    /** Made on first use, since it reads the certificates of all authorities. */
    private HttpClient client() {
        HttpClient made = client;
        if (made == null) {
            made = OutgoingHttp.client(HttpClient.Redirect.NEVER, whole);
            client = made;
        }
        return made;
    }

    private static Attempt.Outcome outcome(@Nullable Throwable failure) {
        if (failure instanceof HttpTimeoutException) {
            return Attempt.Outcome.TIMEOUT;
        }
        return failure instanceof ProtocolException ? Attempt.Outcome.NOT_HTTP : Attempt.Outcome.FAILED;
    }

    private static String words(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException) {
                return "its host has no address";
            }
        }
        if (failure instanceof ConnectException) {
            return "it cannot be connected to";
        }
        if (failure instanceof ProtocolException) {
            return "it does not speak HTTP: " + Characters.oneLine(failure);
        }
        if (failure instanceof IOException && failure.getMessage() != null) {
            return Characters.oneLine(failure);
        }
        return Characters.oneLine(String.valueOf(failure));
    }

    private static URI without(URI url, boolean query) {
        try {
            String text = url.getScheme() + "://" + authority(url) + url.getRawPath()
                    + (query || url.getRawQuery() == null ? "" : "?" + url.getRawQuery());
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new InvalidInputException("--hook takes a URL such as https://example.com/events");
        }
    }

    private static String authority(URI url) {
        return url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
    }

    private static String basic(String rawUserInfo) {
        // A plus sign is itself here, unlike in forms.
        String userInfo = URLDecoder.decode(rawUserInfo.replace("+", "%2B"), StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(userInfo.getBytes(StandardCharsets.UTF_8));
    }
}
