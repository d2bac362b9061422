package relay.engine.redis;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.fatal.Fatal;

/**
 * Two sockets to one server, one for commands and one for what is published, for as long as both live. For any thread;
 * nothing blocks but {@link #close}.
 *
 * <p>Nothing is sent twice: what is under way when it ends, fails.
 */
final class RedisConnection {
    private static final Logger LOG = LoggerFactory.getLogger(RedisConnection.class);

    /** The most calls that may be under way. */
    static final int MOST_CALLS = 16_384;

    private static final long MOST_BYTES = 64L << 20;
    private static final int MOST_CHANNELS = 1000;
    private static final String LOST = "the connection to the engine was lost";

    /**
     * Errors that tell that this server is not the one to ask, that it has another log than this connection's, or that it has
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
            "EPOCH",
            "NOSCRIPT",
            "NOPERM");

    /** Errors of a server that is there but writes nothing. */
    private static final Set<String> REFUSING = Set.of("OOM", "MISCONF", "NOREPLICAS");

    /** What a Redis before 7.2 says in place of {@code NOPERM} about what a script may not do. */
    private static final String SCRIPT_MAY_NOT = "The user executing the script can't ";

    private final String place;
    private final StatefulRedisConnection<String, byte[]> commands;
    private final StatefulRedisPubSubConnection<String, byte[]> subscriptions;
    private final PubSubListener listener;
    private final Gathering gathering;
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    /** The first word of why the server has refused to write since it last published; empty if it has not. The connection's thread's. */
    private String refusing = "";

    private final CompletableFuture<String> ended = new CompletableFuture<>();

    /** Names the counter: the server's run id and the epoch. Written once, in the handshake. */
    private volatile String log = "";

    /** Whether its user may subscribe to any glob. Written once, in the handshake. */
    private volatile boolean mayFollowPatterns;

    /**
     * @param place where the server is, for people
     * @param thread which writes commands and brings their answers
     * @param publisher writes a call that publishes these messages
     */
    RedisConnection(
            String place,
            StatefulRedisConnection<String, byte[]> commands,
            EventLoop thread,
            StatefulRedisPubSubConnection<String, byte[]> subscriptions,
            PubSubListener listener,
            BiConsumer<RedisConnection, List<PendingPublications.Pending>> publisher) {
        this.place = place;
        this.commands = commands;
        this.subscriptions = subscriptions;
        this.listener = listener;
        this.gathering = new Gathering(thread, messages -> publisher.accept(this, messages));
        subscriptions.addListener(listener);
        ended().thenAccept(listener::fail);
        endWith(commands);
        endWith(subscriptions);
    }

    private void endWith(StatefulConnection<String, byte[]> socket) {
        socket.addListener(new RedisConnectionStateListener() {
            @Override
            public void onRedisDisconnected(RedisChannelHandler<?, ?> lost) {
                end(LOST);
            }
        });
        if (!socket.isOpen()) {
            end(LOST);
        }
    }

    /** From now on every call fails. */
    void end(String why) {
        // In this order: of what is still unanswered when the connection has ended it is not known whether it was
        // published.
        gathering.close(EngineException.internal(why));
        ended.complete(why);
    }

    /** Completes with the reason when it has ended. */
    CompletionStage<String> ended() {
        return ended;
    }

    /** A reason, with where that was. */
    String placed(String why) {
        return why + " (" + place + ")";
    }

    String log() {
        return log;
    }

    void log(String run, String epoch) {
        log = run + " " + epoch;
    }

    boolean mayFollowPatterns() {
        return mayFollowPatterns;
    }

    void mayFollowPatterns(boolean may) {
        mayFollowPatterns = may;
    }

    StatefulRedisConnection<String, byte[]> commands() {
        return commands;
    }

    StatefulRedisPubSubConnection<String, byte[]> subscriptions() {
        return subscriptions;
    }

    PubSubListener listener() {
        return listener;
    }

    /** Publishes a message, soon, and before whatever is called after that. */
    void publish(PendingPublications.Pending message) {
        gathering.add(message);
    }

    /** Completes when the server has confirmed each of these channels. */
    CompletionStage<Void> subscribe(List<String> channels) {
        CompletionStage<Void> confirmed = listener.awaitConfirmations(channels);
        for (int i = 0; i < channels.size(); i += MOST_CHANNELS) {
            String[] some = channels.subList(i, Math.min(channels.size(), i + MOST_CHANNELS))
                    .toArray(String[]::new);
            endIfRefused(subscriptions.async().subscribe(some), "the engine refused a subscription: ");
        }
        return confirmed;
    }

    /** Completes when the server has confirmed each of these globs. */
    CompletionStage<Void> subscribeToGlobs(List<String> globs) {
        CompletionStage<Void> confirmed = listener.awaitConfirmations(globs);
        for (int i = 0; i < globs.size(); i += MOST_CHANNELS) {
            String[] some =
                    globs.subList(i, Math.min(globs.size(), i + MOST_CHANNELS)).toArray(String[]::new);
            endIfRefused(subscriptions.async().psubscribe(some), "the engine refused a pattern: ");
        }
        return confirmed;
    }

