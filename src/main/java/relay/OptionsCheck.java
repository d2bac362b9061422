package relay;

import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import relay.access.Origins;
import relay.message.InvalidInputException;

/** The bounds of the flags, and which of them go together. */
final class OptionsCheck {
    private static final Set<String> PUBLIC_SCHEMES = Set.of("http", "https", "ws", "wss");

    /** An event stream repeats a field's name for each end of line: seven bytes for one. All of it is one buffer. */
    private static final int LARGEST_BODY = 256 << 20;

    /** A slow client's queue takes 64 KiB at a time. */
    private static final int LEAST_QUEUES = 1 << 20;

    private final UnaryOperator<String> nameOf;
    private static final Pattern URL = Pattern.compile("(?i)https?://");
    private static final Pattern ENGINE_PREFIX = Pattern.compile("[0-9A-Za-z_.-]{1,64}");

    private final Function<String, ParameterException> wrong;

    /**
     * @param nameOf what to call a key in an error: its flag, or where else it was set
     * @param wrong makes an error of one line
     */
    OptionsCheck(UnaryOperator<String> nameOf, Function<String, ParameterException> wrong) {
        this.nameOf = nameOf;
        this.wrong = wrong;
    }

    /** @throws ParameterException if one is out of bounds, or needs another beside it */
    void check(RelayOptions options) {
        require(options.port(), port -> port >= 0 && port <= 65535, "--port takes 0 to 65535");
        require(options.maxJsonDepth(), depth -> depth >= 1 && depth <= 1000, "--max-json-depth takes 1 to 1000");
        require(options.maxRegistrations(), count -> count >= 1, "--max-registrations takes at least 1");
        require(options.maxConnections(), count -> count >= 1, "--max-connections takes at least 1");
        require(
                options.maxRegistrationsPerUser(),
                count -> count >= 1,
                "--max-registrations-per-user takes at least 1");
        require(options.maxSubscriptions(), count -> count >= 1, "--max-subscriptions takes at least 1");
        require(options.clientsHeap(), percent -> percent >= 1 && percent <= 90, "--clients-heap takes 1 to 90");
        require(options.maxTopics(), count -> count >= 1, "--max-topics takes at least 1");
        require(options.maxFramesPerSecond(), count -> count >= 1, "--max-frames-per-second takes at least 1");
        require(options.fanoutThreads(), count -> count >= 0 && count <= 256, "--fanout-threads takes 0 to 256");
        require(options.maxFrameBytes().bytes(), size -> size >= 125, "--max-frame-bytes takes at least 125");
        require(options.maxHeaderBytes().bytes(), size -> size >= 1024, "--max-header-bytes takes at least 1KiB");
        require(
                options.maxBodyBytes().bytes(),
                size -> size >= 1 && size <= LARGEST_BODY,
                "--max-body-bytes takes 1 to 256MiB: on the wire a message may be seven times as long");
        require(options.queueBytes().bytes(), size -> size >= 1 && size <= 1 << 30, "--queue-bytes takes 1 to 1GiB");
        if (options.queuesBytes().bytes() > 0 && options.queuesBytes().bytes() < LEAST_QUEUES) {
            throw wrong.apply(named("--queues-bytes takes 0, or at least 1MiB"));
        }
        require(options.publishQueueBytes().bytes(), size -> size >= 1, "--publish-queue-bytes takes at least 1");
        require(
                options.historyMessages(),
                count -> count >= 0 && count <= 1 << 24,
                "--history-messages takes 0 to 16777216");
        requirePositive(options.pingInterval(), "--ping-interval");
        requirePositive(options.registerTtl(), "--register-ttl");
        requirePositive(options.headerTimeout(), "--header-timeout");
        requirePositive(options.bodyTimeout(), "--body-timeout");
        requirePositive(options.httpIdleTimeout(), "--http-idle-timeout");
        require(
                options.maxConnectionsPerAddress(),
                count -> count >= 0,
                "--max-connections-per-address takes at least 0");
        require(
                options.maxHandshakesPerSecond(),
                OptionsCheck::isRate,
                "--max-handshakes-per-second takes 0 to 1000000");
        require(
                options.maxRegistrationsPerSecond(),
                OptionsCheck::isRate,
                "--max-registrations-per-second takes 0 to 1000000");
        requirePositive(options.frameTimeout(), "--frame-timeout");
        require(options.idempotencyKeys(), count -> count >= 1, "--idempotency-keys takes at least 1");
        requirePositive(options.idempotencyTtl(), "--idempotency-ttl");
        options.publicUrl().ifPresent(this::checkPublicUrl);
        checkOrigins(options);
        checkAccess(options);
        checkTls(options);
        checkEngine(options);
    }

