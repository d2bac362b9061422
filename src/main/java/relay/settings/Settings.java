package relay.settings;

import static relay.settings.Flag.SIZE;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.event.Level;
import relay.access.TokenOptions;
import relay.engine.disk.DiskOptions;
import relay.engine.redis.EngineUrl;
import relay.net.proxy.TrustedProxies;

/**
 * Every flag, written once, in the order of {@code --help}: its name, type, default, bounds and help. Immutable, for any
 * thread. What {@link SettingsReader} returns is within bounds.
 *
 * <p>The component {@code pingInterval} is the flag {@code --ping-interval}, the variable {@code RELAY_PING_INTERVAL} and the
 * key {@code ping-interval} of the file that {@code --config} names.
 */
public record Settings(
        @Flag(defaultValue = "127.0.0.1", unit = "ADDRESS", help = "Address to listen on")
        String host,

        @Flag(
                defaultValue = "8000",
                unit = "PORT",
                min = "0",
                max = "65535",
                help = "Port to listen on; 0 takes a free one, which the log names")
        int port,

        @Flag(
                help = "Where clients reach the relay, such as https://example.com/relay: the base of the URLs that"
                        + " /register returns (default: the host and port of the request)")
        Optional<URI> publicUrl,

        @Flag(
                defaultValue = "*",
                unit = "ORIGIN",
                help = "Origins of the web pages that may use the relay, such as https://example.com, or"
                        + " https://*.example.com for all names below it; repeat the flag, or use commas, for more"
                        + " (default: any)")
        List<String> allowOrigin,

        @Flag(defaultValue = "10m", min = "1ms", help = "How long a registration waits for its first connection")
        Duration registerTtl,

        @Flag(defaultValue = "24h", help = "The longest that a registration may ask to outlive a lost connection")
        Duration maxKeep,

        @Flag(
                defaultValue = "25s",
                min = "1ms",
                help = "How long a connection may be silent before it is pinged; it is dropped if it stays silent for"
                        + " two more intervals")
        Duration pingInterval,

        @Flag(
                defaultValue = "10s",
                help = "How long the relay may take on SIGTERM to send what is queued, close the connections and"
                        + " answer the requests in progress")
        Duration drain,

        @Flag(
                defaultValue = "1MiB",
                unit = SIZE,
                min = "1",
                max = "1GiB",
                help = "How much may wait to be sent to one client before it is disconnected as too slow, with 4408")
        int queueBytes,

        @Flag(
                defaultValue = "64MiB",
                heapShare = 8,
                unit = SIZE,
                min = "1",
                help = "How much may wait between publishing and fan-out, for all publishers together; beyond that"
                        + " they get 503 (default: 64MiB, or an eighth of the heap's size if that is less)")
        int publishQueueBytes,

        @Flag(
                defaultValue = "1000",
                min = "0",
                max = "16777216",
                help = "How many messages of a topic are held for clients that come back; messages for one user are"
                        + " counted separately, for each user; 0: none")
        int historyMessages,

        @Flag(defaultValue = "10m", help = "How long a message is held")
        Duration historyAge,

        @Flag(
                defaultValue = "64MiB",
                heapShare = 8,
                unit = SIZE,
                help =
                        "How much memory the held messages of all topics may take, overhead included; the oldest are"
                                + " dropped first, or with --data read from disk when they are asked for (default: 64MiB, or an eighth of the heap's size if that is less)")
        int historyBytes,

        @Flag(
                defaultValue = "64MiB",
                heapShare = 8,
                unit = SIZE,
                help = "How much memory the retained values of all topics may take, overhead included; those that were"
                        + " retained longest ago are dropped first; 0: none is held (default: 64MiB, or an eighth of"
                        + " the heap's size if that is less)")
        int retainedBytes,

        @Flag(defaultValue = "60s", help = "The longest that a publisher may wait for acknowledgements")
        Duration maxConfirm,

        @Flag(
                defaultValue = "60s",
                help = "The longest that a request for a topic's messages may wait for one; it counts as a connection")
        Duration maxWait,

        // An event stream repeats a field's name at each end of line, seven bytes for one; all of it is one buffer.
        @Flag(
                defaultValue = "1MiB",
                unit = SIZE,
                min = "1",
                max = "256MiB",
                help = "The largest request body, or NDJSON line; a larger one gets 413")
        int maxBodyBytes,

        @Flag(
                defaultValue = "8KiB",
                unit = SIZE,
                min = "1KiB",
                help = "The largest request line and headers together; larger ones get 431")
        int maxHeaderBytes,

        @Flag(defaultValue = "32", unit = "LEVELS", min = "1", max = "1000", help = "How deeply JSON may be nested")
        int maxJsonDepth,

        @Flag(defaultValue = "1000000", min = "1", help = "Registrations at a time; beyond that 503")
        int maxRegistrations,

        @Flag(defaultValue = "1000000", min = "1", help = "Open sockets at a time; beyond that 503")
        int maxConnections,

        @Flag(defaultValue = "1000", min = "1", help = "Topics of one client")
        int maxTopics,

        @Flag(defaultValue = "1000", min = "1", help = "Registrations of one user at a time; beyond that 429")
        int maxRegistrationsPerUser,

        @Flag(
                defaultValue = "10000000",
                min = "1",
                help = "Topics of all clients at a time, each counted once for each client that asks for it; beyond"
                        + " that 503, or an error frame")
        int maxSubscriptions,

        @Flag(
                defaultValue = "35",
                unit = "PERCENT",
                min = "1",
                max = "90",
                help = "How much of the heap registrations, their topics and open sockets may take, each counted at"
                        + " its largest; beyond that 503, or an error frame")
        int clientsHeap,

        @Flag(
                defaultValue = "64KiB",
                unit = SIZE,
                min = "125",
                help = "The largest message that a client may send on its socket; a larger one closes it with 1009")
        int maxFrameBytes,

        @Flag(
                defaultValue = "100",
                min = "1",
                help = "How many frames a client may send in a second, answers to the relay's own pings aside; beyond"
                        + " that it is disconnected with 4429")
        int maxFramesPerSecond,

        @Flag(
                defaultValue = "0",
                min = "0",
                max = "256",
                help = "Threads that send to clients; 0: the square root of the cores")
        int fanoutThreads,

        @Flag(defaultValue = "info", help = "How much is logged: error, warn, info, debug or trace")
        Level logLevel,

        // A slow client's queue takes 64 KiB at a time.
        @Flag(
                defaultValue = "0",
                unit = SIZE,
                min = "1MiB",
                orZero = true,
                help = "How much memory the queues of all clients together may take; beyond that the clients with the"
                        + " fullest queues are disconnected with 4408; 0: a quarter of the heap's size")
        long queuesBytes,

        @Flag(
                defaultValue = "10s",
                min = "1ms",
                help = "How long a request's header may take, from its first byte to its last; beyond that 408")
        Duration headerTimeout,

        @Flag(
                defaultValue = "30s",
                min = "1ms",
                help = "How long a whole request body may take, or NDJSON from the end of one line to the end of the"
                        + " next; beyond that 408")
        Duration bodyTimeout,

        @Flag(
                defaultValue = "3m",
                min = "1ms",
                help = "How long an HTTP connection stays open between two requests; it should be longer than a proxy"
                        + " in front keeps an idle connection to the relay")
        Duration httpIdleTimeout,

        @Flag(
                defaultValue = "10000",
                min = "0",
                help = "Connections from one address at a time (in IPv6: from one /64), loopback addresses excepted;"
                        + " further ones are closed; those that come by a trusted proxy are counted at /ws/ and /sse/,"
                        + " and further ones get 429; 0: any number")
        int maxConnectionsPerAddress,

        @Flag(
                defaultValue = "100",
                min = "0",
                max = "1000000",
                help = "Handshakes from one address in a second (/ws/ and /sse/), loopback addresses excepted; beyond"
                        + " that 429; 0: any number")
        int maxHandshakesPerSecond,

        @Flag(
                defaultValue = "30s",
                min = "1ms",
                help = "How long a client may take to send a frame, or a message of several frames, once it has"
                        + " begun; beyond that 1008")
        Duration frameTimeout,

        @Flag(
                defaultValue = "1000",
                min = "0",
                max = "1000000",
                help = "Registrations from one address in a second, loopback addresses excepted; beyond that 429; 0:"
                        + " any number")
        int maxRegistrationsPerSecond,

        @Flag(
                help = "Compress messages for clients that offer permessage-deflate, as browsers do, and take"
                        + " compressed ones from them: fewer bytes on the wire, more work for both sides")
        boolean compression,

        @Flag(
                defaultValue = "100000",
                min = "1",
                help = "How many Idempotency-Keys of publish requests are remembered, with their answers; the oldest"
                        + " are forgotten first")
        int idempotencyKeys,

        @Flag(defaultValue = "10m", min = "1ms", help = "How long an Idempotency-Key is remembered after the answer")
        Duration idempotencyTtl,

        @Flag(
                help = "The certificate for TLS on the port, then those of its issuers: PEM; read again when it"
                        + " changes (default: none, the port speaks plain HTTP)")
        Optional<Path> tlsCert,

        @Flag(help = "The private key of --tls-cert: PEM, RSA, EC or Ed25519, not encrypted")
        Optional<Path> tlsKey,

        @Flag(
                help = "The issuers of clients' certificates: PEM; every client must then present one (default: none,"
                        + " no client needs a certificate)")
        Optional<Path> tlsClientCa,

        @Flag(
                help = "Proxies whose Forwarded and X-Forwarded-* headers are believed: addresses and CIDR blocks,"
                        + " separated by commas, such as 10.0.0.5,fd00::/8")
        Optional<TrustedProxies> trustedProxies,

        @Flag(unit = "KEYS", secret = true, help = "API keys, separated by commas")
        Optional<String> apiKeys,

        @Flag(
                help = "API keys, one a line: key, key:rights or key:rights:topics, where rights are register,"
                        + " publish, subscribe and admin, joined by +; read again when it changes. RELAY_API_KEYS takes"
                        + " keys too, separated by commas")
        Optional<Path> apiKeysFile,

        @Flag(
                help = "Start without an API key although others can reach the relay (by --host, --trusted-proxies or"
                        + " --public-url), so that anybody may register, subscribe, publish and administer")
        boolean open,

        @Flag(
                unit = "URL|FILE",
                help = "The keys (JWKS) of those who sign JSON Web Tokens: with a token a user's client registers"
                        + " itself or subscribes; sub is its user_id, topics what it may ask for")
        Optional<String> jwtJwks,

        @Flag(
                help =
                        "The secret of those who sign JSON Web Tokens by HS256, beside or instead of --jwt-jwks: 32 bytes"
                                + " or more, without one final line end; read again when it changes")
        Optional<Path> jwtSecretFile,

        @Flag(unit = "ISSUER", help = "What a token's iss must be (default: anything)")
        Optional<String> jwtIssuer,

        @Flag(
                unit = "AUDIENCE",
                help = "What a token's aud must name: one of these, separated by commas; required with --jwt-jwks")
        Optional<String> jwtAudience,

        @Flag(defaultValue = TokenOptions.USUAL_ALGORITHMS, unit = "NAME", help = "How the keys of --jwt-jwks may sign")
        List<String> jwtAlgorithms,

        @Flag(
                help = "The Redis or Valkey server that makes several relays act as one: redis://, rediss://,"
                        + " redis-sentinel:// or redis-cluster:// and its address; with a password by RELAY_ENGINE or a"
                        + " file only (default: none, this relay is alone)")
        Optional<EngineUrl> engine,

        @Flag(
                defaultValue = "relay",
                unit = "NAME",
                help = "What names in the engine begin with: relays with the same prefix act as one")
        String enginePrefix,

        @Flag(
                unit = "NAME",
                help = "What this relay is called among several (default: the host name and the process id)")
        Optional<String> relayName,

        @Flag(
                unit = "DIR",
                help =
                        "The directory where messages, registrations and answers to Idempotency-Keys are kept, so that a"
                                + " restart loses none; made if it is not there (default: none, all of it ends with the process)")
        Optional<Path> data,

        @Flag(
                defaultValue = "batch",
                unit = "WHEN",
                help = "What a publish, a registration and a deletion wait for before they are answered: batch, until"
                        + " the disk has them, one sync for all that wait, so that they survive a power cut; none,"
                        + " until the operating system has them, so that they survive the end of the process only")
        DiskOptions.Sync dataSync,

        @Flag(
                defaultValue = "1GiB",
                unit = SIZE,
                min = "16MiB",
                help = "How much the files in --data may take, about; the oldest messages are deleted first")
        long dataBytes,

        @Flag(
                help =
                        "Where events are posted for the backend, as Standard Webhooks: that a client came or went, and that"
                                + " a message did not arrive; needs --hook-secret-file (default: none)")
        Optional<URI> hook,

        @Flag(
                help = "The secret that signs the events, as Standard Webhooks write it: whsec_ and 24 to 64 bytes in"
                        + " Base64; read again when it changes")
        Optional<Path> hookSecretFile,

        @Flag(
                defaultValue = "100000",
                min = "1000",
                max = "1000000",
                unit = "EVENTS",
                help = "How many events may wait for --hook; beyond that the oldest are dropped, and the next one says"
                        + " how many")
        int hookQueue,

        @Flag(help = "Leave the console out: / and /console/ are then 404")
        boolean noConsole,

        @Flag(
                help = "A file of settings, one a line, named like the flags: ping-interval = 25s; a flag or a"
                        + " variable overrides its line")
        Optional<Path> config) {
    /** Whether only programs of this machine can connect. It may ask the system for an address. */
    public boolean isOnLoopback() {
        return SettingsRules.isLoopback(host);
    }
}
