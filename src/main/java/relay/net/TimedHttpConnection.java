package relay.net;

import java.nio.ByteBuffer;
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
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import relay.message.UnavailableException;

/**
 * Jetty's HTTP/1 connection, with a time for what the client has to send, and a way to refuse that the client hears.
 *
 * <p>Time: for a request's header, from its first byte (on a new connection, from the start), for what a
 * body's reader waits for, and until the next request. Jetty itself bounds silence only, and a byte now and then is not silence.
 *
 * <p>Refusing: a connection that is closed while its client still sends is reset, and the client may never see the
 * answer. So after an answer that ends the connection the rest goes to {@link Discard}, for a time.
 *
 * <p>Jetty's threads run it, one at a time; {@link #check} is for the one that watches the time.
 */
public final class TimedHttpConnection extends HttpConnection {
    private static final Pattern OTHER_TARGET = Pattern.compile("\\*$|(?i:https?)://");

    private final TimedHttpConnectionFactory times;
    private final Discard discard;
    private final Callback whenFillable;

    /** Made while Jetty's constructor runs, for the parser that it makes next. */
    private @Nullable Requests requests;

    /** What the client is to send by {@link #dueNanos}: written by whoever reads, for {@link #check}. */
    private volatile Awaited awaited = Awaited.HEADER;

    private volatile long dueNanos;

    /** The header or the next request was late, and what had come by then has been looked at. */
    private boolean lookedAgain;

    /** An answer is complete, and no request has begun since. */
    private volatile boolean answered;

    private enum Awaited {
        NOTHING,
        HEADER,
        BODY,
        /** The connection is kept open for its next request. */
        REQUEST,
        END
    }

    private static final class LateException extends TimeoutException {
        private static final long serialVersionUID = 1L;

        LateException() {
            super("what was awaited did not come in time");
        }
    }

    TimedHttpConnection(
            HttpConfiguration http, Connector connector, EndPoint endPoint, TimedHttpConnectionFactory times) {
        super(http, connector, endPoint);
        this.times = times;
        this.discard = new Discard(endPoint, connector.getByteBufferPool(), getInputBufferSize());
        this.whenFillable = Callback.from(
                connector.getServer().getInvocationType(), this::onFillable, this::onFillInterestedFailed);
        this.dueNanos = times.headerDueNanos();
    }

    /** The body is awaited until then; later, whoever waits for it gets a {@link TimeoutException}. */
    public void awaitBody(long untilNanos) {
        await(Awaited.BODY, untilNanos);
    }

    /** When a body has to be complete of which the first part is awaited now. */
    public long bodyDueNanos() {
        return times.bodyDueNanos();
    }

    /** Ends the wait for what is late. Where a thread reads at this moment nothing happens: the next check will see. */
    void check(long nowNanos) {
        Awaited late = awaited;
        if (late == Awaited.NOTHING || nowNanos - dueNanos < 0) {
            return;
        }
        if (late == Awaited.END) {
            getEndPoint().close();
        } else {
            endWait(new LateException());
        }
    }

    /** Whether it waits for a request that may never come. */
    boolean awaitsRequest() {
        return awaited == Awaited.REQUEST;
    }

    /** How long it may go on waiting. */
    long nanosLeft(long nowNanos) {
        return dueNanos - nowNanos;
    }

    /** What it waits for is late from now on, if that is its next request. */
    void endIdle() {
        if (awaited == Awaited.REQUEST) {
            endWait(new LateException());
        }
    }

    /** What it still waits for of a request's body will not be awaited. */
    void endBody() {
        if (awaited == Awaited.BODY) {
            endWait(UnavailableException.goingAway());
        }
    }

    /** The interest in input can be taken once: whoever takes it is alone with the connection. */
    private void endWait(Exception cause) {
        if (getEndPoint() instanceof AbstractEndPoint endPoint) {
            endPoint.getFillInterest().onFail(cause);
        }
    }

    /** Jetty's time is for what has none here: an answer that the client does not take. */
    @Override
    public boolean onIdleExpired(TimeoutException timeout) {
        return awaited != Awaited.REQUEST && super.onIdleExpired(timeout);
    }

    /** Whether a request's header is in and its answer is not out. */
    boolean isBusy() {
        return !answered && awaited != Awaited.HEADER && getBytesIn() > 0;
    }

    /** With it Jetty goes on to the next request after an answer that was given later. */
    @Override
    protected Executor getExecutor() {
        return this::goOn;
    }

    /**
     * Mostly nothing more has come: then a look at the socket is spared, and no thread is woken. What a client sent before it
     * had its answer is for a thread of the pool: it may be much, and the one that answered has other work.
     */
    private void goOn(Runnable next) {
        HttpParser parser = getParser();
        if (next == this && isRequestBufferEmpty() && !parser.isClose() && !parser.isClosed()) {
            fillInterested(whenFillable);
        } else {
            getConnector().getExecutor().execute(next);
        }
    }

    @Override
    public void onOpen() {
        times.opened(this);
        super.onOpen();
    }

    @Override
    public void onClose(Throwable cause) {
        times.closed(this);
        super.onClose(cause);
    }

    /** Nothing came in time, be it for {@link #check} or for Jetty, while no request was under way. */
    @Override
    public void onFillInterestedFailed(Throwable cause) {
        if (!(cause instanceof LateException)) {
            super.onFillInterestedFailed(cause);
        } else if (awaited != Awaited.HEADER && awaited != Awaited.REQUEST) {
            fillInterested();
        } else if (!lookedAgain) {
            // It may be the relay that is late: after a pause of its own, all that came meanwhile waits to be read.
            lookedAgain = true;
            getConnector().getExecutor().execute(this::onFillable);
        } else if (getBytesIn() == 0 || awaited == Awaited.REQUEST) {
            getEndPoint().close();
        } else {
            parser().headerIsLate();
        }
    }

