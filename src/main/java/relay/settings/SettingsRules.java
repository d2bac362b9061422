package relay.settings;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.TypeConversionException;
import relay.access.Hosts;
import relay.access.Origins;
import relay.message.InvalidInputException;

/**
 * The rules for {@link Settings} that are more than bounds: the form of some values, and which settings need each other.
 * Immutable. May look up the address of {@code --host}, so it is for the start.
 */
final class SettingsRules {
    private static final Pattern HTTP = Pattern.compile("(?i)https?://");
    private static final Set<String> PUBLIC_SCHEMES = Set.of("http", "https", "ws", "wss");
    private static final Pattern ENGINE_PREFIX = Pattern.compile("[0-9A-Za-z_.-]{1,64}");
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|\\[.*]");

    private final Settings settings;
    private final Map<String, Setting> given;

    private SettingsRules(Settings settings, Map<String, Setting> given) {
        this.settings = settings;
        this.given = given;
    }

    /**
     * Checks all of them.
     *
     * @param given what each is set to, by its key
     * @throws InvalidInputException if one is broken
     */
    static void check(Settings settings, Map<String, Setting> given) {
        SettingsRules rules = new SettingsRules(settings, given);
        rules.checkForms();
        rules.checkKeys();
        rules.checkTokens();
        rules.checkTls();
        rules.checkData();
        rules.checkHook();
    }

    private void checkForms() {
        settings.publicUrl().ifPresent(url -> {
            String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
            if (!PUBLIC_SCHEMES.contains(scheme)
                    || url.getHost() == null
                    || url.getRawQuery() != null
                    || url.getRawFragment() != null) {
                throw wrong("public-url", " takes a URL such as https://example.com/relay, without query or fragment");
            }
        });
        try {
            new Origins(settings.allowOrigin());
        } catch (InvalidInputException e) {
            throw wrong("allow-origin", ": " + e.detail());
        }
        if (!ENGINE_PREFIX.matcher(settings.enginePrefix()).matches()) {
            throw wrong("engine-prefix", " takes 1 to 64 letters, digits and _ . -");
        }
        try {
            settings.jwtJwks().filter(jwks -> !HTTP.matcher(jwks).lookingAt()).ifPresent(Values::file);
        } catch (TypeConversionException e) {
            throw wrong("jwt-jwks", ": " + e.getMessage());
        }
    }

    /** A relay that other machines can reach needs API keys, unless {@code --open} says otherwise. */
    private void checkKeys() {
        if (settings.apiKeys().isPresent() || settings.apiKeysFile().isPresent() || settings.open()) {
            return;
        }
        String remedy =
                ": set RELAY_API_KEYS or --api-keys-file, or --open if anybody may register, subscribe, publish and administer";
        if (!isLoopback(settings.host())) {
            throw wrong("host", " " + settings.host() + " can be reached by others" + remedy);
        }
        Optional<String> proxied = settings.trustedProxies().map(any -> "trusted-proxies");
        Optional<String> published = settings.publicUrl()
                .map(URI::getHost)
                .filter(host -> !isThisMachine(host))
                .map(any -> "public-url");
        proxied.or(() -> published).ifPresent(key -> {
            throw wrong(key, " says that others reach the relay" + remedy);
        });
    }

    private void checkTokens() {
        if (settings.jwtJwks().isPresent() && settings.jwtAudience().isEmpty()) {
            throw new InvalidInputException("--jwt-jwks needs --jwt-audience: what a token's aud must name");
        }
        if (settings.jwtJwks().isPresent()) {
            return;
        }
        if (settings.jwtSecretFile().isEmpty()
                && (settings.jwtIssuer().isPresent() || settings.jwtAudience().isPresent())) {
            throw new InvalidInputException(
                    "--jwt-issuer and --jwt-audience need --jwt-jwks or --jwt-secret-file: where"
                            + " the keys are that sign tokens");
        }
        if (settings.jwtSecretFile().isPresent() && isSet("jwt-algorithms")) {
            throw wrong(
                    "jwt-algorithms",
                    " is for the keys of --jwt-jwks: tokens of --jwt-secret-file are always signed by HS256");
        }
    }

    private void checkHook() {
        settings.hook().ifPresent(url -> {
            String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
            boolean names = Set.of("http", "https").contains(scheme) && url.getHost() != null;
            if (!names || url.getRawFragment() != null) {
                throw wrong("hook", " takes a URL such as https://example.com/events");
            }
        });
        if (settings.hook().isPresent() != settings.hookSecretFile().isPresent()) {
            throw new InvalidInputException("--hook and --hook-secret-file go together: give both, or neither");
        }
        if (settings.hook().isEmpty() && isSet("hook-queue")) {
            throw wrong("hook-queue", " is for --hook: where events are posted");
        }
    }

    private void checkTls() {
        if (settings.tlsCert().isPresent() != settings.tlsKey().isPresent()) {
            throw new InvalidInputException("--tls-cert and --tls-key go together: give both, or neither");
        }
        if (settings.tlsClientCa().isPresent() && settings.tlsCert().isEmpty()) {
            throw new InvalidInputException(
                    "--tls-client-ca needs --tls-cert and --tls-key: without TLS no client shows a" + " certificate");
        }
    }

    private void checkData() {
        if (settings.data().isPresent() && settings.engine().isPresent()) {
            throw new InvalidInputException(nameOf("data") + " and " + nameOf("engine")
                    + " exclude each other: with an engine, what is kept is kept there");
        }
        if (settings.data().isEmpty()) {
            Stream.of("data-sync", "data-bytes").filter(this::isSet).findFirst().ifPresent(key -> {
                throw wrong(key, " needs --data: without a directory nothing is kept");
            });
        }
        if (settings.data().filter(SettingsRules::isInAHome).isPresent()) {
            throw wrong("data", ": only a shell knows what ~ means: write the whole path");
        }
    }

    /** Whether a path begins with {@code ~}, which a shell replaces in {@code --data ~/x} and leaves in {@code --data=~/x}. */
    private static boolean isInAHome(Path path) {
        return path.getName(0).toString().startsWith("~") && !path.isAbsolute();
    }

    /** Whether a public URL is for this machine only. A name is not looked up: it may mean another address to those who use the URL. */
    private static boolean isThisMachine(String host) {
        return Hosts.isLocalhost(host) || (ADDRESS.matcher(host).matches() && isLoopback(host));
    }

    /** Whether only this machine can connect to an address. A name without an address counts: the connector will refuse it. */
    static boolean isLoopback(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host)).allMatch(InetAddress::isLoopbackAddress);
        } catch (UnknownHostException e) {
            return true;
        }
    }

    private InvalidInputException wrong(String key, String rule) {
        return new InvalidInputException(nameOf(key) + rule);
    }

    private String nameOf(String key) {
        return setting(key).name();
    }

    private boolean isSet(String key) {
        return !setting(key).isDefault();
    }

    private Setting setting(String key) {
        return Objects.requireNonNull(given.get(key), key);
    }
}