    void unsubscribeFromGlobs(List<String> globs) {
        endIfRefused(
                subscriptions.async().punsubscribe(globs.toArray(String[]::new)),
                "the engine refused to end a pattern: ");
    }

    void unsubscribe(List<String> channels) {
        endIfRefused(
                subscriptions.async().unsubscribe(channels.toArray(String[]::new)),
                "the engine refused to end a subscription: ");
    }

    private void endIfRefused(RedisFuture<Void> command, String what) {
        command.exceptionally(failure -> {
            end(what + EngineException.cause(failure).getMessage());
            return null;
        });
    }

    /** Runs a script; fails with {@link EngineException} only. It completes in the thread of the connection. */
    CompletionStage<Reply> call(Script script, String[] keys, Object... arguments) {
        CompletableFuture<Reply> answer = new CompletableFuture<>();
        call(answer, script, keys, arguments);
        return answer;
    }

    /** Likewise, where what depends on the answer has to be done before the connection ends because of it. */
    void call(CompletableFuture<Reply> answer, Script script, String[] keys, Object... arguments) {
        if (ended.isDone()) {
            refuse(answer, script, EngineException.internal(ended.join()));
            return;
        }
        if (script.followsPublications()) {
            gathering.sendAll();
        }
        byte[][] sent = new byte[arguments.length][];
        long size = 0;
        for (int i = 0; i < sent.length; i++) {
            sent[i] = Script.argument(arguments[i]);
            size += sent[i].length;
        }
        if (calls.get() >= MOST_CALLS || bytes.get() + size > MOST_BYTES) {
            refuse(answer, script, EngineException.refused("as many requests to the engine are under way as may be"));
            return;
        }
        calls.incrementAndGet();
        bytes.addAndGet(size);
        long released = -size;
        RedisFuture<List<Object>> reply = commands.async().evalsha(script.digest(), ScriptOutputType.MULTI, keys, sent);
        reply.whenComplete(Fatal.watched((elements, failure) -> {
            calls.decrementAndGet();
            bytes.addAndGet(released);
            if (failure == null) {
                if (script == Script.PUBLISH) {
                    published();
                    // At once: the server need not wait until all have been told.
                    gathering.answered();
                }
                answer.complete(new Reply(elements));
            } else {
                // In this order: whatever is still unanswered when the connection ends is taken for unknown.
                EngineException failed = failed(failure);
                answer.completeExceptionally(failed);
                if (isEnding(failure)) {
                    end(failed.reason());
                }
                if (script == Script.PUBLISH) {
                    gathering.answered();
                }
            }
        }));
    }

    private void refuse(CompletableFuture<Reply> answer, Script script, EngineException why) {
        answer.completeExceptionally(why);
        if (script == Script.PUBLISH) {
            gathering.answered();
        }
    }

    private EngineException failed(Throwable failure) {
        if (!(EngineException.cause(failure) instanceof RedisCommandExecutionException said)) {
            return EngineException.connectionLost();
        }
        return said(String.valueOf(said.getMessage()));
    }

    /** It ends if that is what the server has said of one of several things that it was asked to do at once. */
    void endBecauseOf(String message) {
        if (isEnding(message)) {
            end(said(message).reason());
        }
    }

    /** What these words of the server mean, about a thing that it has not done. */
    EngineException said(String message) {
        String word = firstWord(message);
        EngineException failed = word.equals("OOM")
                ? EngineException.refused("the engine is full: give it more memory, or hold less history")
                : EngineException.internal("the engine said: " + message);
        if (REFUSING.contains(word) && !refusing.equals(word)) {
            refusing = word;
            LOG.warn("{}: it refuses what is published", placed(failed.reason()));
        }
        return failed;
    }

    private static boolean isEnding(Throwable failure) {
        return EngineException.cause(failure) instanceof RedisCommandExecutionException said
                && isEnding(String.valueOf(said.getMessage()));
    }

    private static boolean isEnding(String message) {
        return ENDING.contains(firstWord(message)) || message.contains(SCRIPT_MAY_NOT);
    }

    private static String firstWord(String message) {
        return message.split(" ", 2)[0];
    }

    private void published() {
        if (!refusing.isEmpty()) {
            refusing = "";
            LOG.info("the engine takes what is published again");
        }
    }

    /**
     * Ends it: no message of it is handed on from now on. Waits until both sockets are closed, so that all calls have failed.
     * Not by their threads.
     */
    void close() {
        listener.close();
        end("the relay has left the engine");
        CompletableFuture.allOf(commands.closeAsync(), subscriptions.closeAsync())
                .exceptionally(failure -> null)
                .join();
    }
}
