package relay.engine.memory;

import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import relay.engine.Archive;
import relay.engine.Engine;
import relay.engine.Epochs;
import relay.engine.IdempotencyKey;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.message.AcceptedMessage;
import relay.message.MessageId;
import relay.message.Topic;

/**
 * The engine of a relay that is alone and keeps nothing: the sequence is a counter, the epoch is new at each start, and the
 * past and the registrations are the relay's own. For any thread.
 */
public final class MemoryEngine implements Engine {
    private static final CompletionStage<Hold> NOTHING_TO_HOLD = CompletableFuture.completedStage(Hold.NONE);
    private static final CompletionStage<Void> NOTHING_TO_STORE = CompletableFuture.completedStage(null);

    private final String epoch = Epochs.newName();

    private final InstantSource clock;

    private @Nullable Receiver receiver;
    private long lastSequence;
    private long lastMillis;

    /** @param clock gives messages their time */
    public MemoryEngine(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public synchronized void start(Receiver newReceiver) {
        newReceiver.epochs(Epochs.first(epoch));
        receiver = newReceiver;
    }

    @Override
    public void stop() {}

    @Override
    public Optional<String> trouble() {
        return Optional.empty();
    }

    /** The receiver is called with the lock held: so it gets messages in their order. */
    @Override
    public void publish(Publication publication) {
        MessageId id;
        synchronized (this) {
            if (receiver == null) {
                throw new IllegalStateException("not started");
            }
            id = new MessageId(epoch, ++lastSequence);
            lastMillis = Math.max(lastMillis, clock.millis());
            receiver.own(new AcceptedMessage(id, lastMillis, publication.message()), publication, Archive.NOWHERE);
        }
        publication.stored(id, 1, true);
    }

    /** All messages come, and the relay holds their past itself. */
    @Override
    public CompletionStage<Hold> follow(Set<Topic> topics, Optional<Reader> past) {
        return NOTHING_TO_HOLD;
    }

    /** The relay's own memory of answers does. */
    @Override
    public CompletionStage<Void> remember(IdempotencyKey key, String answer) {
        return NOTHING_TO_STORE;
    }
}
