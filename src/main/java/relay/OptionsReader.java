package relay;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;
import relay.message.InvalidInputException;
import relay.proxy.TrustedProxies;

/** Reads the flags, and the environment for those that are not given. */
final class OptionsReader {
    private static final Set<String> PUBLIC_SCHEMES = Set.of("http", "https", "ws", "wss");

    private static final String API_KEYS = "--api-keys";

    private final CommandLine commandLine;

    OptionsReader(Map<String, String> environment) {
        commandLine = new CommandLine(RelayOptions.class)
                .registerConverter(int.class, OptionsReader::wholeNumber)
                .registerConverter(Duration.class, new DurationConverter())
                .registerConverter(ByteSize.class, new ByteSize.Converter())
                .registerConverter(TrustedProxies.class, OptionsReader::trustedProxies)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOverwrittenOptionsAllowed(false)
                .setDefaultValueProvider(new FromEnvironment(environment));
    }

    /**
     * The options, or empty where {@code --help} or {@code --version} was asked for and has been printed.
     *
     * @throws ParameterException if a flag or a variable is wrong; its message is one line
     */
    Optional<RelayOptions> read(String... arguments) {
        try {
            commandLine.parseArgs(arguments);
        } catch (UnmatchedArgumentException e) {
            String suggestions = String.join(", ", e.getSuggestions());
            throw suggestions.isEmpty() ? e : wrong(e.getMessage() + ": did you mean " + suggestions + "?");
        }
        if (CommandLine.printHelpIfRequested(commandLine.getParseResult())) {
            return Optional.empty();
        }
        if (commandLine.getParseResult().hasMatchedOption(API_KEYS)) {
            throw wrong("everybody on this machine can see the flags: set RELAY_API_KEYS, or --api-keys-file");
        }
        RelayOptions options = commandLine.getCommand();
        check(options);
        return Optional.of(options);
    }

    private static Integer wholeNumber(String value) {
        try {
            return Integer.valueOf(value);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + value + "' is not a whole number");
        }
    }

    private static TrustedProxies trustedProxies(String value) {
        try {
            return TrustedProxies.of(value);
        } catch (InvalidInputException e) {
            throw new TypeConversionException(e.detail());
        }
    }

    private void check(RelayOptions options) {
        require(options.port(), port -> port >= 0 && port <= 65535, "--port takes 0 to 65535");
        require(options.maxJsonDepth(), depth -> depth >= 1 && depth <= 1000, "--max-json-depth takes 1 to 1000");
        require(options.maxRegistrations(), count -> count >= 1, "--max-registrations takes at least 1");
        require(options.maxConnections(), count -> count >= 1, "--max-connections takes at least 1");
        require(options.maxTopics(), count -> count >= 1, "--max-topics takes at least 1");
        require(options.maxFramesPerSecond(), count -> count >= 1, "--max-frames-per-second takes at least 1");
        require(options.fanoutThreads(), count -> count >= 0 && count <= 256, "--fanout-threads takes 0 to 256");
        require(options.maxFrameBytes().bytes(), size -> size >= 125, "--max-frame-bytes takes at least 125");
        require(options.maxHeaderBytes().bytes(), size -> size >= 1024, "--max-header-bytes takes at least 1KiB");
        require(
                options.maxBodyBytes().bytes(),
                size -> size >= 1 && size <= 1 << 30,
                "--max-body-bytes takes 1 to 1GiB");
        require(options.queueBytes().bytes(), size -> size >= 1 && size <= 1 << 30, "--queue-bytes takes 1 to 1GiB");
        require(options.publishQueueBytes().bytes(), size -> size >= 1, "--publish-queue-bytes takes at least 1");
        require(
                options.historyMessages(),
                count -> count >= 0 && count <= 1 << 24,
                "--history-messages takes 0 to 16777216");
        requirePositive(options.pingInterval(), "--ping-interval");
        requirePositive(options.registerTtl(), "--register-ttl");
        requirePositive(options.headerTimeout(), "--header-timeout");
        requirePositive(options.bodyTimeout(), "--body-timeout");
        require(
                options.maxConnectionsPerAddress(),
                count -> count >= 0,
                "--max-connections-per-address takes at least 0");
        require(
                options.maxHandshakesPerSecond(),
                OptionsReader::isRate,
                "--max-handshakes-per-second takes 0 to 1000000");
        require(
                options.maxRegistrationsPerSecond(),
                OptionsReader::isRate,
                "--max-registrations-per-second takes 0 to 1000000");
        requirePositive(options.frameTimeout(), "--frame-timeout");
        options.publicUrl().ifPresent(this::checkPublicUrl);
        checkAccess(options);
        checkTls(options);
    }

    private void checkAccess(RelayOptions options) {
        boolean hasKeys = options.apiKeys().isPresent() || options.apiKeysFile().isPresent();
        if (!hasKeys && !options.open() && !isLoopback(options.host())) {
            throw wrong("--host " + options.host() + " can be reached by others: set RELAY_API_KEYS or --api-keys-file,"
                    + " or --open if anybody may register and publish");
        }
        if (options.jwtJwks().isPresent() && options.jwtAudience().isEmpty()) {
            throw wrong("--jwt-jwks needs --jwt-audience: what a token's aud has to name");
        }
        if (options.jwtJwks().isEmpty()
                && (options.jwtIssuer().isPresent() || options.jwtAudience().isPresent())) {
            throw wrong("--jwt-issuer and --jwt-audience need --jwt-jwks: where the keys are that sign tokens");
        }
    }

    /** A name that means nothing is for the connector to refuse. */
    private static boolean isLoopback(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host)).allMatch(InetAddress::isLoopbackAddress);
        } catch (UnknownHostException e) {
            return true;
        }
    }

    private void checkTls(RelayOptions options) {
        if (options.tlsCert().isPresent() != options.tlsKey().isPresent()) {
            throw wrong("--tls-cert and --tls-key go together: give both, or neither");
        }
        if (options.tlsClientCa().isPresent() && options.tlsCert().isEmpty()) {
            throw wrong("--tls-client-ca takes --tls-cert and --tls-key beside it: without TLS no client shows a"
                    + " certificate");
        }
    }

    private void checkPublicUrl(URI url) {
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        if (!PUBLIC_SCHEMES.contains(scheme)
                || url.getHost() == null
                || url.getRawQuery() != null
                || url.getRawFragment() != null) {
            throw wrong("--public-url takes a URL such as https://example.com/relay, without query or fragment");
        }
    }

    private static boolean isRate(int perSecond) {
        return perSecond >= 0 && perSecond <= 1_000_000;
    }

    private void requirePositive(Duration duration, String flag) {
        if (duration.isZero()) {
            throw wrong(flag + " takes more than no time");
        }
    }

    private void require(int value, IntPredicate valid, String rule) {
        if (!valid.test(value)) {
            throw wrong(rule + ", not " + value);
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(commandLine, message);
    }

    /** A flag's value from its environment variable, else the one that the flag names itself. */
    private static final class FromEnvironment implements IDefaultValueProvider {
        private final Map<String, String> environment;

        FromEnvironment(Map<String, String> environment) {
            this.environment = environment;
        }

        @Override
        @SuppressWarnings("NullAway") // picocli takes null for "nothing here: use the default"
        public String defaultValue(ArgSpec argument) {
            if (argument instanceof OptionSpec option && !option.usageHelp() && !option.versionHelp()) {
                String name =
                        option.longestName().substring(2).replace('-', '_').toUpperCase(Locale.ROOT);
                return environment.get("RELAY_" + name);
            }
            return null;
        }
    }
}
