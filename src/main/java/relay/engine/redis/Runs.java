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
 * Tells one run of a server's process from the next, which may have lost what the last one had. By the server's own run id, where
 * the user may ask for that ({@code INFO}); else by a script that the first relay of a run teaches it: a server neither stores
 * its scripts nor sends them to its replicas, so that only the same run knows it. For any thread.
 */
final class Runs {
    /** What the names begin with that relays have given; no run id does. */
    private static final String GIVEN = "given-";

    private static final int GIVEN_BYTES = 20;
    private static final Pattern RUN_ID = Pattern.compile("(?m)^run_id:(.*?)\r?$");
    private static final SecureRandom RANDOM = new SecureRandom();

    private Runs() {}

    /**
     * The name of this run.
     *
     * @param log the key that has the name of the run that the log is of
     * @param mayInfo whether the user may run {@code INFO}
     * @return fails with {@link CallFailedException} if the session's connections are to two servers
     */
    static CompletionStage<String> of(Session session, String log, boolean mayInfo) {
        return session.commands().async().hget(log, "current").thenCompose(current -> {
            String last = current == null ? "" : Bytes.text(current).split(" ", 2)[0];
            return knows(session.commands().async(), last).thenCompose(known -> {
                if (known) {
                    return given(session, last);
                }
                return mayInfo ? named(session) : newlyGiven(session);
            });
        });
    }

    private static CompletionStage<String> named(Session session) {
        return runId(session.commands().async())
                .thenCombine(runId(session.subscriptions().async()), (one, other) -> {
                    if (!one.equals(other)) {
                        throw twoServers();
                    }
                    return one;
                });
    }

    private static CompletionStage<String> runId(RedisAsyncCommands<String, byte[]> connection) {
        return connection.info("server").thenApply(info -> {
            Matcher matcher = RUN_ID.matcher(info);
            if (!matcher.find()) {
                throw new CallFailedException(true, "the engine does not tell its run_id");
            }
            return matcher.group(1);
        });
    }

    private static CompletionStage<String> newlyGiven(Session session) {
        byte[] random = new byte[GIVEN_BYTES];
        RANDOM.nextBytes(random);
        String name = GIVEN + HexFormat.of().formatHex(random);
        return session.commands().async().scriptLoad(script(name)).thenCompose(digest -> given(session, name));
    }

    /** The connection for commands knows it. */
    private static CompletionStage<String> given(Session session, String name) {
        return knows(session.subscriptions().async(), name).thenApply(known -> {
            if (!known) {
                throw twoServers();
            }
            return name;
        });
    }

    private static CompletionStage<Boolean> knows(RedisAsyncCommands<String, byte[]> connection, String name) {
        if (!name.startsWith(GIVEN)) {
            return CompletableFuture.completedStage(false);
        }
        return connection
                .<byte[]>evalsha(Script.digest(script(name)), ScriptOutputType.VALUE)
                .handle((answer, failure) -> failure)
                .thenCompose(failure -> failure == null || Session.cause(failure) instanceof RedisNoScriptException
                        ? CompletableFuture.completedStage(failure == null)
                        : CompletableFuture.failedStage(failure));
    }

    private static String script(String name) {
        return "return '" + name + "'";
    }

    private static CallFailedException twoServers() {
        return new CallFailedException(true, "two connections to the engine came to two servers");
    }
}
