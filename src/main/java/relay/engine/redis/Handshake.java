package relay.engine.redis;

import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.Epochs;

/**
 * The beginning of a connection: whether this is a server that we can work with, which run of it this is, and which epoch the
 * log goes on in; then what was missed is brought. The engine thread's; blocks, for a few seconds at most in each step.
 *
 * @param events whether the backend hears of events
 * @param listeners makes one for each connection
 */
record Handshake(
        Keys keys,
        Timings timings,
        Connector connector,
        boolean events,
        Supplier<PubSubListener> listeners,
        OrderedReceiver receiver,
        Resync resync) {
    private static final Logger LOG = LoggerFactory.getLogger(Handshake.class);
    private static final int MOST_EPOCHS = 100;
    private static final int LEAST_VERSION = 7;

    /** In this order: there is a bound, and what happens at it. */
    private static final Pattern MAY_EVICT = Pattern.compile("(?ms)^maxmemory:[1-9].*^maxmemory_policy:(?!noeviction)");

    /** @throws EngineException with the reason, for people, why there is no connection */
    RedisConnection connect() throws InterruptedException {
        RedisConnection connection = connector.connect(listeners.get());
        boolean done = false;
        try {
            begin(connection);
            resync.run(connection);
            connection.listener().open();
            done = true;
            return connection;
        } catch (EngineException e) {
            throw EngineException.internal(connection.placed(e.reason()));
        } finally {
            if (!done) {
                connection.close();
            }
        }
    }

    private void begin(RedisConnection connection) throws InterruptedException {
        RedisAsyncCommands<String, byte[]> commands = connection.commands().async();
        checkVersion(await(version(commands)));
        await(load(commands));
        boolean mayInfo = checkPermissions(connection);
        if (mayInfo) {
            warnOfEviction(await(commands.info("memory")));
        }
        String run = await(RunId.of(connection, keys.log(), mayInfo));
        Reply reply = await(connection.call(
                Script.BEGIN,
                new String[] {
                    keys.log(),
                    keys.epochs(),
                    keys.last(),
                    keys.loss(),
                    keys.lastBefore(),
                    keys.topicNames(),
                    keys.topicNamesBefore()
                },
                run,
                receiver.highest(),
                receiver.epoch(),
                Epochs.newName(),
                keys.control(),
                MOST_EPOCHS,
                timings.restoring()));
        Epochs epochs = OrderedReceiver.parseEpochs(reply.text(1));
        connection.log(run, epochs.current().name());
        receiver.begin(epochs, reply.number(0));
    }

    /** The answer to {@code HELLO}, which is allowed to everybody, has it. */
    private static CompletionStage<String> version(RedisAsyncCommands<String, byte[]> commands) {
        return commands.dispatch(CommandType.HELLO, new NestedMultiOutput<>(Connector.CODEC))
                .thenApply(answer -> {
                    List<String> words = answer.stream()
                            .map(word -> word instanceof byte[] bytes ? Reply.text(bytes) : "")
                            .toList();
                    return words.get(words.indexOf("version") + 1);
                });
    }

    private static void checkVersion(String version) {
        if (Integer.parseInt(version.replaceFirst("\\D.*", "")) < LEAST_VERSION) {
            throw EngineException.refused("the engine is Redis " + version + ": it has to be 7.0 or newer");
        }
    }

    /** The server knows the scripts from then on: another run of it, which may not, has other connections. */
    private static CompletionStage<Void> load(RedisAsyncCommands<String, byte[]> commands) {
        return CompletableFuture.allOf(Stream.of(Script.values())
                .map(script -> commands.scriptLoad(script.text()).toCompletableFuture())
                .toArray(CompletableFuture[]::new));
    }

    /** Whether the user may run {@code INFO}, which nothing needs. */
    private boolean checkPermissions(RedisConnection connection) throws InterruptedException {
        String all = keys.prefix();
        Reply reply = await(connection.call(Script.PERMIT, new String[0], all + "any", all + "any", events ? 1 : 0));
        List<?> missing = reply.list(1);
        if (!missing.isEmpty()) {
            throw EngineException.internal("the engine's user needs "
                    + missing.stream().map(Reply::text).collect(Collectors.joining(" "))
                    + " on ~" + all + "* and &" + all + "*");
        }
        connection.mayFollowPatterns(reply.number(2) == 1);
        return reply.number(0) == 1;
    }

    private static void warnOfEviction(String memory) {
        if (MAY_EVICT.matcher(memory).find()) {
            LOG.warn("the engine may evict what the relays need: set its maxmemory-policy to noeviction");
        }
    }

    private <T> T await(CompletionStage<T> stage) throws InterruptedException {
        return await(stage, timings.begin());
    }

    /** Waits for one step of a beginning. */
    static <T> T await(CompletionStage<T> stage, Duration patience) throws InterruptedException {
        try {
            return stage.toCompletableFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw EngineException.refused("the engine does not answer");
        } catch (ExecutionException e) {
            throw EngineException.cause(e) instanceof EngineException failed
                    ? failed
                    : EngineException.internal("the engine said: " + EngineException.reasonOf(e));
        }
    }
}
