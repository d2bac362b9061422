package relay.engine.redis;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import relay.message.Topic;
import relay.message.UserId;

/** A topic that is followed, or about to be. All but the final fields and the state is the engine thread's. */
final class Followed {
    enum State {
        /** What comes is dropped: it may be incomplete. */
        SUBSCRIBING,
        /** What comes is complete. */
        ACTIVE,
        /** What comes is complete until the server says that it was the last. */
        LEAVING
    }

    final Topic topic;
    final String channel;

    /** Changed by the engine thread and, under the inbox's lock, by the thread that brings what is published. */
    volatile State state = State.SUBSCRIBING;

    final CompletableFuture<Void> ready = new CompletableFuture<>();
    final CompletableFuture<Void> left = new CompletableFuture<>();
    final Map<Optional<UserId>, CompletionStage<Void>> loaded = new HashMap<>();
    int holds;
    /** By System.nanoTime. */
    @Nullable
    Long idleSince;

    Followed(Topic topic, String channel) {
        this.topic = topic;
        this.channel = channel;
    }
}
