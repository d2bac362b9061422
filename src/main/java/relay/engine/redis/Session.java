package relay.engine.redis;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.fatal.Fatal;

/**
 * Two connections to one server, for as long as both live. For any thread; nothing blocks but {@link #close}.
 *
 * <p>Nothing is sent twice: what is under way when it ends, fails.
 */
final class Session {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    /** What may be under way at most. */
    static final int MOST_CALLS = 16_384;

    private static final long MOST_BYTES = 64L << 20;

    /**
     * Errors that tell that this server is not the one to ask, that it has another log than this session's, or that it has
     * forgotten the scripts: to send them along with what it refused would bring that behind what was sent later.
     */
    private static final Set<String> ENDING = Set.of(
            "READONLY",
            "MOVED",
            "ASK",
            "CLUSTERDOWN",
            "LOADING",
            "MASTERDOWN",
            "NOAUTH",
            "NOPERM",
            "EPOCH",
            "NOSCRIPT");

    private final String place;
    private final StatefulRedisConnection<String, byte[]> commands;
    private final StatefulRedisPubSubConnection<String, byte[]> subscriptions;
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    /** Whether the server has refused to write for want of memory since it last published something. */
    private final AtomicBoolean full = new AtomicBoolean();

    private final CompletableFuture<String> ended = new CompletableFuture<>();

    /** Names the counter: the server's run id and the epoch. Written once, as the session begins. */
    private volatile byte[] log = Bytes.NONE;

    /** @param place where the server is, for people */
    Session(
            String place,
            StatefulRedisConnection<String, byte[]> commands,
            StatefulRedisPubSubConnection<String, byte[]> subscriptions) {
        this.place = place;
        this.commands = commands;
        this.subscriptions = subscriptions;
        endWith(commands);
        endWith(subscriptions);
    }

    private void endWith(StatefulConnection<String, byte[]> connection) {
        connection.addListener(new RedisConnectionStateListener() {
            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> lost) {
                end("the connection to the engine was lost");
            }
        });
        if (!connection.isOpen()) {
            end("the connection to the engine was lost");
        }
    }

    /** From now on every call fails. */
    void end(String why) {
        ended.complete(why);
    }

    /** Completes with the reason when it has ended. */
    CompletionStage<String> ended() {
        return ended;
    }

    @Nullable
    String whyEnded() {
        return ended.getNow(null);
    }

    /** A reason, with where that was. */
    String placed(String why) {
        return why + " (" + place + ")";
    }

    byte[] log() {
        return log;
    }

    void log(String run, String epoch) {
        log = Bytes.of(run + " " + epoch);
    }

    StatefulRedisConnection<String, byte[]> commands() {
        return commands;
    }

    StatefulRedisPubSubConnection<String, byte[]> subscriptions() {
        return subscriptions;
    }

    /** Tells the server all scripts: it knows them for as long as the session lasts. */
    CompletionStage<Void> teach() {
        return CompletableFuture.allOf(Stream.of(Script.values())
                .map(script -> commands.async().scriptLoad(script.text()).toCompletableFuture())
                .toArray(CompletableFuture[]::new));
    }

    /** Runs a script; fails with {@link CallFailedException} only. It completes in the thread of the connection. */
    CompletionStage<List<Object>> call(Script script, String[] keys, byte[]... arguments) {
        String why = whyEnded();
        if (why != null) {
            return CompletableFuture.failedFuture(CallFailedException.unexplained(why));
        }
        long size = size(arguments);
        if (calls.get() >= MOST_CALLS || bytes.get() + size > MOST_BYTES) {
            return CompletableFuture.failedFuture(
                    new CallFailedException(true, "as many requests to the engine are under way as may be"));
        }
        calls.incrementAndGet();
        bytes.addAndGet(size);
        CompletableFuture<List<Object>> answer = new CompletableFuture<>();
        RedisFuture<List<Object>> sent =
                commands.async().evalsha(script.digest(), ScriptOutputType.MULTI, keys, arguments);
        sent.whenComplete(Fatal.watched((reply, failure) -> {
            calls.decrementAndGet();
            bytes.addAndGet(-size);
            if (failure == null) {
                if (script == Script.PUBLISH) {
                    hasRoom();
                }
                answer.complete(reply);
            } else {
                // In this order: whatever is still unanswered when the session ends is taken for unknown.
                CallFailedException failed = failed(failure);
                answer.completeExceptionally(failed);
                endIfLeft(failure, failed);
            }
        }));
        return answer;
    }

    private CallFailedException failed(Throwable failure) {
        Throwable cause = cause(failure);
        if (!(cause instanceof RedisCommandExecutionException said)) {
            return new CallFailedException(false, "the connection to the engine was lost");
        }
        if (firstWord(said).equals("OOM")) {
            if (full.compareAndSet(false, true)) {
                LOG.warn("the engine is full and refuses what is published: give it more memory, or hold less history");
            }
            return new CallFailedException(true, "the engine is full: give it more memory, or hold less history");
        }
        return CallFailedException.unexplained("the engine said: " + said.getMessage());
    }

    private void endIfLeft(Throwable failure, CallFailedException failed) {
        if (cause(failure) instanceof RedisCommandExecutionException said && ENDING.contains(firstWord(said))) {
            end(failed.reason());
        }
    }

    private static String firstWord(RedisCommandExecutionException said) {
        return String.valueOf(said.getMessage()).split(" ", 2)[0];
    }

    private void hasRoom() {
        if (full.get() && full.compareAndSet(true, false)) {
            LOG.info("the engine has room again");
        }
    }

    static Throwable cause(Throwable failure) {
        boolean wrapped = failure instanceof CompletionException || failure instanceof ExecutionException;
        return wrapped && failure.getCause() != null ? failure.getCause() : failure;
    }

    private static long size(byte[][] arguments) {
        long size = 0;
        for (byte[] argument : arguments) {
            size += argument.length;
        }
        return size;
    }

    /** Ends it, and waits until both connections are closed, so that all calls have failed. Not by their threads. */
    void close() {
        end("the relay has left the engine");
        CompletableFuture.allOf(commands.closeAsync(), subscriptions.closeAsync())
                .exceptionally(failure -> null)
                .join();
    }
}
