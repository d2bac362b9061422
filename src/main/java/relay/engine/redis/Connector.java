package relay.engine.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.util.NetUtil;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects to the server. What is published comes by threads of its own: the receiver may make them wait, and answers must
 * not wait with them. One thread at a time.
 */
final class Connector {
    private static final Logger LOG = LoggerFactory.getLogger(Connector.class);
    static final RedisCodec<String, byte[]> CODEC = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);
    private static final Duration TIMEOUT = Duration.ofSeconds(3);
    private static final int MOST_WITHOUT_FLUSH = 256;

    /** Of the connection for commands that was begun last. */
    private volatile @Nullable Channel commandChannel;

    private final ClientResources commandThreads = resources(channel -> commandChannel = channel);
    private final ClientResources subscriptionThreads = resources(channel -> {});
    private final RedisClient forCommands = client(commandThreads);
    private final RedisClient forSubscriptions = client(subscriptionThreads);
    private final MasterLocator locator;
    private final BiConsumer<RedisConnection, List<PendingPublications.Pending>> publisher;

    /** @param publisher writes a call of a connection that publishes these messages */
    Connector(EngineUrl url, Keys keys, BiConsumer<RedisConnection, List<PendingPublications.Pending>> publisher) {
        this.publisher = publisher;
        locator = new MasterLocator(url, keys.log(), server -> forCommands.connect(StringCodec.UTF8, server), TIMEOUT);
    }

    private static ClientResources resources(Consumer<Channel> begun) {
        return ClientResources.builder()
                .ioThreadPoolSize(2)
                .computationThreadPoolSize(2)
                .commandLatencyRecorder(CommandLatencyRecorder.disabled())
                .nettyCustomizer(new NettyCustomizer() {
                    @Override
                    public void afterChannelInitialized(Channel channel) {
                        begun.accept(channel);
                        channel.pipeline().addFirst(new FlushConsolidationHandler(MOST_WITHOUT_FLUSH, true));
                    }
                })
                .build();
    }

    private static RedisClient client(ClientResources resources) {
        RedisClient client = RedisClient.create(resources);
        client.setOptions(ClientOptions.builder()
                .autoReconnect(false)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .protocolVersion(ProtocolVersion.RESP3)
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                // The probe finds out what does not answer; a timer for each command would cost more than it.
                .timeoutOptions(TimeoutOptions.builder().timeoutCommands(false).build())
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(TIMEOUT)
                        .keepAlive(true)
                        .build())
                .build());
        return client;
    }

    /** Blocks for some seconds at most. Throws {@link EngineException} with the reason, and where that was. */
    RedisConnection connect(PubSubListener listener) {
        try {
            return connect(locator.locate(), listener);
        } catch (EngineException e) {
            throw EngineException.internal("the engine cannot be reached: " + e.reason());
        }
    }

    private RedisConnection connect(RedisURI server, PubSubListener listener) {
        try {
            StatefulRedisConnection<String, byte[]> commands = forCommands.connect(CODEC, server);
            try {
                EventLoop thread = Objects.requireNonNull(commandChannel).eventLoop();
                return new RedisConnection(
                        place(server),
                        commands,
                        thread,
                        forSubscriptions.connectPubSub(CODEC, server),
                        listener,
                        publisher);
            } catch (RuntimeException e) {
                commands.close();
                throw e;
            }
        } catch (RedisException | IllegalStateException e) {
            throw EngineException.internal(place(server) + ": " + EngineException.reasonOf(e));
        }
    }

    /** {@code host:port}: nobody can look for "Connection refused" by itself. */
    static String place(RedisURI server) {
        return NetUtil.toSocketAddressString(server.getHost(), server.getPort());
    }

    /** Blocks for some seconds at most. */
    void close() {
        forCommands.shutdown(Duration.ZERO, TIMEOUT);
        forSubscriptions.shutdown(Duration.ZERO, TIMEOUT);
        end(commandThreads);
        end(subscriptionThreads);
    }

    private static void end(ClientResources threads) {
        long millis = TIMEOUT.toMillis();
        if (!threads.shutdown(0, millis, TimeUnit.MILLISECONDS).awaitUninterruptibly(millis)) {
            LOG.warn("the connections to the engine are slow to end");
        }
    }
}
