package relay;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import relay.engine.redis.EngineUrl;
import relay.net.proxy.TrustedProxies;

/**
 * Every flag, with its default and its reason to be there. Picocli fills it in; each flag is also an environment variable:
 * {@code --ping-interval} is {@code RELAY_PING_INTERVAL}, and a setting of the file that {@code --config} names. What {@link OptionsReader} returns is within bounds.
 *
 * <p>A list, however long: picocli reads the methods of this interface, and not those of one that it would extend.
 */
@Command(
        name = "relay",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        versionProvider = RelayVersion.class,
        customSynopsis = "java -jar relay.jar [flags]",
        usageHelpWidth = 110,
        header = "A WebSocket message relay: POST /register, POST /publish, GET /ws/{id}.",
        footer = {
            "",
            "Durations: 500ms, 25s, 10m, 1h, to 8760h (a year). Sizes: 4096, 64KiB, 1MiB.",
            "Each flag is also an environment variable: --ping-interval is RELAY_PING_INTERVAL.",
            "A flag goes before its variable, and that before the file of --config.",
            "",
            "java -jar relay.jar config [flags] prints what would be in force, and what set it.",
            "java -jar relay.jar health [flags] asks the relay that runs with them whether it is ready: exit status 0 or 1.",
            "java -jar relay.jar bench puts load on a relay: bench --help lists its flags."
        })
interface RelayOptions {
    @Option(
            names = "--host",
            order = 1,
            defaultValue = "127.0.0.1",
            paramLabel = "ADDRESS",
            description = "Address to listen on (default: ${DEFAULT-VALUE}).")
    String host();

    @Option(
            names = "--port",
            order = 2,
            defaultValue = "8000",
            paramLabel = "PORT",
            description = "Port to listen on; 0 takes a free one and says which (default: ${DEFAULT-VALUE}).")
    int port();

    @Option(
            names = "--public-url",
            order = 3,
            paramLabel = "URL",
            description = "Where clients reach the relay, such as https://example.com/relay: the base of the URLs that"
                    + " /register returns (default: the host and port of the request).")
    Optional<URI> publicUrl();

    @Option(
            names = "--allow-origin",
            order = 4,
            split = " *, *",
            splitSynopsisLabel = ",",
            defaultValue = "*",
            paramLabel = "ORIGIN",
            description = "Origins of the web pages that may use the relay, such as https://example.com, or"
                    + " https://*.example.com for all names below it; again, or with commas, for more (default: any).")
    List<String> allowOrigin();

    @Option(
            names = "--register-ttl",
            order = 5,
            defaultValue = "10m",
            paramLabel = "TIME",
            description = "How long a registration waits for its first connection (default: ${DEFAULT-VALUE}).")
    Duration registerTtl();

    @Option(
            names = "--max-keep",
            order = 6,
            defaultValue = "24h",
            paramLabel = "TIME",
            description =
                    "The most that a registration may ask to outlive a lost connection (default: ${DEFAULT-VALUE}).")
    Duration maxKeep();

    @Option(
            names = "--ping-interval",
            order = 7,
            defaultValue = "25s",
            paramLabel = "TIME",
            description =
                    "A connection that has been silent so long is pinged, and dropped when it answers nothing for two"
                            + " more intervals (default: ${DEFAULT-VALUE}).")
    Duration pingInterval();

    @Option(
            names = "--drain",
            order = 8,
            defaultValue = "10s",
            paramLabel = "TIME",
            description =
                    "On SIGTERM, how long at most to send what waits, close the connections and answer the requests under"
                            + " way (default: ${DEFAULT-VALUE}).")
    Duration drain();

    @Option(
            names = "--queue-bytes",
            order = 9,
            defaultValue = "1MiB",
            paramLabel = "SIZE",
            description = "How much may wait to be sent to one client before it is closed as too slow, with 4408"
                    + " (default: ${DEFAULT-VALUE}).")
    ByteSize queueBytes();

    @Option(
            names = "--publish-queue-bytes",
            order = 10,
            defaultValue = "64MiB",
            paramLabel = "SIZE",
            description =
                    "How much may wait between publishing and fan-out, over all publishers; beyond it they get 503"
                            + " (default: ${DEFAULT-VALUE}, or an eighth of the heap's size if that is less).")
    ByteSize publishQueueBytes();

