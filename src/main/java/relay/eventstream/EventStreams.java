package relay.eventstream;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import relay.access.AccessDeniedException;
import relay.client.Client;
import relay.hub.Admission;
import relay.hub.DirectClients;
import relay.hub.Hub;
import relay.hub.Registrar;
import relay.json.Json;
import relay.json.MessageJson;
import relay.message.InvalidInputException;
import relay.message.UnavailableException;
import relay.outbound.ConnectionTotals;
import relay.outbound.Encoding;
import relay.schedule.Ticker;
import relay.uri.ConnectQuery;
import relay.uri.DirectQuery;
import relay.uri.Refusal;
import relay.uri.Route;
import relay.uri.RoutedRequest;

/**
 * {@code GET /sse/{id}} opens the event stream of a registered client, {@code GET /sse?topic=} that of one without a registration.
 * Jetty's threads run it; it is immutable.
 */
public final class EventStreams extends Handler.Abstract {
    private static final String LAST_EVENT_ID = "Last-Event-ID";

    private static final Refusal UNKNOWN = Refusal.of(
            HttpStatus.NOT_FOUND_404,
            "no client has this id: POST /register gives one, which is valid until its connection ends");

    private final Hub hub;
    private final Ticker ticker;
    private final Admission admission;
    private final DirectClients directClients;
    private final int queueBytes;
    private final ConnectionTotals totals;
    private final Encodings inChunks;
    private final Encodings bare;

    private record Encodings(Encoding texts, Encoding envelopes) {
        static Encodings in(Framing framing, MessageJson messages) {
            return new Encodings(
                    new EventEncoding(framing, messages, false), new EventEncoding(framing, messages, true));
        }

        Encoding of(boolean enveloped) {
            return enveloped ? envelopes : texts;
        }
    }

    /** @param queueBytes how much may wait to be sent to one client */
    public EventStreams(
            Hub hub,
            Json json,
            Ticker ticker,
            Admission admission,
            DirectClients directClients,
            int queueBytes,
            ConnectionTotals totals) {
        this.hub = hub;
        this.ticker = ticker;
        this.admission = admission;
        this.directClients = directClients;
        this.queueBytes = queueBytes;
        this.totals = totals;
        MessageJson messages = new MessageJson(json);
        this.inChunks = Encodings.in(Framing.CHUNKED, messages);
        this.bare = Encodings.in(Framing.BARE, messages);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        RoutedRequest routed = RoutedRequest.of(request);
        if (!routed.route().opensEventStream()) {
            return false;
        }
        try {
            Optional<DirectClients.Visitor> visitor = routed.route().isDirect()
                    ? Optional.of(directClients.admit(DirectQuery.credential(request)))
                    : Optional.empty();
            open(routed, visitor, response, callback);
        } catch (InvalidInputException e) {
            refuse(routed, Refusal.of(e), response, callback);
        } catch (AccessDeniedException e) {
            refuse(routed, Refusal.of(e), response, callback);
        }
        return true;
    }

    private void open(
            RoutedRequest request, Optional<DirectClients.Visitor> visitor, Response response, Callback callback) {
        ConnectQuery query = ConnectQuery.ofStream(
                request.getHttpURI(),
                request.route(),
                directClients.maxTopics(),
                Optional.ofNullable(request.getHeaders().get(LAST_EVENT_ID)));
        Admission.Newcomer newcomer = newcomer(query.envelopes(), request, response, callback);
        if (visitor.isPresent()) {
            DirectClients.Direct one =
                    directClients.client(visitor.get(), query.direct().orElseThrow());
            admission.admit(one.client(), one.topics(), query.start(), newcomer);
        } else {
            admission.admit(request.name(), query.start(), newcomer);
        }
    }

    private Admission.Newcomer newcomer(boolean envelopes, Request request, Response response, Callback callback) {
        return new Admission.Newcomer() {
            @Override
            public void admitted(Registrar.Opening opening) {
                serve(opening, envelopes, request, response, callback);
            }

            @Override
            public void unknown() {
                UNKNOWN.write(request, response, callback);
            }

            @Override
            public void refused(UnavailableException cause) {
                Refusal.of(cause).write(request, response, callback);
            }

            @Override
            public void failed(RuntimeException cause) {
                callback.failed(cause);
            }
        };
    }

    /** Whoever names no client is told just that. */
    private void refuse(RoutedRequest request, Refusal refusal, Response response, Callback callback) {
        Runnable known = () -> refusal.write(request, response, callback);
        if (request.route() == Route.EVENT_STREAM) {
            admission.refuse(request.name(), known, () -> UNKNOWN.write(request, response, callback));
        } else {
            known.run();
        }
    }

    /**
     * Connects the client at the hub before the client knows that it is connected: what is published from then on waits in
     * the queue until the header of the response is written and Jetty gives up the connection.
     */
    private void serve(
            Registrar.Opening opening, boolean envelopes, Request request, Response response, Callback callback) {
        Client client = opening.client();
        ConnectionMetaData http = request.getConnectionMetaData();
        boolean chunked = http.getHttpVersion() == HttpVersion.HTTP_1_1;
        EventStream stream = new EventStream(
                http.getConnection().getEndPoint(),
                http.getConnector(),
                chunked ? Framing.CHUNKED : Framing.BARE,
                (chunked ? inChunks : bare).of(envelopes),
                ticker,
                queueBytes,
                totals,
                queue -> hub.disconnect(client, queue),
                admission::leave);
        hub.connect(client, stream.queue(), opening.start());
        try {
            answer(stream, chunked, request, response, callback);
        } catch (RuntimeException e) {
            stream.abort(e);
            callback.failed(e);
        }
    }

    private static void answer(
            EventStream stream, boolean chunked, Request request, Response response, Callback callback) {
        response.setStatus(HttpStatus.OK_200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Events.CONTENT_TYPE);
        // nginx buffers unless it is told not to.
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, Events.CACHE_CONTROL);
        response.getHeaders().put("X-Accel-Buffering", "no");
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
        request.setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, stream);
        request.addHttpStreamWrapper(whole -> new HeadOnly(whole, chunked, stream));
        response.write(true, null, callback);
    }

    /** For Jetty the response is complete and empty. On the wire it is only a header, after which the stream begins. */
    private static final class HeadOnly extends HttpStream.Wrapper {
        private final boolean chunked;
        private final EventStream stream;

        HeadOnly(HttpStream whole, boolean chunked, EventStream stream) {
            super(whole);
            this.chunked = chunked;
            this.stream = stream;
        }

        @Override
        public void send(
                MetaData.Request request,
                MetaData.Response response,
                boolean last,
                ByteBuffer content,
                Callback callback) {
            HttpFields.Mutable headers =
                    HttpFields.build(response.getHttpFields()).remove(HttpHeader.CONTENT_LENGTH);
            if (chunked) {
                headers.put(HttpHeader.TRANSFER_ENCODING, HttpHeaderValue.CHUNKED.asString());
            }
            MetaData.Response head =
                    new MetaData.Response(response.getStatus(), null, response.getHttpVersion(), headers);
            super.send(request, head, false, null, callback);
        }

        @Override
        public void failed(Throwable cause) {
            stream.abort(cause);
            super.failed(cause);
        }
    }
}
