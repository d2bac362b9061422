package relay.http;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.eclipse.jetty.ee11.servlet.HttpOutput;
import org.eclipse.jetty.ee11.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.access.Access;
import relay.access.AccessDeniedException;
import relay.access.Caller;
import relay.engine.IdempotencyConflictException;
import relay.fatal.Fatal;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.UnavailableException;
import relay.uri.Parameters;
import relay.uri.Route;
import relay.uri.RoutedRequest;

/**
 * One request and its answer. It holds no thread while the answer is awaited. Reading and answering are for one thread at a
 * time; no method blocks.
 */
final class Exchange {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final AsyncContext async;
    private final Json json;
    private final Executor apart;
    private final AtomicBoolean answered = new AtomicBoolean();

    private Exchange(HttpServletRequest request, HttpServletResponse response, Json json) {
        this.request = request;
        this.response = response;
        this.json = json;
        this.async = request.startAsync();
        this.async.setTimeout(0);
        this.apart = coreRequest().getComponents().getExecutor();
    }

    /** Makes a request asynchronous: it ends with the answer, and not when its servlet returns. */
    static Exchange of(HttpServletRequest request, HttpServletResponse response, Json json) {
        return new Exchange(request, response, json);
    }

    String method() {
        return request.getMethod();
    }

    Route route() {
        return RoutedRequest.of(coreRequest()).route();
    }

    /** {@link RoutedRequest#name()} of this request. */
    String pathName() {
        return RoutedRequest.of(coreRequest()).name();
    }

    Request coreRequest() {
        return ServletContextRequest.getServletContextRequest(request);
    }

    /** The query of the URI. */
    Parameters parameters() {
        return Parameters.of(coreRequest().getHttpURI());
    }

    /**
     * Checks that the caller has the right that the route needs.
     *
     * @throws AccessDeniedException if not
     */
    Caller admit(Access access) {
        return access.admit(
                headers(HttpHeader.AUTHORIZATION.asString()), route().right().orElseThrow());
    }

    MediaType mediaType() {
        return MediaType.of(header(HttpHeader.CONTENT_TYPE));
    }

    Optional<String> header(HttpHeader name) {
        return Optional.ofNullable(request.getHeader(name.asString()));
    }

    /** The values of a header, one for each time it was sent. Cheap if it was not sent. */
    List<String> headers(String name) {
        return request.getHeader(name) == null ? List.of() : Collections.list(request.getHeaders(name));
    }

    /**
     * Requires a body without Content-Encoding: nothing here decompresses one (RFC 9110 §15.5.16).
     *
     * @throws RefusedException (415) if there is a coding
     */
    void requireNoCoding() {
        for (String codings : headers(HttpHeader.CONTENT_ENCODING.asString())) {
            for (String coding : codings.split(",", -1)) {
                if (!coding.isBlank() && !coding.strip().equalsIgnoreCase("identity")) {
                    setHeader(HttpHeader.ACCEPT_ENCODING, "identity");
                    throw new RefusedException(
                            HttpStatus.UNSUPPORTED_MEDIA_TYPE_415,
                            "this path does not take Content-Encoding \"" + coding.strip()
                                    + "\": send the body as it is, without that header");
                }
            }
        }
    }

    void setHeader(HttpHeader name, String value) {
        setHeader(name.asString(), value);
    }

    void setHeader(String name, String value) {
        response.setHeader(name, value);
    }

    /** Adds a value to those of a header. */
    void addHeader(HttpHeader name, String value) {
        response.addHeader(name.asString(), value);
    }

    /** Runs something when the answer has been written, or cannot be: by any thread; it must neither block nor throw. */
    void onEnd(Runnable action) {
        async.addListener(new AsyncListener() {
            @Override
            public void onComplete(AsyncEvent event) {
                action.run();
            }

            @Override
            public void onTimeout(AsyncEvent event) {}

            @Override
            public void onError(AsyncEvent event) {}

            @Override
            public void onStartAsync(AsyncEvent event) {}
        });
    }

