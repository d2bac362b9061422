package relay.engine.redis;

import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Finds the master that holds everything, by asking Sentinels or the nodes of a Cluster where it is. Lettuce could too, but
 * warns of each one that does not answer, each time. One thread at a time.
 */
final class MasterLocator {
    private static final StringCodec CODEC = StringCodec.UTF8;

    private final EngineUrl url;
    private final String key;
    private final Function<RedisURI, StatefulRedisConnection<String, String>> connector;
    private final Duration timeout;
    private int attempts;

    /** Asks a Sentinel or a node where the master is; empty if it does not know. */
    private interface Question {
        Optional<RedisURI> ask(StatefulRedisConnection<String, String> connection, RedisURI asked);
    }

    /**
     * @param key one of the keys, by which a cluster tells its servers apart
     * @param timeout of each thing that is asked
     */
    MasterLocator(
            EngineUrl url,
            String key,
            Function<RedisURI, StatefulRedisConnection<String, String>> connector,
            Duration timeout) {
        this.url = url;
        this.key = key;
        this.connector = connector;
        this.timeout = timeout;
    }

    /** Where it is now; may block for some seconds, and throws {@link EngineException} if it is not found. */
    RedisURI locate() {
        if (url.isOfSentinels()) {
            return found(
                    "no Sentinel says where " + url.master() + " is", "does not know " + url.master(), this::master);
        }
        if (url.isOfCluster()) {
            int slot = SlotHash.getSlot(key);
            return found(
                    "no node of the Cluster says where slot " + slot + " is",
                    "knows no server of slot " + slot,
                    (connection, asked) -> owner(connection, asked, slot));
        }
        return url.first(timeout).get(0);
    }

    /**
     * Each time another one is asked first: one that is gone costs seconds, and one that is cut off from the others knows only
     * what was.
     */
    private RedisURI found(String none, String unknown, Question question) {
        List<RedisURI> all = url.first(timeout);
        String[] failures = new String[all.size()];
        for (int i = 0; i < failures.length; i++) {
            int next = Math.floorMod(attempts + i, failures.length);
            RedisURI asked = all.get(next);
            try (StatefulRedisConnection<String, String> connection = connector.apply(asked)) {
                Optional<RedisURI> found = question.ask(connection, asked);
                if (found.isPresent()) {
                    attempts++;
                    return found.get();
                }
                failures[next] = Connector.place(asked) + ": " + unknown;
            } catch (RedisException | IllegalStateException e) {
                failures[next] = Connector.place(asked) + ": " + EngineException.reasonOf(e);
            }
        }
        attempts++;
        // In their order, whichever was asked first: a text that changes is logged again.
        throw EngineException.internal(none + ": " + Arrays.stream(failures).collect(Collectors.joining("; ")));
    }

    private Optional<RedisURI> master(StatefulRedisConnection<String, String> connection, RedisURI asked) {
        CommandArgs<String, String> arguments =
                new CommandArgs<>(CODEC).add("GET-MASTER-ADDR-BY-NAME").add(url.master());
        List<Object> address =
                connection.sync().dispatch(CommandType.SENTINEL, new NestedMultiOutput<>(CODEC), arguments);
        return address.size() < 2 ? Optional.empty() : Optional.of(server(asked, address.get(0), address.get(1)));
    }

    private Optional<RedisURI> owner(StatefulRedisConnection<String, String> connection, RedisURI asked, int slot) {
        return connection.sync().clusterSlots().stream()
                .map(range -> (List<?>) range)
                .filter(range -> (Long) range.get(0) <= slot && slot <= (Long) range.get(1))
                .map(range -> (List<?>) range.get(2))
                .map(master -> server(asked, master.get(0), master.get(1)))
                .findFirst();
    }

    /** Their answers have neither the password nor how to connect; nor, perhaps, a name of the one that is asked. */
    private RedisURI server(RedisURI asked, Object host, Object port) {
        RedisURI server = url.server(timeout);
        boolean named = host instanceof String name && !name.isEmpty() && !name.equals("?");
        server.setHost(named ? String.valueOf(host) : asked.getHost());
        server.setPort(Integer.parseInt(String.valueOf(port)));
        return server;
    }
}