    @Override
    public void onFillable() {
        if (parser().discards()) {
            if (discard.readOn()) {
                fillInterested();
            }
        } else {
            super.onFillable();
        }
    }

    @Override
    protected RequestHandler newRequestHandler() {
        requests = new Requests();
        return requests;
    }

    @Override
    protected HttpParser newHttpParser(HttpCompliance compliance) {
        HttpParser parser = new Parser(
                Objects.requireNonNull(requests), getHttpConfiguration().getRequestHeaderSize(), compliance);
        parser.setHeaderCacheSize(getHttpConfiguration().getHeaderCacheSize());
        parser.setHeaderCacheCaseSensitive(getHttpConfiguration().isHeaderCacheCaseSensitive());
        return parser;
    }

    @Override
    protected HttpStreamOverHTTP1 newHttpStream(String method, String uri, HttpVersion version) {
        return new Stream(method, uri, version);
    }

    private Parser parser() {
        return (Parser) getParser();
    }

    private void await(Awaited next, long untilNanos) {
        dueNanos = untilNanos;
        awaited = next;
    }

    /** Tells when a request begins and when its header is complete, and refuses framings that others may read otherwise. */
    private final class Requests extends RequestHandler {
        private HttpVersion version = HttpVersion.HTTP_1_1;

        @Override
        public void messageBegin() {
            super.messageBegin();
            if (!isRequestBufferEmpty()) {
                answered = false;
                if (awaited == Awaited.NOTHING || awaited == Awaited.REQUEST) {
                    lookedAgain = false;
                    await(Awaited.HEADER, times.headerDueNanos());
                }
            }
        }

        /** RFC 9112 §3.2: a target is a path, a whole URL or an asterisk; this is no proxy that takes the fourth form. */
        @Override
        public void startRequest(String method, String uri, HttpVersion requestVersion) {
            version = requestVersion;
            if (!uri.startsWith("/") && !OTHER_TARGET.matcher(uri).lookingAt()) {
                throw new HttpException.RuntimeException(
                        HttpStatus.BAD_REQUEST_400, "the target is wrong: it takes a path, such as /publish");
            }
            super.startRequest(method, uri, requestVersion);
        }

        /** RFC 9112 §6.1: other codings are not understood here, and HTTP/1.0 has none. */
        @Override
        public void parsedHeader(HttpField field) {
            if (field.getHeader() == HttpHeader.TRANSFER_ENCODING
                    && (version == HttpVersion.HTTP_1_0 || !HttpHeaderValue.CHUNKED.is(field.getValue()))) {
                throw new HttpException.RuntimeException(
                        HttpStatus.BAD_REQUEST_400,
                        "Transfer-Encoding is wrong: it takes chunked and nothing else, over HTTP/1.1");
            }
            super.parsedHeader(field);
        }

        @Override
        public boolean headerComplete() {
            awaited = Awaited.NOTHING;
            return super.headerComplete();
        }

        @Override
        public void badMessage(HttpException failure) {
            awaited = Awaited.NOTHING;
            super.badMessage(failure);
        }
    }

    /** After the last answer it takes whatever comes for nothing, where Jetty's would have the connection reset. */
    private final class Parser extends HttpParser {
        private boolean begun;

        Parser(HttpParser.RequestHandler handler, int maxHeaderBytes, HttpCompliance compliance) {
            super(handler, maxHeaderBytes, compliance);
        }

        boolean discards() {
            return answered && super.isTerminated();
        }

        void headerIsLate() {
            badMessage(new HttpException.RuntimeException(HttpStatus.REQUEST_TIMEOUT_408));
        }

        @Override
        public boolean isTerminated() {
            return super.isTerminated() && !answered;
        }

        @Override
        public boolean parseNext(ByteBuffer buffer) {
            if (!begun && buffer.hasRemaining()) {
                begun = true;
                ProxyLine.warnOf(buffer, getEndPoint());
            }
            if (!discards()) {
                return super.parseNext(buffer);
            }
            discard.take(buffer);
            return false;
        }
    }

    /** One request and its answer. */
    private final class Stream extends HttpStreamOverHTTP1 {
        Stream(String method, String uri, HttpVersion version) {
            super(method, uri, version);
        }

        /** A request that has come before the relay began to leave is the connection's last all the same. */
        @Override
        public void prepareResponse(HttpFields.Mutable headers) {
            if (!getHttpConfiguration().isPersistentConnectionsEnabled() && !headers.contains(HttpHeader.CONNECTION)) {
                headers.put(HttpFields.CONNECTION_CLOSE);
            }
            super.prepareResponse(headers);
        }

        @Override
        public void succeeded() {
            if (isPersistent()) {
                lookedAgain = false;
                await(Awaited.REQUEST, times.requestDueNanos());
            } else {
                await(Awaited.END, times.bodyDueNanos());
            }
            answered = true;
            super.succeeded();
        }

        /** Where only the request's body was not read to its end, the answer is out all the same. */
        @Override
        public void failed(Throwable cause) {
            if (getGenerator().isEnd()) {
                getGenerator().setPersistent(false);
                succeeded();
            } else {
                super.failed(cause);
            }
        }
    }
}
