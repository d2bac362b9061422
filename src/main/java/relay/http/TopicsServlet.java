package relay.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;
import relay.access.AccessDeniedException;
import relay.client.TopicInfo;
import relay.hub.Directory;
import relay.json.Json;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.uri.Parameters;

/**
 * {@code GET /topics} lists the topics and patterns; {@code GET /topics/{topic}} describes one. A key that is limited to some topics
 * sees only those.
 */
final class TopicsServlet extends ApiServlet {
    private static final long serialVersionUID = 1L;

    private final transient Directory directory;
    private final transient AdminAccess admins;
    private final transient @Nullable String relay;

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Page(
            @Nullable String relay,
            List<Line> topics,
            @Nullable String next) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Line(
            String topic,
            int subscribers,
            int connected,
            @Nullable Boolean pattern,
            @Nullable Boolean retained) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Details(
            @Nullable String relay,
            String topic,
            int subscribers,
            int connected,
            @Nullable Boolean pattern,
            @Nullable Boolean retained,
            int held,
            @JsonProperty("last_id") @Nullable String lastId) {}

    /** @param relay the name of this relay; empty if it is alone */
    TopicsServlet(Json json, Directory directory, AdminAccess admins, Optional<String> relay) {
        super(json);
        this.directory = directory;
        this.admins = admins;
        this.relay = relay.orElse(null);
    }

    @Override
    void handle(Exchange exchange) {
        TopicFilter allowed = admins.admit(exchange).topics();
        String path = exchange.pathName();
        Parameters parameters = exchange.parameters();
        if (path.isEmpty()) {
            parameters.allow(Set.of("limit", "after"));
            int limit = parameters.pageSize();
            Optional<Topic> after = parameters.get("after").map(Topic::new);
            settleThen(exchange, () -> exchange.answer(page(directory.topics(after, allowed, limit + 1), limit)));
        } else {
            parameters.allow(Set.of());
            Topic topic = new Topic(Parameters.decodePath(path));
            if (!allowed.allows(topic)) {
                throw AccessDeniedException.forbidden(
                        "this credential may not see \"" + topic + "\": it may see " + allowed);
            }
            settleThen(exchange, () -> exchange.answer(details(topic)));
        }
    }

    private void settleThen(Exchange exchange, Runnable answer) {
        exchange.setHeader(HttpHeader.CACHE_CONTROL, "no-store");
        directory.settle(() -> exchange.guardApart(answer));
    }

    private Page page(List<TopicInfo> found, int limit) {
        List<Line> lines = found.stream()
                .limit(limit)
                .map(entry -> new Line(
                        entry.topic().name(),
                        entry.subscribers(),
                        entry.connected(),
                        ifTrue(entry.topic().isPattern()),
                        ifTrue(entry.retained())))
                .toList();
        return new Page(
                relay, lines, found.size() > limit ? lines.get(lines.size() - 1).topic() : null);
    }

    /** A field that is only there where it is true. */
    private static @Nullable Boolean ifTrue(boolean is) {
        return is ? Boolean.TRUE : null;
    }

    private Details details(Topic topic) {
        Directory.TopicDetails found = directory
                .topic(topic)
                .orElseThrow(() -> new RefusedException(
                        HttpStatus.NOT_FOUND_404,
                        "no client subscribes to \"" + topic
                                + "\" and the history has nothing of it: GET /topics lists the topics"));
        return new Details(
                relay,
                topic.name(),
                found.entry().subscribers(),
                found.entry().connected(),
                ifTrue(topic.isPattern()),
                ifTrue(found.entry().retained()),
                found.held(),
                found.last().map(MessageId::toString).orElse(null));
    }
}