    @Option(
            names = "--history-messages",
            order = 11,
            defaultValue = "1000",
            paramLabel = "COUNT",
            description =
                    "How many messages of a topic are held for those who come back; what is for one user is counted"
                            + " apart, for each user; 0: none (default: ${DEFAULT-VALUE}).")
    int historyMessages();

    @Option(
            names = "--history-age",
            order = 12,
            defaultValue = "10m",
            paramLabel = "TIME",
            description = "How old a message is that is still held (default: ${DEFAULT-VALUE}).")
    Duration historyAge();

    @Option(
            names = "--history-bytes",
            order = 13,
            defaultValue = "64MiB",
            paramLabel = "SIZE",
            description =
                    "How much is held over all topics, counting what a message takes beside its text too; the oldest"
                            + " goes first (default: ${DEFAULT-VALUE}, or an eighth of the heap's size if that is"
                            + " less).")
    ByteSize historyBytes();

    @Option(
            names = "--max-confirm",
            order = 14,
            defaultValue = "60s",
            paramLabel = "TIME",
            description = "The most that a publisher may wait for acknowledgements (default: ${DEFAULT-VALUE}).")
    Duration maxConfirm();

    @Option(
            names = "--max-body-bytes",
            order = 15,
            defaultValue = "1MiB",
            paramLabel = "SIZE",
            description = "The largest request body, or NDJSON line; beyond it 413 (default: ${DEFAULT-VALUE}).")
    ByteSize maxBodyBytes();

    @Option(
            names = "--max-header-bytes",
            order = 16,
            defaultValue = "8KiB",
            paramLabel = "SIZE",
            description = "The largest request line and headers together; beyond it 431 (default: ${DEFAULT-VALUE}).")
    ByteSize maxHeaderBytes();

    @Option(
            names = "--max-json-depth",
            order = 17,
            defaultValue = "32",
            paramLabel = "LEVELS",
            description = "How deep JSON may be nested (default: ${DEFAULT-VALUE}).")
    int maxJsonDepth();

    @Option(
            names = "--max-registrations",
            order = 18,
            defaultValue = "1000000",
            paramLabel = "COUNT",
            description = "Registrations at a time; beyond it 503 (default: ${DEFAULT-VALUE}).")
    int maxRegistrations();

    @Option(
            names = "--max-connections",
            order = 19,
            defaultValue = "1000000",
            paramLabel = "COUNT",
            description = "Open sockets at a time; beyond it 503 (default: ${DEFAULT-VALUE}).")
    int maxConnections();

    @Option(
            names = "--max-topics",
            order = 20,
            defaultValue = "1000",
            paramLabel = "COUNT",
            description = "Topics of one client (default: ${DEFAULT-VALUE}).")
    int maxTopics();

    @Option(
            names = "--max-registrations-per-user",
            order = 20,
            defaultValue = "1000",
            paramLabel = "COUNT",
            description = "Registrations of one user at a time; beyond it 429 (default: ${DEFAULT-VALUE}).")
    int maxRegistrationsPerUser();

    @Option(
            names = "--max-subscriptions",
            order = 20,
            defaultValue = "10000000",
            paramLabel = "COUNT",
            description =
                    "Topics of all clients at a time, each counted for each client that asks for it; beyond it 503,"
                            + " or an error frame (default: ${DEFAULT-VALUE}).")
    int maxSubscriptions();

    @Option(
            names = "--clients-heap",
            order = 20,
            defaultValue = "35",
            paramLabel = "PERCENT",
            description =
                    "How much of the heap registrations, their topics and open sockets may take, each counted with what"
                            + " it takes at the most; beyond it 503, or an error frame (default: ${DEFAULT-VALUE}).")
    int clientsHeap();

    @Option(
            names = "--max-frame-bytes",
            order = 21,
            defaultValue = "64KiB",
            paramLabel = "SIZE",
            description = "The largest message that a client may send on its socket; beyond it 1009"
                    + " (default: ${DEFAULT-VALUE}).")
    ByteSize maxFrameBytes();

    @Option(
            names = "--max-frames-per-second",
            order = 22,
            defaultValue = "100",
            paramLabel = "COUNT",
            description = "Frames that a client may send in a second; beyond it 4429 (default: ${DEFAULT-VALUE}).")
    int maxFramesPerSecond();

