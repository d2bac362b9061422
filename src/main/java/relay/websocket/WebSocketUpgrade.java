package relay.websocket;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.Behavior;
import org.eclipse.jetty.websocket.core.ExtensionStack;
import org.eclipse.jetty.websocket.core.Negotiated;
import org.eclipse.jetty.websocket.core.WebSocketComponents;
import org.eclipse.jetty.websocket.core.WebSocketConstants;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import relay.client.Client;
import relay.client.InputMemory;
import relay.hub.Admission;
import relay.hub.Hub;
import relay.hub.Registrar;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.StartPosition;
import relay.message.UnavailableException;
import relay.outbound.ConnectionTotals;
import relay.outbound.Encoding;
import relay.schedule.Periodic;
import relay.schedule.Ticker;
import relay.uri.ConnectQuery;
import relay.uri.Route;
import relay.uri.RoutedRequest;

/**
 * {@code GET /ws/{id}}: opens the WebSocket of a registered client. Jetty's threads run it; what all sockets share is in
 * {@link SocketContext}.
 */
public final class WebSocketUpgrade extends Handler.Abstract {
    private static final Duration SWEEP_INTERVAL = Duration.ofSeconds(1);
    private static final URI ANY_URI = URI.create("/");

    private static final Handshake.Refusal UNKNOWN = Handshake.Refusal.of(
            HttpStatus.NOT_FOUND_404,
            "no client has this id: POST /register gives a URL, which is valid until its socket ends");

    private final WebSocketComponents components;
    private final SocketContext context;
    private final Admission admission;

    public WebSocketUpgrade(
            WebSocketComponents components,
            Hub hub,
            Json json,
            Ticker ticker,
            SocketOptions options,
            Admission admission,
            ConnectionTotals totals,
            InputMemory memory,
            TokenRenewals renewals) {
        this.components = components;
        this.context = SocketContext.of(hub, json, ticker, options, admission, totals, memory, renewals);
        this.admission = admission;
    }

    @Override
    protected void doStart() throws Exception {
        addBean(new Periodic(getServer().getScheduler(), SWEEP_INTERVAL, context.unfinished()::sweep));
        super.doStart();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        RoutedRequest routed = RoutedRequest.of(request);
        if (routed.route() != Route.WEB_SOCKET) {
            return false;
        }
        String digits = routed.name();
        Optional<Handshake.Refusal> wrong = Handshake.check(request);
        if (wrong.isPresent()) {
            refuseIfKnown(digits, wrong.get(), request, response, callback);
            return true;
        }
        try {
            open(digits, Wish.of(request, context.options().compression()), request, response, callback);
        } catch (InvalidInputException e) {
            Handshake.Refusal refusal = Handshake.Refusal.of(HttpStatus.BAD_REQUEST_400, e.detail());
            refuseIfKnown(digits, refusal, request, response, callback);
        }
        return true;
    }

    /** What a client asks for in its handshake. */
    private record Wish(StartPosition start, boolean envelopes, Optional<DeflateOffer> deflate) {
        static Wish of(Request request, boolean compression) {
            ConnectQuery query = ConnectQuery.of(request.getHttpURI());
            return new Wish(
                    query.start(),
                    query.envelopes(),
                    compression ? DeflateOffer.in(request.getHeaders()) : Optional.empty());
        }
    }

    private void open(String digits, Wish wish, Request request, Response response, Callback callback) {
        admission.admit(digits, wish.start(), new Admission.Newcomer() {
            @Override
            public void admitted(Registrar.Opening opening) {
                upgrade(opening, wish, request, response, callback);
            }

            @Override
            public void unknown() {
                refuse(UNKNOWN, request, response, callback);
            }

            @Override
            public void refused(UnavailableException cause) {
                refuse(Handshake.Refusal.of(cause), request, response, callback);
            }

            @Override
            public void failed(RuntimeException cause) {
                callback.failed(cause);
            }
        });
    }

    private void refuseIfKnown(
            String digits, Handshake.Refusal refusal, Request request, Response response, Callback callback) {
        admission.refuse(
                digits,
                () -> refuse(refusal, request, response, callback),
                () -> refuse(UNKNOWN, request, response, callback));
    }

    private static void refuse(Handshake.Refusal refusal, Request request, Response response, Callback callback) {
        refusal.header().ifPresent(response.getHeaders()::put);
        Response.writeError(request, response, callback, refusal.status(), refusal.detail());
    }

    /**
     * Connects the client at the hub before the client knows that it is connected: what is published from then on waits in
     * the queue until the answer to the handshake is written.
     */
    private void upgrade(Registrar.Opening opening, Wish wish, Request request, Response response, Callback callback) {
        Client client = opening.client();
        Optional<DeflateOffer> deflate = wish.deflate();
        Encoding encoding = context.encoding(wish.envelopes(), deflate.isPresent());
        ClientSocket socket = new ClientSocket(
                client,
                context,
                deflate.map(offer -> new InflatingReader(context.options().maxFrameBytes(), context.inputs())));
        WebSocketCoreSession core = new WebSocketCoreSession(
                socket, Behavior.SERVER, negotiated(request.isSecure(), deflate.isPresent()), components);
        core.setAutoFragment(false);
        core.setMaxFrameSize(context.options().maxFrameBytes());
        core.setIdleTimeout(Duration.ZERO);
        RelayConnection connection = connection(socket, request.getConnectionMetaData(), core, encoding);
        core.setWebSocketConnection(connection);
        socket.listenTo(core);
        context.hub().connect(client, connection.queue(), opening.start());
        try {
            deflate.ifPresent(offer -> response.getHeaders().put(offer.acceptance()));
            answer(connection, request, response, callback);
        } catch (RuntimeException e) {
            connection.neverOpened(e);
            callback.failed(e);
        }
    }

    private static void answer(RelayConnection connection, Request request, Response response, Callback callback) {
        Handshake.accept(request, response);
        request.setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, connection);
        // Jetty may fail the exchange after the answer is written; it tells only this wrapper.
        request.addHttpStreamWrapper(stream -> new HttpStream.Wrapper(stream) {
            @Override
            public void failed(Throwable cause) {
                connection.neverOpened(cause);
                super.failed(cause);
            }
        });
        response.write(true, null, callback);
    }

    private RelayConnection connection(
            ClientSocket socket, ConnectionMetaData http, WebSocketCoreSession core, Encoding encoding) {
        return new RelayConnection(
                http.getConnection().getEndPoint(), http.getConnector(), core, socket, encoding, context);
    }

    private Negotiated negotiated(boolean secure, boolean deflated) {
        ExtensionStack extensions =
                deflated ? new DeflateStack(components) : new ExtensionStack(components, Behavior.SERVER);
        extensions.negotiate(List.of(), List.of());
        return new Negotiated(ANY_URI, null, secure, extensions, WebSocketConstants.SPEC_VERSION_STRING);
    }

    /** Jetty runs no extension: it only has to accept RSV1. */
    private static final class DeflateStack extends ExtensionStack {
        DeflateStack(WebSocketComponents components) {
            super(components, Behavior.SERVER);
        }

        @Override
        public boolean isRsv1Used() {
            return true;
        }
    }
}
