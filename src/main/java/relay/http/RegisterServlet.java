package relay.http;

import java.net.URI;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import relay.access.Access;
import relay.access.AccessDeniedException;
import relay.access.Caller;
import relay.client.Client;
import relay.client.RegistrationChange;
import relay.hub.Registrar;
import relay.json.Json;
import relay.message.ClientId;
import relay.message.InvalidInputException;
import relay.schedule.Ticker;

/** {@code POST /register}, and {@code PATCH} and {@code DELETE /register/{id}}. */
final class RegisterServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;

    private final transient Json json;
    private final transient Registrar registrar;
    private final transient RequestLimits limits;
    private final transient Access access;
    private final transient Ticker ticker;
    private final transient Optional<URI> publicUrl;

    private record Registered(String url, String id, String after) {}

    private record Changed(List<String> topics) {}

    private record Removed(String status) {}

    /** @param publicUrl where clients reach the relay; empty: at the host that their request names */
    RegisterServlet(
            Json json,
            Registrar registrar,
            RequestLimits limits,
            Access access,
            Ticker ticker,
            Optional<URI> publicUrl) {
        super(json);
        this.json = json;
        this.registrar = registrar;
        this.limits = limits;
        this.access = access;
        this.ticker = ticker;
        this.publicUrl = publicUrl;
    }

    @Override
    void handle(Exchange exchange) {
        exchange.parameters().allow(Set.of());
        Caller caller = exchange.admit(access);
        if (exchange.method().equals("DELETE")) {
            remove(exchange, caller);
        } else if (exchange.method().equals("PATCH")) {
            exchange.mediaType().requireJson();
            requireKey(caller);
            BodyReader.readWhole(exchange, limits, body -> change(exchange, body, caller));
        } else {
            exchange.mediaType().requireJson();
            BodyReader.readWhole(exchange, limits, body -> register(exchange, body, caller));
        }
    }

    private void register(Exchange exchange, ByteBuffer body, Caller caller) {
        RegisterRequest request = RegisterRequest.read(json, body, limits, caller);
        Client client = request.toClient(ClientId.random(), caller, ticker);
        exchange.then(registrar.add(client, request.topics()), after -> {
            exchange.setHeader(HttpHeader.CACHE_CONTROL, "no-store");
            String id = client.id().secret();
            String url = SocketUrl.of(publicUrl, exchange.coreRequest(), id);
            exchange.answer(new Registered(url, id, after.toString()));
        });
    }

    /** The bearer of a token is a user, who may not grant itself anything. */
    private static void requireKey(Caller caller) {
        if (caller.user().isPresent()) {
            throw AccessDeniedException.forbidden(
                    "a token changes no registrations: send an API key with the right to register");
        }
    }

    private void change(Exchange exchange, ByteBuffer body, Caller caller) {
        RegistrationChange change = ChangeRequest.read(json, body, limits, caller);
        exchange.then(registrar.change(exchange.pathName(), change), found -> {
            Registrar.Changed changed = found.orElseThrow(() -> new RefusedException(
                    HttpStatus.NOT_FOUND_404,
                    "no client is registered with this id: it has ended, or was never registered; register one"));
            changed.refused().ifPresent(reason -> {
                throw new InvalidInputException(reason);
            });
            exchange.setHeader(HttpHeader.CACHE_CONTROL, "no-store");
            exchange.answer(new Changed(ChangedClients.names(changed.topics())));
        });
    }

    private void remove(Exchange exchange, Caller caller) {
        String digits = exchange.pathName();
        exchange.then(registrar.find(digits), owner -> {
            boolean ofAnother = owner.isPresent()
                    && caller.user().filter(user -> !user.equals(owner.get())).isPresent();
            if (ofAnother) {
                throw AccessDeniedException.forbidden(
                        "this registration is another user's: a token removes its sub's own");
            }
            exchange.then(registrar.remove(digits), none -> exchange.answerIgnoringBody(new Removed("ok")));
        });
    }
}