    @Option(
            names = "--fanout-threads",
            order = 23,
            defaultValue = "0",
            paramLabel = "COUNT",
            description = "Threads that send to clients; 0: one for each four cores (default: ${DEFAULT-VALUE}).")
    int fanoutThreads();

    @Option(
            names = "--log-level",
            order = 24,
            defaultValue = "info",
            paramLabel = "LEVEL",
            description = "error, warn, info, debug or trace (default: ${DEFAULT-VALUE}).")
    LogLevel logLevel();

    @Option(
            names = "--queues-bytes",
            order = 25,
            defaultValue = "0",
            paramLabel = "SIZE",
            description =
                    "How much memory what waits for all clients together may take; beyond it the fullest queues are closed"
                            + " with 4408; 0: a quarter of the heap's size (default: ${DEFAULT-VALUE}).")
    MemorySize queuesBytes();

    @Option(
            names = "--header-timeout",
            order = 30,
            defaultValue = "10s",
            paramLabel = "TIME",
            description = "From the first byte of a request's header to its last; beyond it 408"
                    + " (default: ${DEFAULT-VALUE}).")
    Duration headerTimeout();

    @Option(
            names = "--body-timeout",
            order = 31,
            defaultValue = "30s",
            paramLabel = "TIME",
            description =
                    "For a whole request body, or from the end of one NDJSON line to the end of the next; beyond it 408"
                            + " (default: ${DEFAULT-VALUE}).")
    Duration bodyTimeout();

    @Option(
            names = "--http-idle-timeout",
            order = 31,
            defaultValue = "3m",
            paramLabel = "TIME",
            description =
                    "For how long an HTTP connection stays open between two requests; longer than what keeps connections to"
                            + " the relay, such as a proxy, keeps them without a request (default: ${DEFAULT-VALUE}).")
    Duration httpIdleTimeout();

    @Option(
            names = "--max-connections-per-address",
            order = 32,
            defaultValue = "10000",
            paramLabel = "COUNT",
            description =
                    "Connections of one address at a time (in IPv6: of one /64), beside loopback ones; those beyond it"
                            + " are closed; by a trusted proxy: its /ws/ and /sse/, beyond it 429; 0: any number"
                            + " (default: ${DEFAULT-VALUE}).")
    int maxConnectionsPerAddress();

    @Option(
            names = "--max-handshakes-per-second",
            order = 33,
            defaultValue = "100",
            paramLabel = "COUNT",
            description =
                    "Handshakes of one address in a second (/ws/ and /sse/), beside loopback ones; beyond it 429; 0: any"
                            + " number (default: ${DEFAULT-VALUE}).")
    int maxHandshakesPerSecond();

    @Option(
            names = "--frame-timeout",
            order = 34,
            defaultValue = "30s",
            paramLabel = "TIME",
            description =
                    "How long a client may take to send a frame, or a message of several frames, once it has begun;"
                            + " beyond it 1008 (default: ${DEFAULT-VALUE}).")
    Duration frameTimeout();

    @Option(
            names = "--max-registrations-per-second",
            order = 35,
            defaultValue = "1000",
            paramLabel = "COUNT",
            description = "Registrations by one address in a second, beside loopback ones; beyond it 429; 0: any number"
                    + " (default: ${DEFAULT-VALUE}).")
    int maxRegistrationsPerSecond();

    @Option(
            names = "--compression",
            order = 36,
            description = "Compresses messages for clients that offer permessage-deflate, as browsers do, and takes"
                    + " theirs compressed: fewer bytes on the wire, more work for both sides (default: false).")
    boolean compression();

    @Option(
            names = "--idempotency-keys",
            order = 37,
            defaultValue = "100000",
            paramLabel = "COUNT",
            description =
                    "How many Idempotency-Keys of publish requests are remembered, with their answers; the oldest goes"
                            + " first (default: ${DEFAULT-VALUE}).")
    int idempotencyKeys();

    @Option(
            names = "--idempotency-ttl",
            order = 38,
            defaultValue = "10m",
            paramLabel = "TIME",
            description = "For how long an Idempotency-Key is remembered after the answer (default: ${DEFAULT-VALUE}).")
    Duration idempotencyTtl();

