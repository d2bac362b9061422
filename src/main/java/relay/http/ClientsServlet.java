package relay.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.jspecify.annotations.Nullable;
import relay.access.AccessDeniedException;
import relay.client.ClientId;
import relay.client.SendQueue;
import relay.content.OnDemand;
import relay.hub.ClientEntry;
import relay.hub.Directory;
import relay.hub.Registrar;
import relay.json.Json;
import relay.json.MessageJson;
import relay.message.InvalidInputException;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;
import relay.uri.Parameters;

/**
 * {@code GET /clients}: who is registered, all or one user's; {@code DELETE /clients}: removes all of a user's. Of an id it
 * shows the first eight digits. A client is not of a topic, so a key for some topics may not.
 */
public final class ClientsServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;
    private static final String USER = "user_id";

    /** A page is full with so many topics, whatever its limit: a client may have a thousand. */
    private static final int MOST_TOPICS = 10_000;

    private final transient Directory directory;
    private final transient Registrar registrar;
    private final transient AdminAccess admins;
    private final transient InstantSource clock;
    private final transient @Nullable String relay;
    private final transient OnDemand<CursorSeal> cursors = new OnDemand<>(CursorSeal::new);

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Page(
            @Nullable String relay,
            List<Line> clients,
            @Nullable String next) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Line(
            String id,
            @JsonProperty("user_id") Object userId,
            List<String> topics,
            boolean connected,
            @JsonProperty("queue_bytes") int queueBytes,
            @Nullable String since) {}

    private record Removed(int removed) {}

    /**
     * Shows the clients of one relay.
     *
     * @param relay which relay that is; empty if it is the only one
     */
    public ClientsServlet(
            Json json,
            Directory directory,
            Registrar registrar,
            AdminAccess admins,
            InstantSource clock,
            Optional<String> relay) {
        super(json);
        this.directory = directory;
        this.registrar = registrar;
        this.admins = admins;
        this.clock = clock;
        this.relay = relay.orElse(null);
    }

    @Override
    void handle(Exchange exchange) {
        TopicFilter topics = admins.admit(exchange).topics();
        if (topics != TopicFilter.ANY) {
            throw AccessDeniedException.forbidden("this credential is for some topics only (" + topics
                    + "): clients take one with the right to admin that is for all");
        }
        Parameters parameters = exchange.parameters();
        if (exchange.method().equals("DELETE")) {
            remove(exchange, parameters.allow(Set.of(USER)));
        } else {
            list(exchange, parameters.allow(Set.of(USER, "limit", "after")));
        }
    }

    private void list(Exchange exchange, Parameters parameters) {
        int limit = PageLimit.of(parameters);
        Optional<UserId> user = parameters.get(USER).map(UserId::new);
        Optional<ClientId> after =
                parameters.get("after").map(cursor -> cursors.get().open(cursor));
        exchange.setHeader(HttpHeader.CACHE_CONTROL, "no-store");
        Consumer<Directory.ClientPage> found = page -> exchange.guardApart(() -> exchange.answer(page(page)));
        user.ifPresentOrElse(
                one -> directory.clientsOf(one, after, limit, found), () -> directory.clients(after, limit, found));
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

    private Page page(Directory.ClientPage found) {
        List<Line> lines = new ArrayList<>();
        int topics = 0;
        for (ClientEntry entry : found.clients()) {
            if (topics >= MOST_TOPICS) {
                return new Page(
                        relay,
                        lines,
                        cursors.get()
                                .seal(found.clients()
                                        .get(lines.size() - 1)
                                        .client()
                                        .id()));
            }
            lines.add(line(entry));
            topics += lines.get(lines.size() - 1).topics().size();
        }
        return new Page(
                relay, lines, found.next().map(id -> cursors.get().seal(id)).orElse(null));
    }

    private Line line(ClientEntry entry) {
        return new Line(
                entry.client().id().toString(),
                MessageJson.numberOrText(entry.client().user()),
                entry.topics().stream().map(Topic::name).sorted().toList(),
                entry.queue().isPresent(),
                entry.queue().map(SendQueue::bytes).orElse(0),
                since(entry).map(ClientsServlet::inSeconds).orElse(null));
    }

    /** When its connection was opened; without one, when it was registered or lost the last one. */
    private Optional<Instant> since(ClientEntry entry) {
        return entry.queue()
                .map(queue -> Instant.ofEpochMilli(queue.connection().openedMillis()))
                .or(() -> entry.timeWithoutConnection().map(clock.instant()::minus));
    }

    private static String inSeconds(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
