package relay.engine.redis;

import io.lettuce.core.RedisURI;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import relay.message.InvalidInputException;

/**
 * Where the server is: {@code redis://}, {@code rediss://}, {@code redis-sentinel://host:port,host:port#master},
 * {@code rediss-sentinel://…}, {@code redis-cluster://host:port,host:port} or {@code rediss-cluster://…}; {@code user:password@}
 * may stand before the first host, percent-encoded. Immutable, for any thread.
 *
 * <p>Nothing it says, written or thrown, has the password or a part of it.
 */
public final class EngineUrl {
    private static final String SENTINEL = "-sentinel";
    private static final String CLUSTER = "-cluster";
    private static final String MASK = "********@";
    private static final int LARGEST_PORT = 65_535;

    /** No {@code @} but the one after the password: where it stands elsewhere, the password was cut in two before it. */
    private static final Pattern SHAPE = Pattern.compile("(?<scheme>rediss?(?:-sentinel|-cluster)?)://"
            + "(?:(?<credentials>(?:[^/?#@%\\s]|%[0-9A-Fa-f]{2})*)@)?"
            + "(?<servers>[^/?#@%\\s]+)"
            + "(?<database>(?:/[0-9]{0,5})?)(?<query>(?:\\?verifyPeer=[A-Za-z]+)?)(?:#(?<master>[^#@/?%\\s]+))?");

    private static final Pattern SERVER = Pattern.compile("(?:[0-9A-Za-z._-]+|\\[[0-9A-Fa-f:.]+])(?::([0-9]{1,5}))?");

    private final String scheme;
    private final Optional<String> credentials;
    private final String servers;
    private final String rest;

    private EngineUrl(Matcher parts) {
        scheme = parts.group("scheme");
        credentials = Optional.ofNullable(parts.group("credentials")).map(EngineUrl::encodedAnew);
        servers = parts.group("servers");
        rest = parts.group("database")
                + parts.group("query")
                + Optional.ofNullable(parts.group("master"))
                        .map(name -> "#" + name)
                        .orElse("");
    }

    /**
     * Reads one.
     *
     * @throws InvalidInputException if it is none; its detail goes after the name of what holds the URL
     */
    public static EngineUrl parse(String text) {
        Matcher parts = SHAPE.matcher(text);
        if (!parts.matches()) {
            throw new InvalidInputException("takes the URL of a Redis or Valkey server, such as redis://127.0.0.1:6379,"
                    + " rediss://:password@host:6379, redis-sentinel://host:26379,host:26379#master or"
                    + " redis-cluster://host:7000,host:7001; what a password has beside letters, digits and -._~ is"
                    + " written as % and two hexadecimal digits: %2F for /, %40 for @, %23 for #, %25 for %");
        }
        String scheme = parts.group("scheme");
        boolean many = scheme.endsWith(SENTINEL) || scheme.endsWith(CLUSTER);
        String[] servers = parts.group("servers").split(",", -1);
        if (!Arrays.stream(servers).allMatch(EngineUrl::isServer) || (servers.length > 1 && !many)) {
            throw new InvalidInputException(
                    "has no host, or a wrong one, after the :// or the password: it takes host:port"
                            + (many ? ", more of them with commas" : ""));
        }
        if (scheme.endsWith(SENTINEL) != (parts.group("master") != null)) {
            throw new InvalidInputException(
                    scheme.endsWith(SENTINEL)
                            ? "needs the name of the master that the Sentinels watch: " + scheme
                                    + "://host:26379#mymaster"
                            : "has a # after the host, which is only for the master's name of redis-sentinel://");
        }
        EngineUrl url = new EngineUrl(parts);
        try {
            url.uris(Duration.ZERO);
        } catch (RuntimeException e) {
            // What Lettuce says of it may have all of it.
            throw new InvalidInputException(
                    "has something after the host that means nothing: it takes a database, such as"
                            + " redis://host:6379/1, and for Sentinels #mymaster");
        }
        return url;
    }

    private static boolean isServer(String text) {
        Matcher server = SERVER.matcher(text);
        if (!server.matches()) {
            return false;
        }
        int port = server.group(1) == null ? 1 : Integer.parseInt(server.group(1));
        return port > 0 && port <= LARGEST_PORT;
    }

    /** Whether it has a password, or may have. */
    public boolean hasSecret() {
        return credentials.isPresent();
    }

    boolean isOfCluster() {
        return scheme.endsWith(CLUSTER);
    }

    /** One for each server of a cluster, else one in all; they are the caller's own. */
    List<RedisURI> uris(Duration timeout) {
        String before = scheme.replace(CLUSTER, "") + "://"
                + credentials.map(secret -> secret + "@").orElse("");
        List<String> each = isOfCluster() ? List.of(servers.split(",", -1)) : List.of(servers);
        return each.stream()
                .map(server -> RedisURI.create(before + server + rest))
                .peek(uri -> uri.setTimeout(timeout))
                .toList();
    }

    /** Without the password, and without the user. */
    @Override
    public String toString() {
        return scheme + "://" + (hasSecret() ? MASK : "") + servers + rest;
    }

    /** Every character but those that are safe anywhere is percent-encoded, whatever the parser makes of it. */
    private static String encodedAnew(String text) {
        int colon = text.indexOf(':');
        return colon < 0 ? encoded(text) : encoded(text.substring(0, colon)) + ":" + encoded(text.substring(colon + 1));
    }

    private static String encoded(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream decoded = new ByteArrayOutputStream();
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '%') {
                decoded.write(Character.digit(bytes[i + 1], 16) << 4 | Character.digit(bytes[i + 2], 16));
                i += 2;
            } else {
                decoded.write(bytes[i]);
            }
        }
        return URLEncoder.encode(decoded.toString(StandardCharsets.UTF_8), StandardCharsets.UTF_8)
                .replace("+", "%20");
    }
}
