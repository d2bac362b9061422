package relay.http;

import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import relay.access.AccessDeniedException;
import relay.hub.Registrar;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.TopicFilter;
import relay.message.UserId;
import relay.uri.Parameters;

/**
 * {@code GET /clients} lists the clients, all or those of one user; {@code DELETE /clients} removes those of a user.
 * Clients belong to no topic, so a key that is limited to some topics may do neither.
 */
final class ClientsServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;
    private static final String USER = "user_id";

    private final transient ClientListing listing;
    private final transient Registrar registrar;
    private final transient AdminAccess admins;

    private record Removed(int removed) {}

    ClientsServlet(Json json, ClientListing listing, Registrar registrar, AdminAccess admins) {
        super(json);
        this.listing = listing;
        this.registrar = registrar;
        this.admins = admins;
    }

    @Override
    void handle(Exchange exchange) {
        TopicFilter topics = admins.admit(exchange).topics();
        if (topics != TopicFilter.ANY) {
            throw AccessDeniedException.forbidden("this credential is for some topics only (" + topics
                    + "): /clients takes one with the right admin for all topics");
        }
        Parameters parameters = exchange.parameters();
        if (exchange.method().equals("DELETE")) {
            remove(exchange, parameters.allow(Set.of(USER)));
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

    private void remove(Exchange exchange, Parameters parameters) {
        UserId user = parameters
                .get(USER)
                .map(UserId::new)
                .orElseThrow(() -> new InvalidInputException(
                        "user_id is missing: name the user whose clients to remove, such as /clients?user_id=1"));
        exchange.then(
                registrar.removeAllOf(user),
                removed -> exchange.guardApart(() -> exchange.answer(new Removed(removed))));
    }
}
