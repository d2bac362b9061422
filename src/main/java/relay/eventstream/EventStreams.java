package relay.eventstream;

import java.util.Optional;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import relay.client.Client;
import relay.client.ConnectionTotals;
import relay.client.Encoding;
import relay.client.Ticker;
import relay.hub.Admission;
import relay.hub.Hub;
import relay.hub.Registrar;
import relay.hub.Start;
import relay.json.Json;
import relay.json.MessageJson;
import relay.message.InvalidInputException;
import relay.message.UnavailableException;
import relay.uri.ConnectQuery;

/** {@code GET /sse/{id}}: serves a registered client as a stream of events. Jetty's threads run it; it holds no state. */
public final class EventStreams extends Handler.Abstract {
    private static final String PATH = "/sse/";
    private static final String LAST_EVENT_ID = "Last-Event-ID";

    private final Hub hub;
    private final Ticker ticker;
    private final Admission admission;
    private final int queueBytes;
    private final ConnectionTotals totals;
    private final Encoding texts;
    private final Encoding envelopes;

    /** @param queueBytes how much may wait to be sent to one client */
    public EventStreams(
            Hub hub, Json json, Ticker ticker, Admission admission, int queueBytes, ConnectionTotals totals) {
        this.hub = hub;
        this.ticker = ticker;
        this.admission = admission;
        this.queueBytes = queueBytes;
        this.totals = totals;
        MessageJson messages = new MessageJson(json);
        this.texts = EventEncoding.ofTexts(messages);
        this.envelopes = EventEncoding.ofEnvelopes(messages);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String path = request.getHttpURI().getCanonicalPath();
        if (path == null || !path.startsWith(PATH)) {
            return false;
        }
        if (!HttpMethod.GET.is(request.getMethod())) {
            response.getHeaders().put(HttpHeader.ALLOW, "GET");
            refuse(HttpStatus.METHOD_NOT_ALLOWED_405, "this path takes GET", request, response, callback);
            return true;
        }
        String digits = path.substring(PATH.length());
        try {
            open(digits, request, response, callback);
        } catch (InvalidInputException e) {
            admission.refuse(
                    digits,
                    () -> refuse(HttpStatus.BAD_REQUEST_400, e.detail(), request, response, callback),
                    () -> refuseUnknown(request, response, callback));
        }
        return true;
    }

    private void open(String digits, Request request, Response response, Callback callback) {
        ConnectQuery query = ConnectQuery.of(request.getHttpURI());
        Encoding encoding = query.envelopes() ? envelopes : texts;
        Start start = Start.after(lastEventId(request).or(query::after));
        admission.admit(digits, start, new Admission.Newcomer() {
            @Override
            public void admitted(Registrar.Opening opening) {
                serve(opening, encoding, request, response, callback);
            }

            @Override
            public void unknown() {
                refuseUnknown(request, response, callback);
            }

            @Override
            public void refused(UnavailableException cause) {
                refuse(cause, request, response, callback);
            }

            @Override
            public void failed(RuntimeException cause) {
                callback.failed(cause);
            }
        });
    }

    private void serve(
            Registrar.Opening opening, Encoding encoding, Request request, Response response, Callback callback) {
        Client client = opening.client();
        EventStream stream = new EventStream(
                response,
                callback,
                encoding,
                ticker,
                request.getComponents().getScheduler(),
                queueBytes,
                totals,
                queue -> hub.disconnect(client, queue),
                admission::leave);
        request.addIdleTimeoutListener(timeout -> false);
        request.addFailureListener(stream::abort);
        response.setStatus(HttpStatus.OK_200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        // A proxy that gathers what it passes on would hold messages back; nginx asks for this to be told.
        response.getHeaders().put("X-Accel-Buffering", "no");
        hub.connect(client, stream.queue(), opening.start());
        stream.begin();
    }

    /** What a browser says when it comes back is newer than what its page once put into the URL. */
    private static Optional<String> lastEventId(Request request) {
        return Optional.ofNullable(request.getHeaders().get(LAST_EVENT_ID)).filter(id -> !id.isEmpty());
    }

    private static void refuseUnknown(Request request, Response response, Callback callback) {
        refuse(
                HttpStatus.NOT_FOUND_404,
                "no client has this id: POST /register gives one, good until its connection has ended",
                request,
                response,
                callback);
    }

    private static void refuse(UnavailableException e, Request request, Response response, Callback callback) {
        response.getHeaders().put(HttpHeader.RETRY_AFTER, e.retryAfterSeconds());
        refuse(HttpStatus.SERVICE_UNAVAILABLE_503, e.detail(), request, response, callback);
    }

    private static void refuse(int status, String detail, Request request, Response response, Callback callback) {
        Response.writeError(request, response, callback, status, detail);
    }
}
