package relay;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import relay.access.AccessOptions;
import relay.access.TokenOptions;
import relay.client.InputMemory;
import relay.client.Room;
import relay.engine.Engine;
import relay.engine.Outbox;
import relay.engine.disk.DiskEngine;
import relay.engine.disk.DiskOptions;
import relay.engine.memory.MemoryEngine;
import relay.engine.redis.RedisEngine;
import relay.engine.redis.RedisOptions;
import relay.fanout.FanOutOptions;
import relay.history.HistoryOptions;
import relay.hook.HookSender;
import relay.hook.LocalOutbox;
import relay.hook.OutboxBounds;
import relay.http.RequestLimits;
import relay.json.Json;
import relay.net.AddressRateLimiter;
import relay.net.RateLimitHandler;
import relay.net.tls.TlsFiles;
import relay.outbound.ConnectionTotals;
import relay.publish.IdempotentAnswers;
import relay.schedule.Ticker;
import relay.settings.Settings;
import relay.websocket.SocketOptions;

/** Makes what each part of the relay takes from the {@link Settings}. Stateless. */
final class PartOptions {
    /** The part of the heap that may be taken by what says where messages are on disk: an eighth. */
    private static final int INDEX_SHARE = 8;

    /** What one message takes of that. */
    private static final int INDEX_BYTES = 16;

    private PartOptions() {}

    static FanOutOptions fanOut(Settings settings, Cores cores) {
        return new FanOutOptions(
                settings.fanoutThreads() > 0 ? settings.fanoutThreads() : cores.workers(),
                settings.publishQueueBytes(),
                settings.registerTtl(),
                settings.pingInterval(),
                new HistoryOptions(settings.historyMessages(), settings.historyAge(), settings.historyBytes()),
                retainedBytes(settings));
    }

    /** What is not on disk is not held in memory either: a restart would forget it. */
    private static long retainedBytes(Settings settings) {
        return settings.data()
                .map(directory -> disk(settings, directory).mostRetainedBytes())
                .orElse((long) settings.retainedBytes());
    }

    /** How much of the heap all clients together may take. */
    static Room room(Settings settings) {
        return new Room(Runtime.getRuntime().maxMemory() / 100 * settings.clientsHeap(), settings.maxSubscriptions());
    }

    /** The engine that several relays share, or one of this relay's own, on disk or in memory. It opens nothing before it is started. */
    static Engine engine(Settings settings, InstantSource clock) {
        return settings.engine()
                .<Engine>map(url -> RedisEngine.of(
                        new RedisOptions(
                                url,
                                settings.enginePrefix(),
                                settings.historyMessages(),
                                settings.historyAge(),
                                settings.historyBytes(),
                                settings.retainedBytes(),
                                settings.idempotencyTtl(),
                                settings.maxRegistrationsPerUser(),
                                settings.hook().isPresent() ? settings.hookQueue() : 0),
                        HexFormat.of().toHexDigits(new SecureRandom().nextLong())))
                .or(() -> settings.data().map(directory -> new DiskEngine(disk(settings, directory), clock)))
                .orElseGet(() -> new MemoryEngine(clock));
    }

    /** The metrics of the engine, if that is on disk. */
    static Optional<DataMetrics> dataMetrics(Settings settings, Engine engine) {
        return engine instanceof DiskEngine disk
                ? settings.data().map(directory -> new DataMetrics(disk, directory, settings.dataBytes()))
                : Optional.empty();
    }

    /** Where events for the backend wait, with those of the other relays where some share the engine; empty if it hears nothing. */
    static Optional<Outbox> outbox(Settings settings, Engine engine, Ticker ticker, InstantSource clock) {
        return settings.hook().map(url -> engine.outbox().orElseGet(() -> ownOutbox(settings, ticker, clock)));
    }

    private static Outbox ownOutbox(Settings settings, Ticker ticker, InstantSource clock) {
        OutboxBounds bounds = OutboxBounds.of(settings.hookQueue());
        return settings.data()
                .map(directory -> LocalOutbox.onDisk(bounds, settings.maxRegistrations(), directory, ticker, clock))
                .orElseGet(() -> LocalOutbox.inMemory(bounds, ticker, clock));
    }

    /** What posts the events that wait in an outbox. */
    static Optional<HookSender> hook(Settings settings, Outbox outbox, Json json, Ticker ticker, InstantSource clock) {
        return settings.hook()
                .flatMap(url ->
                        settings.hookSecretFile().map(file -> HookSender.of(outbox, url, file, json, ticker, clock)));
    }

    private static DiskOptions disk(Settings settings, Path directory) {
        return new DiskOptions(
                directory,
                settings.dataSync(),
                settings.dataBytes(),
                settings.historyAge(),
                Runtime.getRuntime().maxMemory() / INDEX_SHARE / INDEX_BYTES,
                settings.registerTtl(),
                settings.idempotencyKeys(),
                settings.idempotencyTtl(),
                settings.retainedBytes());
    }

    /** No answers yet. */
    static IdempotentAnswers idempotent(Settings settings, Ticker ticker) {
        return new IdempotentAnswers(settings.idempotencyKeys(), settings.idempotencyTtl(), ticker);
    }

    /** The name of this relay among several; empty if it is alone. */
    static Optional<String> relayName(Settings settings) {
        return settings.engine()
                .map(url -> settings.relayName()
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

    static AccessOptions access(Settings settings) {
        return new AccessOptions(
                settings.apiKeys(),
                settings.apiKeysFile(),
                settings.jwtJwks().isPresent() || settings.jwtSecretFile().isPresent()
                        ? Optional.of(new TokenOptions(
                                settings.jwtJwks(),
                                settings.jwtSecretFile(),
                                settings.jwtIssuer(),
                                audience(settings),
                                settings.jwtAlgorithms()))
                        : Optional.empty());
    }

    static SocketOptions sockets(Settings settings) {
        return new SocketOptions(
                settings.maxFrameBytes(),
                settings.maxFramesPerSecond(),
                settings.frameTimeout(),
                settings.maxTopics(),
                settings.queueBytes(),
                settings.compression());
    }

    static RequestLimits requests(Settings settings, InputMemory inputs) {
        return new RequestLimits(
                settings.maxBodyBytes(),
                inputs,
                settings.maxTopics(),
                settings.maxKeep(),
                settings.maxConfirm(),
                settings.maxWait(),
                settings.historyAge());
    }

    static RateLimitHandler addressLimits(Settings settings, Predicate<InetAddress> exempt, Ticker ticker) {
        return new RateLimitHandler(
                new AddressRateLimiter(settings.maxHandshakesPerSecond(), exempt),
                new AddressRateLimiter(settings.maxRegistrationsPerSecond(), exempt),
                ticker);
    }

    /** How much memory bodies and messages that have come only in part may take together. */
    static InputMemory inputs(Settings settings) {
        return InputMemory.usual(Math.max(settings.maxBodyBytes(), settings.maxFrameBytes()));
    }

    /** How much memory the send queues of all clients together may take. */
    static long queuesBytes(Settings settings) {
        long bytes = settings.queuesBytes();
        return bytes > 0 ? bytes : ConnectionTotals.usualQueueMemory();
    }

    static Optional<TlsFiles> tls(Settings settings) {
        return settings.tlsCert()
                .flatMap(certificate ->
                        settings.tlsKey().map(key -> new TlsFiles(certificate, key, settings.tlsClientCa())));
    }

    private static List<String> audience(Settings settings) {
        return settings.jwtAudience().map(TokenOptions::names).orElse(List.of());
    }
}
