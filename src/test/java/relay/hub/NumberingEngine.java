package relay.hub;

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
 * The engine of a relay that is alone, with an epoch and numbers that the test knows: what test engines have in common. For any
 * thread; its lock is held while the receiver hears of a message.
 */
class NumberingEngine implements Engine {
    static final String EPOCH = "e";

    private @Nullable Receiver receiver;
    private long last;

    /** The id of the message with a number. */
    static MessageId id(long sequence) {
        return new MessageId(EPOCH, sequence);
    }

    /** The number of the last message. */
    final synchronized long last() {
        return last;
    }

    /** Gives so many numbers away; the last one before them. */
    final synchronized long take(int count) {
        long before = last;
        last += count;
        return before;
    }

    /** Who hears of what it brings. */
    final Receiver receiver() {
        if (receiver == null) {
            throw new IllegalStateException("not started");
        }
        return receiver;
    }

    /** Where its archive has a message. */
    long location(long sequence) {
        return Archive.NOWHERE;
    }

    /** A message has its number, and the receiver is about to hear of it. The lock is held. */
    void numbered(long sequence, Publication publication) {}

    /** The receiver has been told of the epoch, and of nothing else yet. The lock is held. */
    void started(Receiver newReceiver) {}

    @Override
    public final synchronized void start(Receiver newReceiver) {
        newReceiver.epochs(Epochs.first(EPOCH));
        receiver = newReceiver;
        started(newReceiver);
    }

    @Override
    public void stop() {}

    @Override
    public final Optional<String> trouble() {
        return Optional.empty();
    }

    @Override
    public final void publish(Publication publication) {
        MessageId id;
        synchronized (this) {
            id = id(take(1) + 1);
            numbered(id.sequence(), publication);
            receiver().own(new AcceptedMessage(id, 0, publication.message()), publication, location(id.sequence()));
        }
        publication.stored(id, 1, true);
    }

    @Override
    public CompletionStage<Hold> follow(Set<Topic> topics, Optional<Reader> past) {
        return CompletableFuture.completedStage(Hold.NONE);
    }

    @Override
    public CompletionStage<Void> remember(IdempotencyKey key, String answer) {
        return CompletableFuture.completedStage(null);
    }
}