    @Option(
            names = "--tls-cert",
            order = 40,
            paramLabel = "FILE",
            description =
                    "The certificate that the port speaks TLS with, and those of its issuers: PEM; taken anew when it"
                            + " changes (default: none, the port speaks plain HTTP).")
    Optional<Path> tlsCert();

    @Option(
            names = "--tls-key",
            order = 41,
            paramLabel = "FILE",
            description = "The private key of --tls-cert: PEM, RSA, EC or Ed25519, not encrypted (default: none).")
    Optional<Path> tlsKey();

    @Option(
            names = "--tls-client-ca",
            order = 42,
            paramLabel = "FILE",
            description = "The issuers of clients' certificates: PEM; every connection then has to show one (default:"
                    + " none, nobody has to).")
    Optional<Path> tlsClientCa();

    @Option(
            names = "--trusted-proxies",
            order = 43,
            paramLabel = "ADDRESSES",
            description =
                    "Proxies whose Forwarded and X-Forwarded-* headers are believed: addresses and CIDR blocks, with"
                            + " commas between them, such as 10.0.0.5,fd00::/8 (default: none).")
    Optional<TrustedProxies> trustedProxies();

    @Option(
            names = "--api-keys",
            order = 49,
            hidden = true,
            paramLabel = "KEYS",
            description =
                    "API keys: by RELAY_API_KEYS or a file only, for flags can be seen by everybody on the machine.")
    Optional<String> apiKeys();

    @Option(
            names = "--api-keys-file",
            order = 50,
            paramLabel = "FILE",
            description =
                    "API keys, one a line: key, key:rights or key:rights:topics, rights being register, publish and"
                            + " admin, joined by +; read again when it changes. RELAY_API_KEYS takes keys too, with commas"
                            + " (default: none).")
    Optional<Path> apiKeysFile();

    @Option(
            names = "--open",
            order = 51,
            description = "Start without an API key although others can reach it (by --host, --trusted-proxies or"
                    + " --public-url), so that anybody may register, publish and administer (default: false).")
    boolean open();

    @Option(
            names = "--jwt-jwks",
            order = 52,
            paramLabel = "URL|FILE",
            description =
                    "The keys (JWKS) of those who sign JSON Web Tokens: with one a user's client registers itself;"
                            + " sub is its user_id, topics what it may ask for (default: none).")
    Optional<String> jwtJwks();

    @Option(
            names = "--jwt-issuer",
            order = 53,
            paramLabel = "ISSUER",
            description = "What a token's iss has to say (default: anything).")
    Optional<String> jwtIssuer();

    @Option(
            names = "--jwt-audience",
            order = 54,
            paramLabel = "AUDIENCE",
            description = "What a token's aud has to name: one of these, with commas; required with --jwt-jwks"
                    + " (default: none).")
    Optional<String> jwtAudience();

    @Option(
            names = "--jwt-algorithms",
            order = 55,
            split = " *, *",
            splitSynopsisLabel = ",",
            defaultValue = "RS256,PS256,ES256,EdDSA,Ed25519",
            paramLabel = "NAME",
            description = "How tokens may be signed (default: ${DEFAULT-VALUE}).")
    List<String> jwtAlgorithms();

    @Option(
            names = "--engine",
            order = 56,
            paramLabel = "URL",
            description = "The Redis or Valkey server that makes several relays one:"
                    + " redis://, rediss://, redis-sentinel:// or redis-cluster:// and where it is;"
                    + " with a password by RELAY_ENGINE or a file only (default: none, this relay is alone).")
    Optional<EngineUrl> engine();

    @Option(
            names = "--engine-prefix",
            order = 57,
            defaultValue = "relay",
            paramLabel = "NAME",
            description =
                    "What names in the engine begin with: relays with the same are one (default: ${DEFAULT-VALUE}).")
    String enginePrefix();

    @Option(
            names = "--relay-name",
            order = 58,
            paramLabel = "NAME",
            description =
                    "What this relay is called where several are one (default: the machine's name and the process's number).")
    Optional<String> relayName();

    @Option(
            names = "--no-console",
            order = 60,
            description = "Leave the console out: / and /console/ are then 404 (default: false).")
    boolean noConsole();

    @Option(
            names = "--config",
            order = 61,
            paramLabel = "FILE",
            description =
                    "Settings, one a line, named like the flags: ping-interval = 25s; a flag or a variable goes before its line"
                            + " (default: none).")
    Optional<Path> config();
}
