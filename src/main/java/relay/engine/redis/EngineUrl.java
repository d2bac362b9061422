package relay.engine.redis;

import io.lettuce.core.RedisURI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import relay.message.InvalidInputException;
import relay.message.UserInfo;

/**
 * Where the server is: {@code redis://}, {@code rediss://}, {@code redis-sentinel://host:port,host:port#master},
 * {@code rediss-sentinel://…}, {@code redis-cluster://host:port,host:port} or {@code rediss-cluster://…}; {@code user:password@}
 * may stand before the first host, percent-encoded; Sentinels have {@code ?sentinelUser=…&sentinelPassword=…} of their own.
 * Immutable, for any thread.
 *
 * <p>Neither its text nor what it throws has the password or a part of it.
 */
public final class EngineUrl {
    private static final String SENTINEL = "-sentinel";
    private static final String CLUSTER = "-cluster";
    private static final String MASK = "********";
    private static final String VERIFY_PEER = "verifyPeer";
    private static final String SENTINEL_USER = "sentinelUser";
    private static final String SENTINEL_PASSWORD = "sentinelPassword";
    private static final int SENTINEL_PORT = 26_379;
    private static final int LARGEST_PORT = 65_535;

    /** No {@code @} but the one after the password: with another one, a part of the password would be taken for the host. */
    private static final Pattern SHAPE = Pattern.compile("(?<scheme>rediss?(?:-sentinel|-cluster)?)://"
            + "(?:(?<credentials>(?:[^/?#@%\\s]|%[0-9A-Fa-f]{2})*)@)?"
            + "(?<servers>[^/?#@%\\s]+)"
            + "(?<database>(?:/[0-9]{0,5})?)(?:\\?(?<query>(?:[^/?#@%\\s]|%[0-9A-Fa-f]{2})+))?"
            + "(?:#(?<master>[^#@/?%\\s]+))?");

    private static final Pattern SERVER = Pattern.compile("(?:[0-9A-Za-z._-]+|\\[[0-9A-Fa-f:.]+])(?::([0-9]{1,5}))?");

    private final String scheme;
    private final Optional<String> credentials;
    private final List<String> servers;
    private final String database;
    private final Map<String, String> query;
    private final Optional<String> master;

    private EngineUrl(Matcher parts) {
        scheme = parts.group("scheme");
        credentials = Optional.ofNullable(parts.group("credentials")).map(EngineUrl::encodedAnew);
        servers = List.of(parts.group("servers").split(",", -1));
        database = parts.group("database");
        query = query(Optional.ofNullable(parts.group("query")));
        master = Optional.ofNullable(parts.group("master"));
    }

    private static Map<String, String> query(Optional<String> text) {
        Map<String, String> query = new LinkedHashMap<>();
        text.ifPresent(all -> {
            for (String each : all.split("&", -1)) {
                int end = each.indexOf('=');
                if (end < 0 || query.put(each.substring(0, end), encodedAnew(each.substring(end + 1))) != null) {
                    throw meaningless();
                }
            }
        });
        return query;
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
        url.check();
        return url;
    }

    private void check() {
        Set<String> known =
                isOfSentinels() ? Set.of(VERIFY_PEER, SENTINEL_USER, SENTINEL_PASSWORD) : Set.of(VERIFY_PEER);
        if (!known.containsAll(query.keySet())
                || (query.containsKey(SENTINEL_USER) && !query.containsKey(SENTINEL_PASSWORD))) {
            throw meaningless();
        }
        try {
            first(Duration.ZERO);
            server(Duration.ZERO);
        } catch (RuntimeException e) {
            // What Lettuce says of it may have all of it.
            throw meaningless();
        }
    }

    private static InvalidInputException meaningless() {
        return new InvalidInputException("has something after the host that means nothing: it takes a database, such as"
                + " redis://host:6379/1, and for Sentinels their own ?sentinelUser=name&sentinelPassword=secret (or the"
                + " password alone) before #mymaster");
    }

    private static boolean hasPort(String server) {
        Matcher parts = SERVER.matcher(server);
        return parts.matches() && parts.group(1) != null;
    }

    private static boolean isServer(String text) {
        Matcher server = SERVER.matcher(text);
        if (!server.matches()) {
            return false;
        }
        int port = server.group(1) == null ? 1 : Integer.parseInt(server.group(1));
        return port > 0 && port <= LARGEST_PORT;
    }

    /** Whether a URL has a password, or may have, for the servers or for the Sentinels. */
    public static boolean hasSecret(String url) {
        return UserInfo.isIn(url) || url.contains(SENTINEL_PASSWORD + "=");
    }

    boolean isOfSentinels() {
        return scheme.endsWith(SENTINEL);
    }

    boolean isOfCluster() {
        return scheme.endsWith(CLUSTER);
    }

    /** What Sentinels call the master. */
    String master() {
        return master.orElse("");
    }

    /** Where to ask first, in this order: Sentinels, nodes of a Cluster, or the server itself. The caller may change them. */
    List<RedisURI> first(Duration timeout) {
        if (!isOfSentinels()) {
            return servers.stream()
                    .map(server -> uri(credentials, server, database, timeout))
                    .toList();
        }
        Optional<String> own = Optional.ofNullable(query.get(SENTINEL_PASSWORD))
                .map(password -> query.getOrDefault(SENTINEL_USER, "") + ":" + password);
        return servers.stream()
                .map(server -> uri(own, hasPort(server) ? server : server + ":" + SENTINEL_PORT, "", timeout))
                .toList();
    }

    /** How to connect to a server that the others have named: the caller fills in where it is. */
    RedisURI server(Duration timeout) {
        return uri(credentials, servers.get(0), database, timeout);
    }

    private RedisURI uri(Optional<String> secret, String server, String path, Duration timeout) {
        String peer = query.containsKey(VERIFY_PEER) ? "?" + VERIFY_PEER + "=" + query.get(VERIFY_PEER) : "";
        RedisURI uri = RedisURI.create(scheme.replaceFirst("-.*", "") + "://"
                + secret.map(known -> known + "@").orElse("") + server + path + peer);
        uri.setTimeout(timeout);
        // Else each connection would send CLIENT SETINFO, which its user may not be allowed.
        uri.setLibraryName("");
        uri.setLibraryVersion("");
        return uri;
    }

    /** Without the passwords, and without the users. */
    @Override
    public String toString() {
        return scheme + "://" + credentials.map(secret -> MASK + "@").orElse("")
                + String.join(",", servers)
                + database
                + query.entrySet().stream()
                        .map(each -> each.getKey() + "=" + (each.getKey().equals(VERIFY_PEER) ? each.getValue() : MASK))
                        .collect(Collectors.collectingAndThen(
                                Collectors.joining("&"), all -> all.isEmpty() ? "" : "?" + all))
                + master.map(name -> "#" + name).orElse("");
    }

    /** Every character but those that are safe anywhere is percent-encoded, whatever the parser makes of it. */
    private static String encodedAnew(String text) {
        int colon = text.indexOf(':');
        return colon < 0 ? encoded(text) : encoded(text.substring(0, colon)) + ":" + encoded(text.substring(colon + 1));
    }

    private static String encoded(String text) {
        String decoded = URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        return URLEncoder.encode(decoded, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
