package relay.websocket;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import relay.client.Client;
import relay.engine.IdempotencyConflictException;
import relay.engine.IdempotencyKey;
import relay.hub.Hub;
import relay.json.Json;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.TopicFilter;
import relay.message.UnavailableException;
import relay.publish.PublishListener.Outcome;
import relay.publish.PublishOnce;

/**
 * Publishes what clients send on their sockets, if their registrations allow it. For any thread; nothing blocks. What is under way is
 * bounded by the connections: each has one command under way.
 */
public final class ClientPublications {
    private final Hub hub;
    private final Json json;
    private final PublishOnce once;
    private final LongAdder published = new LongAdder();

    /** @param once for clients only: they choose as many keys as they like, and push out none of others */
    public ClientPublications(Hub hub, Json json, PublishOnce once) {
        this.hub = hub;
        this.json = json;
        this.once = once;
    }

    /** How many messages of clients were accepted. */
    public long published() {
        return published.sum();
    }

    /**
     * Publishes a message of a client. One of the last two is called, once, by any thread: the client may send more then.
     *
     * @param isAnswered whether the client is told that it is published; it is told in any case that it is not
     * @param silently called when there is nothing to tell
     * @param answer called with the frame to send
     */
    void publish(
            SocketCommand.Publish wanted,
            Client client,
            boolean isAnswered,
            Runnable silently,
            Consumer<ByteBuffer> answer) {
        TopicFilter allowed = client.permissions().publish();
        // A client without a registration has none that would allow it.
        if (!allowed.allows(wanted.topic())) {
            answer.accept(SocketAnswer.mayNotPublish(json, wanted.topic(), allowed));
            return;
        }
        Message message = new Message(
                List.of(wanted.topic()),
                Optional.empty(),
                wanted.text(),
                MessageOptions.from(client.user().orElseThrow()));
        Sender sender = new Sender(isAnswered, silently, answer);
        try {
            once.publish(
                    wanted.key().map(key -> key(client, key, wanted)),
                    sender,
                    (key, listener) -> hub.publishOf(client, message, key, listener));
        } catch (IdempotencyConflictException | UnavailableException e) {
            sender.refused(e);
        }
    }

    /** Keys belong to the registration. */
    private static IdempotencyKey key(Client client, String key, SocketCommand.Publish wanted) {
        ByteBuffer text = ByteBuffer.allocate(wanted.text().size());
        wanted.text().putInto(text);
        return IdempotencyKey.ofClient(
                List.of(client.id().secret(), key),
                List.of(IdempotencyKey.utf8(wanted.topic().name()), text.flip()));
    }

    /** A client that waits for its answer. For any thread. */
    private final class Sender implements PublishOnce.Sender {
        private final boolean isAnswered;
        private final Runnable silently;
        private final Consumer<ByteBuffer> answer;

        Sender(boolean isAnswered, Runnable silently, Consumer<ByteBuffer> answer) {
            this.isAnswered = isAnswered;
            this.silently = silently;
            this.answer = answer;
        }

        @Override
        public String answer(Outcome outcome) {
            published.increment();
            return "{\"id\":\"" + outcome.id() + "\"}";
        }

        @Override
        public void answered(String known, boolean repeated) {
            if (isAnswered) {
                answer.accept(SocketAnswer.published(known));
            } else {
                silently.run();
            }
        }

        @Override
        public void refused(RuntimeException cause) {
            answer.accept(
                    cause instanceof IdempotencyConflictException
                            ? SocketAnswer.conflict(json)
                            : SocketAnswer.unavailable(json, UnavailableException.of(cause)));
        }
    }
}
