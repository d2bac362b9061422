package relay.engine.redis;

import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.List;

/** Finds the one server that holds everything. */
interface Locator {
    /** Where it is now; may block for some seconds, and throws a {@link RuntimeException} if it is not found. */
    RedisURI locate();

    /**
     * The locator for a URL.
     *
     * @param key one of the keys, by which a cluster tells its servers apart
     */
    static Locator of(EngineUrl url, String key, ClientResources resources, Duration timeout) {
        List<RedisURI> uris = url.uris(timeout);
        if (!url.isOfCluster()) {
            // Sentinels are asked by Lettuce with every new connection.
            return () -> uris.get(0);
        }
        return () -> {
            RedisClusterClient client = RedisClusterClient.create(resources, uris);
            try {
                RedisClusterNode node = client.getPartitions().getPartitionBySlot(SlotHash.getSlot(key));
                if (node == null) {
                    throw new IllegalStateException("no server of the cluster serves the slot of " + key);
                }
                // What nodes say of each other has neither the password nor how to connect.
                RedisURI uri = url.uris(timeout).get(0);
                uri.setHost(node.getUri().getHost());
                uri.setPort(node.getUri().getPort());
                return uri;
            } finally {
                client.shutdown(Duration.ZERO, timeout);
            }
        };
    }
}
