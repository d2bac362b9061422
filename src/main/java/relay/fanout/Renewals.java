package relay.fanout;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.message.Topic;
import relay.message.UnavailableException;
import relay.outbound.SendQueue;
import relay.outbound.WriteListener;

/**
 * Puts other credentials of clients in force. The owning worker only.
 *
 * <p>A credential is in force at once, and the client is told when it is stored: so nobody is told of one that a restart, or another
 * relay, would not know.
 */
final class Renewals {
    private final ClientRegistry registry;
    private final ClientTable clients;
    private final TopicTable topics;
    private final Timers timers;
    private final Liveness liveness;
    private final Subscriptions subscriptions;
    private final Sessions sessions;
    private final GapNotices notices;
    private final RegistrationStore store;
    private final Consumer<Subscriber> writeFirst;
    private final Consumer<Runnable> later;

    /**
     * Has nothing to do yet.
     *
     * @param writeFirst writes to a subscriber what the batch has for it; it may be gone then, if it is too slow
     * @param later runs something in the worker's thread, for any thread
     */
    Renewals(
            ClientRegistry registry,
            ClientTable clients,
            TopicTable topics,
            Timers timers,
            Liveness liveness,
            Subscriptions subscriptions,
            Sessions sessions,
            GapNotices notices,
            RegistrationStore store,
            Consumer<Subscriber> writeFirst,
            Consumer<Runnable> later) {
        this.registry = registry;
        this.clients = clients;
        this.topics = topics;
        this.timers = timers;
        this.liveness = liveness;
        this.subscriptions = subscriptions;
        this.sessions = sessions;
        this.notices = notices;
        this.store = store;
        this.writeFirst = writeFirst;
        this.later = later;
    }

    /**
     * Gives a client another credential, unless the connection that asked for that does not serve it any more.
     *
     * @param answered called when the client has been told, or nothing has changed
     * @param outdated called instead if somebody else has changed the client since this was found out: nothing has changed
     */
    void renew(Client client, SendQueue queue, Renewal renewal, Runnable answered, Runnable outdated) {
        serving(client, queue).ifPresent(subscriber -> {
            // What was published before is for the topics that it had then.
            writeFirst.accept(subscriber);
            notices.tellNow(subscriber);
        });
        Optional<Subscriber> served = serving(client, queue);
        if (served.isEmpty()) {
            sessions.settle(client);
            answered.run();
            return;
        }
        if (!renewal.isFor(client.permissions(), served.get().topics())) {
            outdated.run();
            return;
        }
        apply(served.get(), queue, renewal);
        store.renewed(client)
                .whenComplete((none, failure) -> later.accept(() -> tell(queue, renewal, failure, answered)));
    }

    private void apply(Subscriber subscriber, SendQueue queue, Renewal renewal) {
        subscriber.client.renew(renewal.permissions());
        if (!subscriber.isDraining()) {
            // Its end may be earlier now, or later.
            timers.lookAt(subscriber, liveness.nextLook(subscriber, queue.connection()));
        }
        if (!renewal.lost().isEmpty()) {
            Set<Topic> kept = new LinkedHashSet<>(subscriber.topics());
            kept.removeAll(renewal.lost());
            subscriptions.narrow(subscriber, topics.replace(subscriber.topics(), kept));
            sessions.storeTopics(subscriber);
        }
        registry.settle(subscriber.client, subscriber.topics());
    }

    private static void tell(SendQueue queue, Renewal renewal, @Nullable Throwable failure, Runnable answered) {
        if (failure == null) {
            renewal.answer().ifPresent(frame -> queue.control(frame, WriteListener.NONE));
        } else {
            queue.control(renewal.notStored().apply(UnavailableException.of(failure)), WriteListener.NONE);
        }
        renewal.notice().ifPresent(frame -> queue.control(frame, WriteListener.NONE));
        queue.afterAll(WriteListener.of(answered, cause -> answered.run()));
    }

    private Optional<Subscriber> serving(Client client, SendQueue queue) {
        return client.queue().equals(Optional.of(queue)) ? Optional.ofNullable(clients.find(client)) : Optional.empty();
    }
}
