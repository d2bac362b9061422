package relay.engine;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/** The engine of a relay that is alone: the sequence is a counter, and every message is for this relay. For any thread. */
public final class LocalEngine implements Engine {
    private static final CompletionStage<Hold> NOTHING_TO_HOLD = CompletableFuture.completedStage(Hold.NONE);

    private final String epoch = HexFormat.of().toHexDigits(new SecureRandom().nextLong());

    private @Nullable Receiver receiver;
    private long lastSequence;

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

    /** The lock makes the receiver hear of messages in their order. */
    @Override
    public void publish(Publication publication) {
        MessageId id;
        synchronized (this) {
            if (receiver == null) {
                throw new IllegalStateException("not started");
            }
            id = new MessageId(epoch, ++lastSequence);
            receiver.own(id, publication);
        }
        publication.stored(id, 1, true);
    }

    @Override
    public CompletionStage<Hold> follow(Set<Topic> topics, Optional<UserId> pastOf) {
        return NOTHING_TO_HOLD;
    }

    @Override
    public Optional<Registrations> registrations() {
        return Optional.empty();
    }

    @Override
    public void remember(IdempotencyKey key, String answer) {}

    @Override
    public void report(Report report, int queued, int acknowledged) {}
}