    private void checkEngine(RelayOptions options) {
        if (!ENGINE_PREFIX.matcher(options.enginePrefix()).matches()) {
            throw wrong.apply(nameOf.apply("engine-prefix") + " takes 1 to 64 letters, digits and _ . -");
        }
    }

    private void checkOrigins(RelayOptions options) {
        try {
            new Origins(options.allowOrigin());
        } catch (InvalidInputException e) {
            throw wrong.apply(nameOf.apply("allow-origin") + ": " + e.detail());
        }
    }

    private void checkAccess(RelayOptions options) {
        if (!PartOptions.access(options).hasKeys() && !options.open()) {
            Reach.saidBy(options).ifPresent(setting -> {
                String reason = setting.equals("host")
                        ? " " + options.host() + " can be reached by others"
                        : " says that others reach the relay";
                throw wrong.apply(nameOf.apply(setting) + reason + ": set RELAY_API_KEYS or --api-keys-file,"
                        + " or --open if anybody may register, publish and administer");
            });
        }
        options.jwtJwks().filter(jwks -> !URL.matcher(jwks).lookingAt()).ifPresent(this::checkPath);
        if (options.jwtJwks().isPresent() && options.jwtAudience().isEmpty()) {
            throw wrong.apply("--jwt-jwks needs --jwt-audience: what a token's aud has to name");
        }
        if (options.jwtJwks().isEmpty()
                && (options.jwtIssuer().isPresent() || options.jwtAudience().isPresent())) {
            throw wrong.apply("--jwt-issuer and --jwt-audience need --jwt-jwks: where the keys are that sign tokens");
        }
    }

    private void checkPath(String jwks) {
        try {
            var unused = new PathConverter().convert(jwks);
        } catch (TypeConversionException e) {
            throw wrong.apply(nameOf.apply("jwt-jwks") + ": " + e.getMessage());
        }
    }

    private void checkTls(RelayOptions options) {
        if (options.tlsCert().isPresent() != options.tlsKey().isPresent()) {
            throw wrong.apply("--tls-cert and --tls-key go together: give both, or neither");
        }
        if (options.tlsClientCa().isPresent() && options.tlsCert().isEmpty()) {
            throw wrong.apply("--tls-client-ca takes --tls-cert and --tls-key beside it: without TLS no client shows a"
                    + " certificate");
        }
    }

    private void checkPublicUrl(URI url) {
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        if (!PUBLIC_SCHEMES.contains(scheme)
                || url.getHost() == null
                || url.getRawQuery() != null
                || url.getRawFragment() != null) {
            throw wrong.apply(
                    named("--public-url takes a URL such as https://example.com/relay, without query or fragment"));
        }
    }

    private static boolean isRate(int perSecond) {
        return perSecond >= 0 && perSecond <= 1_000_000;
    }

    private void requirePositive(Duration duration, String flag) {
        if (duration.isZero()) {
            throw wrong.apply(named(flag + " takes more than no time, such as 10s"));
        }
    }

    private void require(int value, IntPredicate valid, String rule) {
        if (!valid.test(value)) {
            throw wrong.apply(named(rule + ", not " + value));
        }
    }

    /** A rule that begins with a flag, with what set it in the flag's place. */
    private String named(String rule) {
        int end = rule.indexOf(' ');
        return nameOf.apply(rule.substring(2, end)) + rule.substring(end);
    }
}
