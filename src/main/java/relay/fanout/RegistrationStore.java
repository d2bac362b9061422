package relay.fanout;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import relay.client.Client;
import relay.message.Topic;

/**
 * Stores what is known of a client where other relays find it, or this one after a restart. Called by the worker that owns the client;
 * nothing blocks.
 */
public interface RegistrationStore {
    /** Nobody else wants to know. */
    RegistrationStore NONE = new RegistrationStore() {
        @Override
        public void connected(Client client, long cursor, Supplier<Map<Topic, Long>> topics) {}

        @Override
        public void asks(Client client, long cursor, Supplier<Map<Topic, Long>> topics) {}

        @Override
        public CompletionStage<Void> renewed(Client client) {
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void acknowledged(Client client, long sequence) {}

        @Override
        public boolean released(Client client, long cursor) {
            return false;
        }

        @Override
        public boolean expired(Client client, long cursor) {
            return false;
        }

        @Override
        public void ended(Client client) {}
    };

    /** There is no cursor. */
    long NO_CURSOR = -1;

    /**
     * A connection serves a client from now on.
     *
     * @param cursor the sequence of the last message that it is known to have received, which may go back; {@link #NO_CURSOR}
     * @param topics what it is subscribed to, and up to which sequence it has had each of them: to be asked for during the call only, since
     *     there may be many
     */
    void connected(Client client, long cursor, Supplier<Map<Topic, Long>> topics);

    /** A connected client has subscribed to other topics: the same as for {@link #connected}. */
    void asks(Client client, long cursor, Supplier<Map<Topic, Long>> topics);

    /**
     * A connected client has other {@linkplain Client#permissions permissions}.
     *
     * @return completes when they are stored, in any thread, which must not wait
     */
    CompletionStage<Void> renewed(Client client);

    /** A client has received all messages up to this sequence. */
    void acknowledged(Client client, long sequence);

    /**
     * A client's connection has ended. If the client is not kept, so has its registration.
     *
     * @param cursor the sequence of the last message that it is known to have received, or {@link #NO_CURSOR}
     * @return whether its registration goes on elsewhere, so that this relay forgets it
     */
    boolean released(Client client, long cursor);

    /**
     * Nobody has connected to a client in time: this relay forgets it.
     *
     * @param cursor the same as for {@link #released}
     * @return whether its registration goes on all the same, elsewhere or after a restart
     */
    boolean expired(Client client, long cursor);

    /** A client's registration has ended for another reason. */
    void ended(Client client);
}
