package relay.hub;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.client.RegistrationChange;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Topic;
import relay.message.UserId;

/** The registrations of a relay by itself: those of its own registry. For any thread. */
final class LocalRegistrar implements Registrar {
    private final Hub hub;
    private final ClientRegistry registry;

    LocalRegistrar(Hub hub, ClientRegistry registry) {
        this.hub = hub;
        this.registry = registry;
    }

    @Override
    public CompletionStage<MessageId> add(Client client, Set<Topic> topics) {
        return CompletableFuture.completedStage(hub.register(client, topics));
    }

    @Override
    public CompletionStage<Optional<UserId>> find(String digits) {
        return CompletableFuture.completedStage(registry.find(digits).flatMap(Client::user));
    }

    @Override
    public CompletionStage<Optional<Opening>> open(String digits, StartPosition start) {
        return CompletableFuture.completedStage(registry.find(digits).map(client -> new Opening(client, start)));
    }

    @Override
    public CompletionStage<Optional<Changed>> change(String digits, RegistrationChange change) {
        return registry.find(digits)
                .filter(Client::isRegistered)
                .map(client -> hub.change(client, change))
                .orElseGet(() -> CompletableFuture.completedStage(Optional.empty()));
    }

    @Override
    public CompletionStage<List<Changed>> changeAllOf(UserId user, RegistrationChange change) {
        CompletableFuture<List<Client>> clients = new CompletableFuture<>();
        hub.directory().registeredOf(user, clients::complete);
        return clients.thenCompose(found -> hub.changeEach(found, change));
    }

    @Override
    public CompletionStage<Void> remove(String digits) {
        registry.find(digits).ifPresent(hub::unregister);
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<Integer> removeAllOf(UserId user) {
        CompletableFuture<Integer> removed = new CompletableFuture<>();
        hub.directory().removeAllOf(user, removed::complete);
        return removed;
    }
}
