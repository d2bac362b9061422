package relay.hub;

import java.util.Set;
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
    /** Whoever asks to subscribe, and may. */
    public record Visitor(Credential credential, Caller caller) {}

    /** A client that is not admitted yet, and what it is to receive. */
    public record Direct(Client client, Set<Topic> topics) {}

    /**
     * Whoever presents a credential, if that allows to subscribe to anything.
     *
     * @throws AccessDeniedException if not
     */
    public Visitor admit(Credential credential) {
        return new Visitor(credential, access.admit(credential, Right.SUBSCRIBE));
    }

    /**
     * The client of a visitor.
     *
     * @throws AccessDeniedException if it may not subscribe to all of the topics, or not as that user
     */
    public Direct client(Visitor visitor, DirectQuery query) {
        Caller caller = visitor.caller();
        caller.requireTopics(query.topics());
        Permissions permissions = Permissions.of(TopicFilter.ANY, caller.topics(), caller.remaining(), ticker.nanos());
        return new Direct(Client.direct(caller.actsFor(query.user()), permissions), query.topics());
    }
}
