package relay.hub;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import relay.client.Client;
import relay.client.RegistrationChange;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Topic;
import relay.message.UserId;

/**
 * Registers and finds clients, of this relay or of all relays that share an engine. For any thread; nothing blocks. A stage that
 * fails does so with {@link relay.message.UnavailableException}, and completes in the thread of the call or in one for
 * requests.
 */
public interface Registrar {
    /**
     * A client that may connect here now.
     *
     * @param start from where it goes on
     */
    record Opening(Client client, StartPosition start) {}

    /**
     * Adds a client without a connection; it receives these topics, once it is connected, until it subscribes to others.
     *
     * @return the id of the newest message: if the client is kept, it gets what comes after that
     */
    CompletionStage<MessageId> add(Client client, Set<Topic> topics);

    /** Whose client has this id, in its written form; empty if there is none. */
    CompletionStage<Optional<UserId>> find(String digits);

    /**
     * Lets a client connect here, and nowhere else.
     *
     * @param start what the connection asks for; {@link StartPosition#NOW} goes on where the client was, if it is kept
     */
    CompletionStage<Optional<Opening>> open(String digits, StartPosition start);

    /**
     * What has become of a client that was to change.
     *
     * @param topics those that it is subscribed to now
     * @param refused why it is as it was, for people; empty: it has changed
     */
    record Changed(ClientId id, Set<Topic> topics, Optional<String> refused) {}

    /**
     * Changes a registration, wherever its client is connected, or while it is not. The change has one place in the sequence: a message
     * that is accepted after the stage has completed follows the new topics, one that was accepted before the call the old ones.
     *
     * @return empty if there is no such client
     */
    CompletionStage<Optional<Changed>> change(String digits, RegistrationChange change);

    /** Changes all registrations of a user, as {@link #change} does, each by itself. */
    CompletionStage<List<Changed>> changeAllOf(UserId user, RegistrationChange change);

    /** Removes a client and closes its connection with {@link relay.outbound.CloseReason#DELETED}, wherever it is. */
    CompletionStage<Void> remove(String digits);

    /** Removes all clients of a user, as {@link #remove} does, and says how many there were. */
    CompletionStage<Integer> removeAllOf(UserId user);
}
