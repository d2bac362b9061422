package relay.fanout;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.message.Topic;
import relay.message.UnavailableException;

/**
 * Gives clients other topics and permissions that somebody else wants them to have. The owning worker only.
 *
 * <p>The client is told nothing. A change is in force at once, for the next message; whoever wants it hears of it when it is stored.
 */
final class ClientChanges {
    private final ClientRegistry registry;
    private final ClientTable clients;
    private final TopicTable topics;
    private final Subscriptions subscriptions;
    private final GapNotices notices;
    private final RegistrationStore store;
    private final Consumer<Subscriber> writeFirst;

    /** @param writeFirst writes to a subscriber what the batch has for it; it may be gone then, if it is too slow */
    ClientChanges(
            ClientRegistry registry,
            ClientTable clients,
            TopicTable topics,
            Subscriptions subscriptions,
            GapNotices notices,
            RegistrationStore store,
            Consumer<Subscriber> writeFirst) {
        this.registry = registry;
        this.clients = clients;
        this.topics = topics;
        this.subscriptions = subscriptions;
        this.notices = notices;
        this.store = store;
        this.writeFirst = writeFirst;
    }

    /** Changes a client; empty if it is gone. */
    Optional<ChangedClient> change(Client client, ChangePlan plan) {
        Subscriber before = clients.find(client);
        if (before != null) {
            // What was published before is for the topics that it had then.
            writeFirst.accept(before);
        }
        Subscriber told = clients.find(client);
        if (told != null && client.queue().isPresent()) {
            notices.tellNow(told);
        }
        return Optional.ofNullable(clients.find(client)).map(subscriber -> change(subscriber, plan));
    }

    private ChangedClient change(Subscriber subscriber, ChangePlan found) {
        Client client = subscriber.client;
        SubscribedTopics before = subscriber.topics();
        // A command of the client itself may have come in between, or another change: that is rare.
        ChangePlan plan = found.isFor(client.permissions(), before)
                ? found
                : ChangePlan.of(found.change(), client.permissions(), before);
        if (plan.refused().isPresent()) {
            return new ChangedClient(before, plan.refused(), CompletableFuture.completedStage(null));
        }
        if (!registry.change(client, before, plan.topics(), plan.permissions())) {
            return new ChangedClient(
                    before,
                    Optional.empty(),
                    CompletableFuture.failedStage(UnavailableException.noRoomFor("registrations and topics")));
        }
        client.renew(plan.permissions());
        Set<Topic> wanted = plan.topics();
        if (!before.equals(wanted)) {
            subscriptions.change(subscriber, topics.replace(before, wanted, subscriber.frames() != null));
        }
        return new ChangedClient(subscriber.topics(), Optional.empty(), stored(subscriber));
    }

    private CompletionStage<Void> stored(Subscriber subscriber) {
        AckTracker acks = subscriber.acks();
        boolean isNew = acks == null && subscriber.client.queue().isEmpty();
        CompletionStage<Void> stored = isNew
                ? store.changed(subscriber.client, subscriber.registeredAt(), subscriber::firstStarts)
                : store.changed(subscriber.client, Sessions.cursor(subscriber), () -> subscriptions.starts(subscriber));
        return stored.exceptionallyCompose(failure -> CompletableFuture.failedStage(UnavailableException.engine(
                "the change is in force, but is not stored, and may be lost: send it again until it is answered with 200 ("
                        + UnavailableException.of(failure).detail() + ")")));
    }
}
