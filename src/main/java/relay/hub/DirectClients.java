package relay.hub;

import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import relay.access.Access;
import relay.access.AccessDeniedException;
import relay.access.Caller;
import relay.access.Credential;
import relay.access.Right;
import relay.client.Client;
import relay.client.Permissions;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.schedule.Ticker;
import relay.uri.DirectQuery;

/**
 * Makes the clients that come without a registration, by {@code GET /ws?topic=} or {@code GET /sse?topic=}, as far as their
 * credentials allow. Immutable, for any thread.
 *
 * @param maxTopics that one of them may subscribe to
 */
public record DirectClients(Access access, Ticker ticker, int maxTopics) {
    /** A client that is not admitted yet, and what it is to receive. */
    public record Direct(Client client, Set<Topic> topics) {}

    /**
     * The credential that a request presents.
     *
     * @throws AccessDeniedException if there is more than one
     */
    public static Credential credential(Request request, DirectQuery query) {
        return Credential.of(
                request.getHeaders().getValuesList(HttpHeader.AUTHORIZATION),
                query.tokens(),
                request.getHeaders().getValuesList(HttpHeader.SEC_WEBSOCKET_SUBPROTOCOL));
    }

    /**
     * The client of a request.
     *
     * @throws AccessDeniedException if it may not subscribe, or not to all of the topics
     */
    public Direct of(Credential credential, DirectQuery query) {
        Caller caller = access.admit(credential, Right.SUBSCRIBE);
        caller.requireTopics(query.topics());
        Permissions permissions =
                Permissions.of(TopicFilter.ANY, caller.topics(), caller.remaining(), ticker.nanos());
        return new Direct(Client.direct(caller.actsFor(query.user()), permissions), query.topics());
    }
}
