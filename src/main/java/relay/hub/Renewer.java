package relay.hub;

import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import relay.client.Client;
import relay.client.ClientInfo;
import relay.client.ClientRegistry;
import relay.client.Permissions;
import relay.fanout.Renewal;
import relay.fanout.Worker;
import relay.fatal.Fatal;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UnavailableException;
import relay.outbound.SendQueue;

/**
 * Gives connected clients other credentials. For any thread; nothing blocks.
 *
 * <p>Which topics a client loses is found out in a thread for requests: a thousand topics and as many patterns would take its worker some
 * tens of milliseconds. If they change meanwhile, which only a backend does, since a connection has one command under way, it is found out
 * anew.
 */
public final class Renewer {
    private final ClientRegistry registry;
    private final Function<Client, Worker> ownerOf;
    private final Executor executor;

    /** The frames that tell a client. For any thread. */
    public interface Answers {
        /** It has another credential, and these topics; empty if its commands are not answered. */
        Optional<ByteBuffer> renewed(Set<Topic> kept);

        /** It had these topics, and may not have them any more. */
        ByteBuffer lost(Set<Topic> lost);

        /** It has another credential, but that could not be stored. */
        ByteBuffer notStored(UnavailableException cause);
    }

    Renewer(ClientRegistry registry, Function<Client, Worker> ownerOf, Executor executor) {
        this.registry = registry;
        this.ownerOf = ownerOf;
        this.executor = executor;
    }

    /**
     * Gives a client another credential: it ends when that does, and loses the topics that it may not ask for any more.
     *
     * @param queue the queue of the connection that asks: if it does not serve the client any more, nothing changes
     * @param credential what its new credential allows, and until when; the rest stays as it is
     * @param answered called when it is in force and stored, and the answers are written; by any thread, and also when the connection
     *     has ended: it must neither block nor throw
     * @param refused called instead, by the calling thread, if there is no room: nothing has changed
     */
    public void renew(
            Client client,
            SendQueue queue,
            Permissions credential,
            Answers answers,
            Runnable answered,
            Consumer<UnavailableException> refused) {
        if (!registry.reserve(client, client.permissions().renewed(credential))) {
            refused.accept(UnavailableException.noRoomFor("registrations and topics"));
            return;
        }
        renewReserved(client, queue, credential, answers, answered);
    }

    private void renewReserved(
            Client client, SendQueue queue, Permissions credential, Answers answers, Runnable answered) {
        Worker owner = ownerOf.apply(client);
        owner.inSteps(worker -> {
            Optional<ClientInfo> found = worker.describe(client);
            if (found.isEmpty()) {
                answered.run();
            } else {
                Permissions permissions = client.permissions();
                Set<Topic> topics = found.get().topics();
                executor.execute(Fatal.watched(() -> owner.renew(
                        client,
                        queue,
                        renewal(permissions, topics, permissions.renewed(credential), answers),
                        answered,
                        () -> renewReserved(client, queue, credential, answers, answered))));
            }
            return false;
        });
    }

    private static Renewal renewal(Permissions before, Set<Topic> topics, Permissions permissions, Answers answers) {
        TopicFilter allowed = permissions.topics();
        Set<Topic> kept = new LinkedHashSet<>();
        Set<Topic> lost = new LinkedHashSet<>();
        topics.forEach(topic -> (allowed.allows(topic) ? kept : lost).add(topic));
        return new Renewal(
                before,
                topics,
                permissions,
                lost,
                answers.renewed(kept),
                lost.isEmpty() ? Optional.empty() : Optional.of(answers.lost(lost)),
                answers::notStored);
    }
}
