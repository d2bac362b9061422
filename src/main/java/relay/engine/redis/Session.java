package relay.engine.redis;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
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
    private static final Set<String> ENDING =
            Set.of("READONLY", "MOVED", "ASK", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "NOAUTH", "EPOCH", "NOSCRIPT");

    /** Errors of a server that is there and writes nothing. */
    private static final Set<String> REFUSING = Set.of("OOM", "MISCONF", "NOREPLICAS");

    /** What a Redis before 7.2 says in place of {@code NOPERM} of what a script may not do. */
    private static final String SCRIPT_MAY_NOT = "The user executing the script can't ";

    private final String place;
    private final StatefulRedisConnection<String, byte[]> commands;
    private final StatefulRedisPubSubConnection<String, byte[]> subscriptions;
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    /** Why the server has refused to write since it last published something; empty if it has not. The connection's thread's. */
    private String refusing = "";

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

    /** The server's version: its answer to {@code HELLO}, which is allowed to everybody, has it. */
    CompletionStage<String> version() {
        return commands.async()
                .dispatch(CommandType.HELLO, new NestedMultiOutput<>(Connector.CODEC))
                .thenApply(answer -> {
                    List<String> words = answer.stream()
                            .map(word -> word instanceof byte[] bytes ? Bytes.text(bytes) : "")
                            .toList();
                    return words.get(words.indexOf("version") + 1);
                });
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
                    published();
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
        String word = firstWord(said);
        CallFailedException failed = word.equals("OOM")
                ? new CallFailedException(true, "the engine is full: give it more memory, or hold less history")
                : CallFailedException.unexplained("the engine said: " + said.getMessage());
        if (REFUSING.contains(word) && !refusing.equals(word)) {
            refusing = word;
            LOG.warn("{}: it refuses what is published", placed(failed.reason()));
        }
        return failed;
    }

    private void endIfLeft(Throwable failure, CallFailedException failed) {
        boolean isLeft =
                cause(failure) instanceof RedisCommandExecutionException said && ENDING.contains(firstWord(said));
        if (isLeft || isNoPermission(failure)) {
            end(failed.reason());
        }
    }

    /** Whether the server has refused something for want of a permission of its user. */
    private static boolean isNoPermission(Throwable failure) {
        return cause(failure) instanceof RedisCommandExecutionException said
                && (firstWord(said).equals("NOPERM")
                        || String.valueOf(said.getMessage()).contains(SCRIPT_MAY_NOT));
    }

    private static String firstWord(RedisCommandExecutionException said) {
        return String.valueOf(said.getMessage()).split(" ", 2)[0];
    }

    private void published() {
        if (!refusing.isEmpty()) {
            refusing = "";
            LOG.info("the engine takes what is published again");
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
