package relay;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import relay.access.AccessOptions;
import relay.access.TokenOptions;
import relay.client.InputMemory;
import relay.client.Room;
import relay.engine.Engine;
import relay.engine.memory.MemoryEngine;
import relay.engine.redis.RedisEngine;
import relay.engine.redis.RedisOptions;
import relay.fanout.FanOutOptions;
import relay.history.HistoryOptions;
import relay.net.tls.TlsFiles;
import relay.outbound.ConnectionTotals;
import relay.websocket.SocketOptions;

/** What each part of the relay takes of the flags. */
final class PartOptions {
    private static final int CORES_PER_WORKER = 4;

    private PartOptions() {}

    static FanOutOptions hub(RelayOptions options) {
        return new FanOutOptions(
                workers(options),
                options.publishQueueBytes().bytes(),
                options.registerTtl(),
                options.pingInterval(),
                new HistoryOptions(
                        options.historyMessages(),
                        options.historyAge(),
                        options.historyBytes().bytes()));
    }

    /** What clients may take of the heap together. */
    static Room room(RelayOptions options) {
        return new Room(Runtime.getRuntime().maxMemory() / 100 * options.clientsHeap(), options.maxSubscriptions());
    }

    /** The engine that it shares with others, or one of its own. */
    static Engine engine(RelayOptions options) {
        return options.engine()
                .<Engine>map(url -> RedisEngine.of(
                        new RedisOptions(
                                url,
                                options.enginePrefix(),
                                options.historyMessages(),
                                options.historyAge(),
                                options.historyBytes().bytes(),
                                options.idempotencyTtl(),
                                options.maxRegistrationsPerUser()),
                        HexFormat.of().toHexDigits(new SecureRandom().nextLong())))
                .orElseGet(MemoryEngine::new);
    }

    /** What it is called among several; empty if it is alone. */
    static Optional<String> relayName(RelayOptions options) {
        return options.engine()
                .map(url -> options.relayName()
                        .orElseGet(() ->
                                machineName() + "/" + ProcessHandle.current().pid()));
    }

    private static String machineName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    static AccessOptions access(RelayOptions options) {
        return new AccessOptions(
                options.apiKeys(),
                options.apiKeysFile(),
                options.jwtJwks()
                        .map(jwks -> new TokenOptions(
                                jwks, options.jwtIssuer(), audience(options), options.jwtAlgorithms())));
    }

    static SocketOptions sockets(RelayOptions options) {
        return new SocketOptions(
                options.maxFrameBytes().bytes(),
                options.maxFramesPerSecond(),
                options.frameTimeout(),
                options.maxTopics(),
                options.queueBytes().bytes(),
                options.compression());
    }

    /** What bodies and messages that have come in part may take together. */
    static InputMemory inputs(RelayOptions options) {
        return InputMemory.usual(
                Math.max(options.maxBodyBytes().bytes(), options.maxFrameBytes().bytes()));
    }

    /** How much memory what waits for all clients together may take. */
    static long queuesBytes(RelayOptions options) {
        long bytes = options.queuesBytes().bytes();
        return bytes > 0 ? bytes : ConnectionTotals.usualQueueMemory();
    }

    static Optional<TlsFiles> tls(RelayOptions options) {
        return options.tlsCert()
                .flatMap(certificate ->
                        options.tlsKey().map(key -> new TlsFiles(certificate, key, options.tlsClientCa())));
    }

    private static int workers(RelayOptions options) {
        int cores = Runtime.getRuntime().availableProcessors();
        return options.fanoutThreads() > 0 ? options.fanoutThreads() : Math.max(1, cores / CORES_PER_WORKER);
    }

    private static List<String> audience(RelayOptions options) {
        return options.jwtAudience().map(names -> List.of(names.split(",", -1))).orElse(List.of());
    }
}
