package relay.fanout;

import java.util.Map;
import java.util.function.Supplier;
import relay.client.Client;
import relay.message.Topic;

/**
 * Stores what is known of a client where other relays find it. Called by the worker that owns the client; nothing blocks.
 */
public interface RegistrationStore {
    /** For a relay by itself: no other relay wants to know. */
    RegistrationStore NONE = new RegistrationStore() {
        @Override
        public void asks(Client client, Supplier<Map<Topic, Long>> topics) {}

        @Override
        public void acknowledged(Client client, long sequence) {}

        @Override
        public boolean released(Client client, long cursor) {
            return false;
        }

        @Override
        public void ended(Client client) {}
    };

    /** There is no cursor. */
    long NO_CURSOR = -1;

    /** A connected client is subscribed to these topics, and has had each of them up to a sequence. */
    void asks(Client client, Supplier<Map<Topic, Long>> topics);

    /** A client has received all messages up to this sequence. */
    void acknowledged(Client client, long sequence);

    /**
     * A client's connection has ended.
     *
     * @param cursor the sequence of the last message that it is known to have received, or {@link #NO_CURSOR}
     * @return whether its registration goes on elsewhere, so that this relay forgets it
     */
    boolean released(Client client, long cursor);

    /** A client's registration has ended. */
    void ended(Client client);
}
