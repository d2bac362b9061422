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
import relay.client.ClientRegistry;
import relay.client.ConnectionTotals;
import relay.client.Encoding;
import relay.client.SendQueue;
import relay.client.Ticker;
import relay.hub.Admission;
import relay.hub.Hub;
import relay.hub.Start;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.UnavailableException;
import relay.schedule.Periodic;
import relay.uri.ConnectQuery;

/**
 * {@code GET /ws/{id}}: lets a registered client open its socket. Jetty's threads run it; it holds nothing that a request
 * changes but the number of open sockets.
 */
public final class WebSocketUpgrade extends Handler.Abstract {
    private static final String PATH = "/ws/";
    private static final Duration SWEEP_INTERVAL = Duration.ofSeconds(1);
    private static final URI ANY_URI = URI.create("/");

    private final WebSocketComponents components;
    private final SocketContext context;
    private final ClientRegistry registry;
    private final Admission admission;

    public WebSocketUpgrade(
            WebSocketComponents components,
            Hub hub,
            ClientRegistry registry,
            Json json,
            Ticker ticker,
            SocketOptions options,
            Admission admission,
            ConnectionTotals totals) {
        this.components = components;
        this.context = SocketContext.of(hub, json, ticker, options, owner(hub, admission), totals);
        this.registry = registry;
        this.admission = admission;
    }

    private static SocketOwner owner(Hub hub, Admission admission) {
        return new SocketOwner() {
            @Override
            public void ended(Client client, SendQueue queue) {
                hub.disconnect(client, queue);
            }

            @Override
            public void gone() {
                admission.leave();
            }
        };
    }

    @Override
    protected void doStart() throws Exception {
        addBean(new Periodic(getServer().getScheduler(), SWEEP_INTERVAL, context.unfinished()::sweep));
        super.doStart();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String path = request.getHttpURI().getCanonicalPath();
        if (path == null || !path.startsWith(PATH)) {
            return false;
        }
        Optional<Client> client = registry.find(path.substring(PATH.length()));
        Optional<Handshake.Refusal> refusal = refusal(request, client.isPresent());
        if (refusal.isPresent() || client.isEmpty()) {
            refusal.ifPresent(r -> refuse(r, request, response, callback));
        } else {
            open(client.get(), request, response, callback);
        }
        return true;
    }

    private void open(Client client, Request request, Response response, Callback callback) {
        try {
            ConnectQuery query = ConnectQuery.of(request.getHttpURI());
            Start start = Start.after(query.after());
            Optional<DeflateOffer> deflate =
                    context.options().compression() ? DeflateOffer.in(request.getHeaders()) : Optional.empty();
            Encoding encoding = context.encoding(query.envelopes(), deflate.isPresent());
            admission.enter();
            upgrade(client, encoding, deflate, start, request, response, callback);
        } catch (InvalidInputException e) {
            refuse(Handshake.Refusal.of(HttpStatus.BAD_REQUEST_400, e.detail()), request, response, callback);
        } catch (UnavailableException e) {
            refuse(Handshake.Refusal.of(e), request, response, callback);
        }
    }

    private Optional<Handshake.Refusal> refusal(Request request, boolean known) {
        return Handshake.checkMethod(request)
                .or(() -> known
                        ? Optional.empty()
                        : Optional.of(Handshake.Refusal.of(
                                HttpStatus.NOT_FOUND_404,
                                "no client has this id: POST /register gives a URL, good until its socket has ended")))
                .or(() -> Handshake.check(request));
    }

    private static void refuse(Handshake.Refusal refusal, Request request, Response response, Callback callback) {
        refusal.header().ifPresent(response.getHeaders()::put);
        Response.writeError(request, response, callback, refusal.status(), refusal.detail());
    }

    /**
     * The client is connected before it can know it: the hub hears of it first, and what is published from then on waits
     * in the queue until the answer to the handshake is out.
     */
    private void upgrade(
            Client client,
            Encoding encoding,
            Optional<DeflateOffer> deflate,
            Start start,
            Request request,
            Response response,
            Callback callback) {
        FrameReader reader =
                deflate.isPresent() ? new InflatingReader(context.options().maxFrameBytes()) : FrameReader.PLAIN;
        ClientSocket socket = new ClientSocket(client, context, reader);
        WebSocketCoreSession core = new WebSocketCoreSession(
                socket, Behavior.SERVER, negotiated(request.isSecure(), deflate.isPresent()), components);
        core.setAutoFragment(false);
        core.setMaxFrameSize(context.options().maxFrameBytes());
        core.setIdleTimeout(Duration.ZERO);
        RelayConnection connection = connection(client, request.getConnectionMetaData(), core, encoding);
        core.setWebSocketConnection(connection);
        socket.listenTo(core);
        context.hub().connect(client, connection.queue(), start);
        Handshake.accept(request, response);
        deflate.ifPresent(offer -> response.getHeaders().put(offer.acceptance()));
        request.setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, connection);
        // Jetty may give the exchange up after the answer is written: then it says so here, and nowhere else.
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
            Client client, ConnectionMetaData http, WebSocketCoreSession core, Encoding encoding) {
        return new RelayConnection(
                http.getConnection().getEndPoint(), http.getConnector(), core, client, encoding, context);
    }

    private Negotiated negotiated(boolean secure, boolean deflated) {
        ExtensionStack extensions =
                deflated ? new DeflateStack(components) : new ExtensionStack(components, Behavior.SERVER);
        extensions.negotiate(List.of(), List.of());
        return new Negotiated(ANY_URI, null, secure, extensions, WebSocketConstants.SPEC_VERSION_STRING);
    }

    /** To Jetty no extension is in force: it is only told that RSV1 has a meaning. */
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
