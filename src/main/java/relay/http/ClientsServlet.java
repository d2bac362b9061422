package relay.http;

import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import relay.access.AccessDeniedException;
import relay.access.Caller;
import relay.hub.Registrar;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.TopicFilter;
import relay.message.UserId;
import relay.uri.Parameters;

/**
 * {@code GET /clients} lists the clients, all or those of one user; {@code PATCH} changes those of a user, and {@code DELETE} removes them.
 * Clients belong to no topic, so a key that is limited to some topics may do none of this.
 */
final class ClientsServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;
    private static final String USER = "user_id";

    private final transient Json json;
    private final transient RequestLimits limits;
    private final transient ClientListing listing;
    private final transient Registrar registrar;
    private final transient AdminAccess admins;

    private record Removed(int removed) {}

    ClientsServlet(Json json, RequestLimits limits, ClientListing listing, Registrar registrar, AdminAccess admins) {
        super(json);
        this.json = json;
        this.limits = limits;
        this.listing = listing;
        this.registrar = registrar;
        this.admins = admins;
    }

    @Override
    void handle(Exchange exchange) {
        Caller caller = admins.admit(exchange);
        TopicFilter topics = caller.topics();
        if (topics != TopicFilter.ANY) {
            throw AccessDeniedException.forbidden("this credential is for some topics only (" + topics
                    + "): /clients takes one with the right admin for all topics");
        }
        Parameters parameters = exchange.parameters();
        if (exchange.method().equals("DELETE")) {
            remove(exchange, parameters.allow(Set.of(USER)));
        } else if (exchange.method().equals("PATCH")) {
            change(exchange, parameters.allow(Set.of(USER)), caller);
        } else {
            list(exchange, parameters.allow(Set.of(USER, "limit", "after")));
        }
    }

    private void list(Exchange exchange, Parameters parameters) {
        int limit = parameters.pageSize();
        Optional<UserId> user = parameters.get(USER).map(UserId::new);
        exchange.setHeader(HttpHeader.CACHE_CONTROL, "no-store");
        exchange.then(
                listing.page(user, limit, parameters.get("after")),
                page -> exchange.guardApart(() -> exchange.answer(page.get())));
    }

    private void change(Exchange exchange, Parameters parameters, Caller caller) {
        UserId user = user(parameters, "change");
        exchange.mediaType().requireJson();
        exchange.setHeader(HttpHeader.CACHE_CONTROL, "no-store");
        BodyReader.readWhole(
                exchange,
                limits,
                body -> exchange.then(
                        registrar.changeAllOf(user, ChangeRequest.read(json, body, limits, caller)),
                        changed -> exchange.guardApart(() -> exchange.answer(ChangedClients.of(changed)))));
    }

    private static UserId user(Parameters parameters, String what) {
        return parameters
                .get(USER)
                .map(UserId::new)
                .orElseThrow(() -> new InvalidInputException(
                        "user_id is missing: name the user whose clients to " + what + ", such as /clients?user_id=1"));
    }

    private void remove(Exchange exchange, Parameters parameters) {
        UserId user = user(parameters, "remove");
        exchange.then(
                registrar.removeAllOf(user),
                removed -> exchange.guardApart(() -> exchange.answer(new Removed(removed))));
    }
}
