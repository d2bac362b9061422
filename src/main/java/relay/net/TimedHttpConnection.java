package relay.net;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import relay.message.UnavailableException;
import relay.net.InputDeadline.Awaited;

/**
 * Jetty's HTTP/1 connection, with an {@link InputDeadline} for what its client must send: Jetty itself bounds silence only,
 * and a client that sends a byte now and then is not silent. After its last answer it becomes a {@link LingeringConnection}.
 *
 * <p>Jetty's threads run it, one at a time; {@link #check} and the methods that end a wait are for any other.
 */
public final class TimedHttpConnection extends HttpConnection implements TimedHttpConnectionFactory.Watched {
    private static final Pattern OTHER_TARGET = Pattern.compile("\\*$|(?i:https?)://");

    private final TimedHttpConnectionFactory factory;
    private final InputDeadline deadline;
    private final Callback whenFillable;

    /** Made while Jetty's constructor runs, for the parser that it makes next. */
    private @Nullable Requests requests;

    private static final class LateException extends TimeoutException {
        private static final long serialVersionUID = 1L;

        LateException() {
            super("the client did not send in time what was awaited");
        }
    }

    TimedHttpConnection(
            HttpConfiguration http,
            Connector connector,
            EndPoint endPoint,
            TimedHttpConnectionFactory factory,
            InputDeadline deadline) {
        super(http, connector, endPoint);
        this.factory = factory;
        this.deadline = deadline;
        this.whenFillable = Callback.from(
                connector.getServer().getInvocationType(), this::onFillable, this::onFillInterestedFailed);
    }

    /** The body is awaited until then. If it is late, the thread that waits for it gets a {@link TimeoutException}. */
    public void awaitBody(long untilNanos) {
        deadline.awaitBody(untilNanos);
    }

    /** When a body must be complete of which the first part is awaited now. */
    public long bodyDueNanos() {
        return factory.bodyDueNanos();
    }

    @Override
    public void check(long nowNanos) {
        if (deadline.isLate(nowNanos)) {
            endWait(new LateException());
        }
    }

    /** Whether it waits for a request that may never come. */
    boolean isIdle() {
        return deadline.awaits(Awaited.REQUEST);
    }

    /** How long it may go on waiting. */
    long nanosLeft(long nowNanos) {
        return deadline.nanosLeft(nowNanos);
    }

    /** If it waits for its next request, that is late from now on. */
    void endIdle() {
        if (deadline.awaits(Awaited.REQUEST)) {
            endWait(new LateException());
        }
    }

    /** If it waits for more of a request's body, it waits no longer. */
    void endBody() {
        if (deadline.awaits(Awaited.BODY)) {
            endWait(UnavailableException.goingAway());
        }
    }

    /**
     * The interest in input can be taken once, and who takes it is alone with the connection. If another thread reads at this
     * moment, nothing happens: the next check will see.
     */
    private void endWait(Exception cause) {
        if (getEndPoint() instanceof AbstractEndPoint endPoint && endPoint.getConnection() == this) {
            endPoint.getFillInterest().onFail(cause);
        }
    }

    /** Whether a request's header is in and its answer is not out. */
    boolean isBusy() {
        return getHttpChannel().getRequest() != null;
    }

    /** Jetty calls it whenever it waits for input, except for that of a body. */
    @Override
    public void fillInterested(Callback callback) {
        deadline.beginWait(getMessagesIn() == 0);
        super.fillInterested(callback);
    }

    /** Nothing came in time, as {@link #check} or Jetty has found, while no request was being handled. */
    @Override
    public void onFillInterestedFailed(Throwable cause) {
        if (!(cause instanceof LateException)) {
            super.onFillInterestedFailed(cause);
        } else if (deadline.mayLookAgain()) {
            // It may be the relay that is late: after a pause of its own, all that came meanwhile waits to be read.
            getConnector().getExecutor().execute(this::onFillable);
        } else if (getBytesIn() == 0 || deadline.awaits(Awaited.REQUEST)) {
            getEndPoint().close();
        } else {
            getParser().close();
            getParser().getHandler().badMessage(new HttpException.RuntimeException(HttpStatus.REQUEST_TIMEOUT_408));
        }
    }

    /** Jetty's time is for what has no deadline here: an answer that the client does not take. */
    @Override
    public boolean onIdleExpired(TimeoutException timeout) {
        return !deadline.awaits(Awaited.REQUEST) && super.onIdleExpired(timeout);
    }