    /** Runs a step of the exchange. What it throws becomes the answer. */
    void guard(Runnable step) {
        try {
            step.run();
        } catch (InvalidInputException e) {
            refuse(Problem.of(HttpStatus.BAD_REQUEST_400, e.detail()));
        } catch (RefusedException e) {
            refuse(e.problem());
        } catch (AccessDeniedException e) {
            deny(e);
        } catch (IdempotencyConflictException e) {
            refuse(Problem.of(HttpStatus.CONFLICT_409, e.detail()));
        } catch (UnavailableException e) {
            setHeader(HttpHeader.RETRY_AFTER, String.valueOf(e.retryAfterSeconds()));
            int status = e.isOnlyForOne() ? HttpStatus.TOO_MANY_REQUESTS_429 : HttpStatus.SERVICE_UNAVAILABLE_503;
            refuse(Problem.of(status, e.detail()));
        } catch (RuntimeException | Error e) {
            Fatal.report(e);
            LOG.error("a request failed", e);
            refuse(Problem.of(HttpStatus.INTERNAL_SERVER_ERROR_500, Problem.FAILURE));
        }
    }

    /**
     * Runs a step that may take long, {@linkplain #guard guarded}, in a thread of the pool. Any thread may call it, also a
     * worker's: it never throws.
     */
    void guardApart(Runnable step) {
        try {
            apart.execute(() -> guard(step));
        } catch (RejectedExecutionException e) {
            guard(() -> {
                throw UnavailableException.goingAway();
            });
        }
    }

    /** Runs a step with the result of a stage, {@linkplain #guard guarded}. If the stage fails, the answer is 503. */
    <T> void then(CompletionStage<T> stage, Consumer<T> step) {
        stage.whenComplete((result, failure) -> guard(() -> {
            if (failure != null) {
                Fatal.report(failure);
                throw UnavailableException.of(failure);
            }
            step.accept(result);
        }));
    }

    /** Answers 200 with a record as JSON. */
    void answer(Record body) {
        answer(json.write(body));
    }

    /**
     * Answers 200 with a record as JSON, to a request whose body has no meaning. If not all of the body has arrived, the
     * connection ends after the answer.
     */
    void answerIgnoringBody(Record body) {
        coreRequest().consumeAvailable();
        answer(body);
    }

    /** Answers 200 with a JSON text. */
    void answer(byte[] body) {
        answer("application/json", ByteBuffer.wrap(body));
    }

    /** Answers 200 with content of any type. */
    void answer(String contentType, ByteBuffer body) {
        if (answered.compareAndSet(false, true)) {
            write(HttpStatus.OK_200, contentType, body);
        }
    }

    /** Answers with a status and no body. */
    void answerEmpty(int status) {
        if (answered.compareAndSet(false, true)) {
            response.setStatus(status);
            async.complete();
        }
    }

    /** Answers with a problem. If not all of the body has arrived, the connection ends after the answer. */
    void refuse(Problem problem) {
        if (answered.compareAndSet(false, true)) {
            coreRequest().consumeAvailable();
            setHeader(HttpHeader.CACHE_CONTROL, "no-store");
            write(problem.status(), Problem.CONTENT_TYPE, ByteBuffer.wrap(json.write(problem)));
        }
    }

    /** Runs delayed tasks, in a thread of Jetty's. Must not be called after the answer. */
    Scheduler scheduler() {
        return coreRequest().getComponents().getScheduler();
    }

    /** Answers that the body broke off or did not come, as far as the client still listens. Must be called in the guard. */
    void bodyFailed(Throwable cause) {
        LOG.debug("a request's body broke off: {}", String.valueOf(cause));
        if (cause instanceof UnavailableException unavailable) {
            throw unavailable;
        }
        refuse(
                cause instanceof TimeoutException
                        ? Problem.of(
                                HttpStatus.REQUEST_TIMEOUT_408, "the body did not come in time: send it without pauses")
                        : Problem.of(HttpStatus.BAD_REQUEST_400, "the body ended too early: send all of it"));
    }

    private void deny(AccessDeniedException denial) {
        denial.challenge().ifPresent(challenge -> setHeader(HttpHeader.WWW_AUTHENTICATE, challenge));
        if (denial.kind() == AccessDeniedException.Kind.UNAVAILABLE) {
            setHeader(HttpHeader.RETRY_AFTER, AccessDeniedException.RETRY_AFTER_SECONDS);
        }
        refuse(Problem.of(denial.kind().status(), denial.detail()));
    }

    private void write(int status, String contentType, ByteBuffer body) {
        response.setStatus(status);
        response.setContentType(contentType);
        response.setContentLength(body.remaining());
        try {
            ((HttpOutput) response.getOutputStream()).sendContent(body, Callback.from(async::complete, this::lost));
        } catch (IOException e) {
            lost(e);
        }
    }

    private void lost(Throwable cause) {
        LOG.debug("an answer could not be sent: {}", cause.toString());
        async.complete();
    }
}
