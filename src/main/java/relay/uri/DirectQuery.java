package relay.uri;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import relay.access.AccessDeniedException;
import relay.access.Credential;
import relay.message.InvalidInputException;
import relay.message.Subscription;
import relay.message.Topic;
import relay.message.UserId;

/**
 * What a client says in its query that comes without a registration: {@code ?topic=cats&topic=news.*&user_id=1}. Its
 * {@code token} is not here: {@link relay.access.Credential} has it.
 *
 * @param topics at least one, patterns among them
 * @param user whose client it wants to be; empty: its credential says that, or it is nobody's
 */
public record DirectQuery(Set<Topic> topics, Optional<UserId> user) {
    static final Set<String> NAMES = Set.of("topic", "user_id", "token");

    static final Set<String> REPEATED = Set.of("topic", "token");

    static DirectQuery of(Parameters parameters, Route route, int maxTopics) {
        Set<Topic> topics = new LinkedHashSet<>();
        for (String name : parameters.all("topic")) {
            if (topics.add(new Topic(name)) && topics.size() > maxTopics) {
                throw new InvalidInputException("too many topics: at most " + maxTopics);
            }
        }
        if (topics.isEmpty()) {
            throw new InvalidInputException(
                    "topic is missing: name at least one, such as " + route.pattern() + "?topic=cats");
        }
        Subscription.requireFewPatterns(topics);
        return new DirectQuery(topics, parameters.get("user_id").map(UserId::new));
    }

    /**
     * The credential that a request presents.
     *
     * @throws AccessDeniedException if there is more than one
     * @throws InvalidInputException if its query is not percent-encoded UTF-8
     */
    public static Credential credential(Request request) {
        return Credential.of(
                request.getHeaders().getValuesList(HttpHeader.AUTHORIZATION),
                Parameters.of(request.getHttpURI()).all("token"),
                request.getHeaders().getValuesList(HttpHeader.SEC_WEBSOCKET_SUBPROTOCOL));
    }
}
