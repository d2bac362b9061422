package relay.engine.redis;

import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** Finds the one server that holds everything. */
interface Locator {
    /** Where it is now; may block for some seconds, and throws a {@link RuntimeException} if it is not found. */
    RedisURI locate();

    /**
     * The locator for a URL.
     *
     * @param key one of the keys, by which a cluster tells its servers apart
     * @throws IllegalArgumentException if it is none of those that {@link RedisOptions} names
     */
    static Locator of(String url, String key, ClientResources resources, Duration timeout) {
        if (!url.startsWith("redis-cluster://") && !url.startsWith("rediss-cluster://")) {
            RedisURI uri = RedisURI.create(url);
            uri.setTimeout(timeout);
            // Sentinels are asked by Lettuce with every new connection.
            return () -> uri;
        }
        List<RedisURI> seeds = seeds(url, timeout);
        return () -> {
            RedisClusterClient client = RedisClusterClient.create(resources, seeds);
            try {
                RedisClusterNode node = client.getPartitions().getPartitionBySlot(SlotHash.getSlot(key));
                if (node == null) {
                    throw new IllegalStateException("no server of the cluster serves the slot of " + key);
                }
                // What nodes say of each other has neither the password nor how to connect.
                RedisURI uri = seeds(url, timeout).get(0);
                uri.setHost(node.getUri().getHost());
                uri.setPort(node.getUri().getPort());
                return uri;
            } finally {
                client.shutdown(Duration.ZERO, timeout);
            }
        };
    }

    /** One URI for each server; what stands before the first's host, such as the password, is for all. */
    private static List<RedisURI> seeds(String url, Duration timeout) {
        String scheme = url.startsWith("rediss") ? "rediss://" : "redis://";
        String rest = url.substring(url.indexOf("://") + 3);
        int at = rest.lastIndexOf('@');
        String credentials = rest.substring(0, at + 1);
        return Arrays.stream(rest.substring(at + 1).split(",", -1))
                .map(server -> RedisURI.create(scheme + credentials + server))
                .peek(uri -> uri.setTimeout(timeout))
                .toList();
    }
}
