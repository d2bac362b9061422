package relay.engine.disk;

import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import relay.engine.Archive;
import relay.engine.Engine;
import relay.engine.IdempotencyKey;
import relay.engine.Journal;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.message.Topic;
import relay.message.UserId;

/**
 * The engine of a relay that is alone and keeps its data in a directory: messages, registrations and idempotency answers survive
 * the process. For any thread.
 */
public final class DiskEngine implements Engine {
    private static final CompletionStage<Hold> NOTHING_TO_HOLD = CompletableFuture.completedStage(Hold.NONE);

    private final DiskOptions options;
    private final InstantSource clock;

    /** It opens the directory when it is started. */
    public DiskEngine(DiskOptions options, InstantSource clock) {
        this.options = options;
        this.clock = clock;
    }

    /**
     * Recovers what is in the directory.
     *
     * @throws relay.message.InvalidInputException if the directory cannot be used
     */
    @Override
    public void start(Receiver receiver) {
        throw new UnsupportedOperationException("helper log " + options + clock);
    }

    @Override
    public void stop() {}

    @Override
    public Optional<String> trouble() {
        return Optional.empty();
    }

    @Override
    public void publish(Publication publication) {
        throw new UnsupportedOperationException("helper log");
    }

    /** All messages come. */
    @Override
    public CompletionStage<Hold> follow(Set<Topic> topics, Optional<UserId> pastOf) {
        return NOTHING_TO_HOLD;
    }

    @Override
    public CompletionStage<Void> remember(IdempotencyKey key, String answer) {
        throw new UnsupportedOperationException("helper log");
    }

    @Override
    public Optional<Journal> journal() {
        throw new UnsupportedOperationException("helper log");
    }

    @Override
    public Optional<Archive> archive() {
        throw new UnsupportedOperationException("helper log");
    }
}
