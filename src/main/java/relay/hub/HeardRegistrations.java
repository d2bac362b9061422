package relay.hub;

import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import relay.client.Client;
import relay.engine.Event;
import relay.fanout.RegistrationStore;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * Stores what another store does, and then says who has come and who has gone: a registered client comes with its first connection, and
 * goes when its registration ends. In between its connections come and go, and nobody hears of that.
 *
 * <p>By the workers, each with its own clients.
 */
final class HeardRegistrations implements RegistrationStore {
    private final RegistrationStore store;
    private final Consumer<Event> events;

    HeardRegistrations(RegistrationStore store, Consumer<Event> events) {
        this.store = store;
        this.events = events;
    }

    @Override
    public void connected(Client client, long cursor, Supplier<Map<Topic, Long>> topics) {
        store.connected(client, cursor, topics);
        if (!client.hasBeenConnected()) {
            client.rememberConnected();
            say(client, Event.Connected::new);
        }
    }

    @Override
    public void asks(Client client, long cursor, Supplier<Map<Topic, Long>> topics) {
        store.asks(client, cursor, topics);
    }

    @Override
    public CompletionStage<Void> renewed(Client client) {
        return store.renewed(client);
    }

    @Override
    public void acknowledged(Client client, long sequence) {
        store.acknowledged(client, sequence);
    }

    @Override
    public boolean released(Client client, long cursor) {
        boolean goesOn = store.released(client, cursor);
        if (!goesOn && client.keep().isZero()) {
            gone(client);
        }
        return goesOn;
    }

    @Override
    public boolean expired(Client client, long cursor) {
        boolean goesOn = store.expired(client, cursor);
        if (!goesOn) {
            gone(client);
        }
        return goesOn;
    }

    @Override
    public void ended(Client client) {
        store.ended(client);
        gone(client);
    }

    private void gone(Client client) {
        if (client.hasBeenConnected()) {
            say(client, Event.Gone::new);
        }
    }

    /** Whoever is not registered comes and goes unheard; whoever is has a user. */
    private void say(Client client, BiFunction<ClientId, UserId, Event> event) {
        if (client.isRegistered()) {
            client.user().ifPresent(user -> events.accept(event.apply(client.id(), user)));
        }
    }
}