    /** Jetty uses it to go on to the next request after an answer that was given later. */
    @Override
    protected Executor getExecutor() {
        return this::goOn;
    }

    /**
     * Mostly nothing more has come: then a look at the socket is spared, and no thread is woken. What a client sent before it
     * had its answer is for a thread of the pool: it may be much, and the one that answered has other work.
     */
    private void goOn(Runnable next) {
        if (next == this && isRequestBufferEmpty() && !getParser().isTerminated()) {
            fillInterested(whenFillable);
        } else {
            getConnector().getExecutor().execute(next);
        }
    }

    @Override
    protected RequestHandler newRequestHandler() {
        requests = new Requests();
        return requests;
    }

    @Override
    protected HttpParser newHttpParser(HttpCompliance compliance) {
        HttpConfiguration http = getHttpConfiguration();
        HttpParser parser = new ProxyProtocolDetector(
                Objects.requireNonNull(requests), http.getRequestHeaderSize(), compliance, getEndPoint());
        parser.setHeaderCacheSize(http.getHeaderCacheSize());
        parser.setHeaderCacheCaseSensitive(http.isHeaderCacheCaseSensitive());
        return parser;
    }

    @Override
    protected HttpStreamOverHTTP1 newHttpStream(String method, String uri, HttpVersion version) {
        return new Stream(method, uri, version);
    }

    /** Tells the deadline where a header begins and ends, and refuses framings that others may read otherwise. */
    private final class Requests extends RequestHandler {
        private HttpVersion version = HttpVersion.HTTP_1_1;

        @Override
        public void messageBegin() {
            super.messageBegin();
            if (!isRequestBufferEmpty()) {
                deadline.headerBegins();
            }
        }

        /** RFC 9112 §3.2: a target is a path, a whole URL or an asterisk; the fourth form is for proxies. */
        @Override
        public void startRequest(String method, String uri, HttpVersion requestVersion) {
            version = requestVersion;
            if (!uri.startsWith("/") && !OTHER_TARGET.matcher(uri).lookingAt()) {
                throw badRequest("the target is wrong: it takes a path, such as /publish");
            }
            super.startRequest(method, uri, requestVersion);
        }

        /** RFC 9112 §6.1: other codings are not understood here, and HTTP/1.0 has none. */
        @Override
        public void parsedHeader(HttpField field) {
            if (field.getHeader() == HttpHeader.TRANSFER_ENCODING
                    && (version == HttpVersion.HTTP_1_0 || !HttpHeaderValue.CHUNKED.is(field.getValue()))) {
                throw badRequest("Transfer-Encoding is wrong: it takes chunked and nothing else, over HTTP/1.1");
            }
            super.parsedHeader(field);
        }

        @Override
        public boolean headerComplete() {
            deadline.headerIsComplete();
            return super.headerComplete();
        }

        private static HttpException.RuntimeException badRequest(String reason) {
            return new HttpException.RuntimeException(HttpStatus.BAD_REQUEST_400, reason);
        }
    }

    /** One request and its answer. */
    private final class Stream extends HttpStreamOverHTTP1 {
        Stream(String method, String uri, HttpVersion version) {
            super(method, uri, version);
        }

        /** A request that came before the relay began to leave is the connection's last all the same. */
        @Override
        public void prepareResponse(HttpFields.Mutable headers) {
            if (!getHttpConfiguration().isPersistentConnectionsEnabled() && !headers.contains(HttpHeader.CONNECTION)) {
                headers.put(HttpFields.CONNECTION_CLOSE);
            }
            super.prepareResponse(headers);
        }

        @Override
        public void succeeded() {
            if (!isPersistent()) {
                linger();
            }
            super.succeeded();
        }

        /** If only the rest of the request's body could not be read, the answer is out all the same. */
        @Override
        public void failed(Throwable cause) {
            if (getGenerator().isEnd()) {
                getGenerator().setPersistent(false);
                succeeded();
            } else {
                super.failed(cause);
            }
        }

        /** Jetty puts the connection that it finds in the request in the place of this one. It may be a WebSocket. */
        private void linger() {
            Request request = getHttpChannel().getRequest();
            if (request != null
                    && !(request.getAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE) instanceof Connection)) {
                request.setAttribute(
                        HttpStream.UPGRADE_CONNECTION_ATTRIBUTE,
                        factory.newLingeringConnection(getConnector(), getEndPoint()));
            }
        }
    }
}
