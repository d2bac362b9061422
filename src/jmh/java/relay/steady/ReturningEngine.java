package relay.steady;

import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import relay.engine.Engine;
import relay.engine.IdempotencyKey;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.engine.memory.MemoryEngine;
import relay.message.Topic;

/** An engine in this process that can tell its relay what one tells that was away. */
final class ReturningEngine implements Engine {
    private final MemoryEngine local = new MemoryEngine(InstantSource.system());
    private @Nullable Receiver receiver;

    /** To be told something as an engine does it: one thing at a time. */
    synchronized Receiver receiver() {
        if (receiver == null) {
            throw new IllegalStateException("not started");
        }
        return receiver;
    }

    @Override
    public synchronized void start(Receiver newReceiver) {
        receiver = newReceiver;
        local.start(newReceiver);
    }

    @Override
    public void stop() {
        local.stop();
    }

    @Override
    public Optional<String> trouble() {
        return local.trouble();
    }

    @Override
    public synchronized void publish(Publication publication) {
        local.publish(publication);
    }

    @Override
    public CompletionStage<Hold> follow(Set<Topic> topics, Optional<Reader> past) {
        return local.follow(topics, past);
    }

    @Override
    public CompletionStage<Void> remember(IdempotencyKey key, String answer) {
        return local.remember(key, answer);
    }
}
