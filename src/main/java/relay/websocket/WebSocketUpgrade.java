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
import relay.access.AccessDeniedException;
import relay.client.Client;
import relay.client.InputMemory;
import relay.hub.Admission;
import relay.hub.DirectClients;
import relay.hub.Hub;
import relay.hub.Registrar;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.UnavailableException;
import relay.outbound.ConnectionTotals;
import relay.outbound.Encoding;
import relay.schedule.Periodic;
import relay.schedule.Ticker;
import relay.uri.ConnectQuery;
import relay.uri.DirectQuery;
import relay.uri.Refusal;
import relay.uri.Route;
import relay.uri.RoutedRequest;

/**
 * {@code GET /ws/{id}} opens the WebSocket of a registered client, {@code GET /ws?topic=} that of one without a registration.
 * Jetty's threads run it; what all sockets share is in {@link SocketContext}.
 */
public final class WebSocketUpgrade extends Handler.Abstract {
    private static final Duration SWEEP_INTERVAL = Duration.ofSeconds(1);
    private static final URI ANY_URI = URI.create("/");

    private static final Refusal UNKNOWN = Refusal.of(
            HttpStatus.NOT_FOUND_404,
            "no client has this id: POST /register gives a URL, which is valid until its socket ends");

    private final WebSocketComponents components;
    private final SocketContext context;
    private final Admission admission;
    private final DirectClients directClients;

    public WebSocketUpgrade(
            WebSocketComponents components,
            Hub hub,
            Json json,
            Ticker ticker,
            SocketOptions options,
            Admission admission,
            DirectClients directClients,
            ConnectionTotals totals,
            InputMemory memory,
            TokenRenewals renewals,
            ClientPublications publications) {
        this.components = components;
        this.context = SocketContext.of(hub, json, ticker, options, admission, totals, memory, renewals, publications);
        this.admission = admission;
        this.directClients = directClients;
    }

    @Override
    protected void doStart() throws Exception {
        addBean(new Periodic(getServer().getScheduler(), SWEEP_INTERVAL, context.unfinished()::sweep));
        super.doStart();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        RoutedRequest routed = RoutedRequest.of(request);
        if (!routed.route().opensWebSocket()) {
            return false;
        }
        try {
            Optional<DirectClients.Visitor> visitor = routed.route().isDirect()
                    ? Optional.of(directClients.admit(DirectQuery.credential(request)))
                    : Optional.empty();
            Optional<Refusal> wrong = Handshake.check(request);
            if (wrong.isPresent()) {
                refuse(routed, wrong.get(), response, callback);
            } else {
                open(routed, visitor, response, callback);
            }
        } catch (InvalidInputException e) {
            refuse(routed, Refusal.of(e), response, callback);
        } catch (AccessDeniedException e) {
            refuse(routed, Refusal.of(e), response, callback);
        }
        return true;
    }

    /** How a client wants its connection to be. */
    private record Wish(boolean envelopes, Optional<DeflateOffer> deflate, Optional<String> protocol) {}

    private void open(
            RoutedRequest request, Optional<DirectClients.Visitor> visitor, Response response, Callback callback) {
        ConnectQuery query = ConnectQuery.ofWebSocket(request.getHttpURI(), request.route(), directClients.maxTopics());
        Optional<DeflateOffer> deflate =
                context.options().compression() ? DeflateOffer.in(request.getHeaders()) : Optional.empty();
        Optional<String> protocol = visitor.flatMap(one -> one.credential().protocol());
        Wish wish = new Wish(query.envelopes(), deflate, protocol);
        if (visitor.isPresent()) {
            DirectClients.Direct one =
                    directClients.client(visitor.get(), query.direct().orElseThrow());
            admission.admit(one.client(), one.topics(), query.start(), newcomer(wish, request, response, callback));
        } else {
            admission.admit(request.name(), query.start(), newcomer(wish, request, response, callback));
        }
    }

    private Admission.Newcomer newcomer(Wish wish, Request request, Response response, Callback callback) {
        return new Admission.Newcomer() {
            @Override
            public void admitted(Registrar.Opening opening) {
                upgrade(opening, wish, request, response, callback);
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
        if (request.route() == Route.WEB_SOCKET) {
            admission.refuse(request.name(), known, () -> UNKNOWN.write(request, response, callback));
        } else {
            known.run();
        }
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
            answer(connection, wish.protocol(), request, response, callback);
        } catch (RuntimeException e) {
            connection.neverOpened(e);
            callback.failed(e);
        }
    }

    private static void answer(
            RelayConnection connection,
            Optional<String> protocol,
            Request request,
            Response response,
            Callback callback) {
        Handshake.accept(request, response, protocol);
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
