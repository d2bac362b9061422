package relay.engine.redis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells one run of a server's process from the next, which may have lost what the last one had. By the server's own run id
 * where the user may ask for it ({@code INFO}); else by a script that the first relay of a run loads: a server neither stores
 * its scripts nor sends them to its replicas, so only the same run knows it. For any thread.
 */
final class RunId {
    /** What the ids begin with that relays have given; no run id of a server does. */
    private static final String GIVEN = "given-";

    private static final int GIVEN_BYTES = 20;
    private static final Pattern RUN_ID = Pattern.compile("(?m)^run_id:(.*?)\r?$");
    private static final SecureRandom RANDOM = new SecureRandom();

    private RunId() {}

    /**
     * The id of this run.
     *
     * @param log the key that has the id of the run that the log is of
     * @param mayInfo whether the user may run {@code INFO}
     * @return fails with {@link EngineException} if the two sockets are to two servers
     */
    static CompletionStage<String> of(RedisConnection connection, String log, boolean mayInfo) {
        RedisAsyncCommands<String, byte[]> commands = connection.commands().async();
        return commands.hget(log, "current").thenCompose(current -> {
            String last = current == null ? "" : Reply.text(current).split(" ", 2)[0];
            return knows(commands, last).thenCompose(known -> {
                if (known) {
                    return given(connection, last);
                }
                return mayInfo ? own(connection) : newlyGiven(connection);
            });
        });
    }

    private static CompletionStage<String> own(RedisConnection connection) {
        return own(connection.commands().async())
                .thenCombine(own(connection.subscriptions().async()), (one, other) -> {
                    if (!one.equals(other)) {
                        throw twoServers();
                    }
                    return one;
                });
    }

    private static CompletionStage<String> own(RedisAsyncCommands<String, byte[]> socket) {
        return socket.info("server").thenApply(info -> {
            Matcher matcher = RUN_ID.matcher(info);
            if (!matcher.find()) {
                throw EngineException.refused("the engine does not tell its run_id");
            }
            return matcher.group(1);
        });
    }

    private static CompletionStage<String> newlyGiven(RedisConnection connection) {
        byte[] random = new byte[GIVEN_BYTES];
        RANDOM.nextBytes(random);
        String id = GIVEN + HexFormat.of().formatHex(random);
        return connection.commands().async().scriptLoad(script(id)).thenCompose(digest -> given(connection, id));
    }

    /** The server that the commands go to knows it. */
    private static CompletionStage<String> given(RedisConnection connection, String id) {
        return knows(connection.subscriptions().async(), id).thenApply(known -> {
            if (!known) {
                throw twoServers();
            }
            return id;
        });
    }

    private static CompletionStage<Boolean> knows(RedisAsyncCommands<String, byte[]> socket, String id) {
        if (!id.startsWith(GIVEN)) {
            return CompletableFuture.completedStage(false);
        }
        return socket.<byte[]>evalsha(socket.digest(script(id)), ScriptOutputType.VALUE)
                .handle((answer, failure) -> failure)
                .thenCompose(
                        failure -> failure == null || EngineException.cause(failure) instanceof RedisNoScriptException
                                ? CompletableFuture.completedStage(failure == null)
                                : CompletableFuture.failedStage(failure));
    }

    private static String script(String id) {
        return "return '" + id + "'";
    }

    private static EngineException twoServers() {
        return EngineException.refused("two connections to the engine came to two servers");
    }
}
