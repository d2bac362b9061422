package relay.engine.redis;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The connection that there is now, if any: {@link Reconnector} sets it, all others use it. For any thread. */
final class CurrentConnection {
    private volatile @Nullable RedisConnection connection;

    void set(@Nullable RedisConnection now) {
        connection = now;
    }

    @Nullable
    RedisConnection get() {
        return connection;
    }

    /** Runs a script; fails with {@link EngineException}. */
    CompletionStage<Reply> call(Script script, String[] keys, Object... arguments) {
        RedisConnection now = connection;
        return now == null ? CompletableFuture.failedStage(away()) : now.call(script, keys, arguments);
    }

    /** Publishes on a channel of one or of all relays; completes with the number of receivers. */
    CompletionStage<Long> publish(String channel, byte[] text) {
        RedisConnection now = connection;
        return now == null
                ? CompletableFuture.failedStage(away())
                : now.commands().async().publish(channel, text);
    }

    private static EngineException away() {
        return EngineException.refused("the engine is away");
    }
}
