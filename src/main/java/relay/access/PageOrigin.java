package relay.access;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import relay.message.InvalidInputException;
import relay.message.UserInfo;

/**
 * Parses an origin as people write it, and normalizes it to what browsers send (RFC 6454 §6.2): scheme and host in lower case,
 * no default port, and no path. {@code https://*.example.com} is every name below {@code example.com}, at any depth, but not
 * {@code example.com} itself. An origin that no browser sends would never match, and is rejected.
 */
final class PageOrigin {
    /** The opaque origin, of pages in a sandbox for example; any page can get it. */
    static final String OPAQUE = "null";

    private static final Pattern PARTS = Pattern.compile(
            "(?<scheme>[a-z][a-z0-9+.-]*+)://(?<host>\\[[0-9a-f:.]*+]|[^:/?#@\\[\\]]*+)(:(?<port>[0-9]{1,5}))?+/?+");

    private static final Pattern NAME = Pattern.compile("[a-z0-9_-]++(\\.[a-z0-9_-]++)*+\\.?+");

    /** Browsers take a name that ends in a number for an IPv4 address, and send it in four decimal parts. */
    private static final Pattern ENDS_IN_NUMBER = Pattern.compile("(.*\\.)?(\\d+|0x[0-9a-f]*)\\.?");

    private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern IPV4 = Pattern.compile(BYTE + "(\\." + BYTE + "){3}");
    private static final Pattern ZEROS = Pattern.compile("(?<![0-9a-f])0(:0)++(?![0-9a-f])");

    private static final Map<String, String> DEFAULT_PORTS = Map.of("http", "80", "https", "443");
    private static final int MAX_PORT = 65535;

    private static final String WILDCARD = "*.";

    /** Only characters of host names: a slash, a port or a user would make what follows another host. */
    private static final String NAMES_BELOW = "[a-z0-9_-][a-z0-9._-]*\\.";

    private PageOrigin() {}

    /**
     * Returns a regular expression for the whole {@code Origin}.
     *
     * @throws InvalidInputException if no browser sends this; it says what to write
     */
    static String pattern(String text) {
        String written = text.strip().toLowerCase(Locale.ROOT);
        return read(written).orElseThrow(() -> wrong(text, written));
    }

    private static Optional<String> read(String written) {
        if (written.equals(OPAQUE)) {
            return Optional.of(OPAQUE);
        }
        Matcher parts = PARTS.matcher(written);
        if (!parts.matches()) {
            return Optional.empty();
        }
        String scheme = parts.group("scheme");
        boolean below = parts.group("host").startsWith(WILDCARD);
        String host = below ? parts.group("host").substring(WILDCARD.length()) : parts.group("host");
        Optional<String> port = port(scheme, parts.group("port"));
        Optional<String> sent = host(scheme, host, below);
        return sent.isEmpty() || port.isEmpty() || scheme.equals("ws") || scheme.equals("wss")
                ? Optional.empty()
                : Optional.of("(?i)" + Pattern.quote(scheme + "://") + (below ? NAMES_BELOW : "")
                        + Pattern.quote(sent.get() + port.get()));
    }

    /** The port with its colon; nothing for the default port; empty if it is wrong. */
    private static Optional<String> port(String scheme, @Nullable String written) {
        if (written == null) {
            return Optional.of("");
        }
        int port = Integer.parseInt(written);
        if (port < 1 || port > MAX_PORT) {
            return Optional.empty();
        }
        String number = String.valueOf(port);
        return Optional.of(number.equals(DEFAULT_PORTS.get(scheme)) ? "" : ":" + number);
    }

    private static Optional<String> host(String scheme, String host, boolean below) {
        if (host.startsWith("[")) {
            return below ? Optional.empty() : ipv6(host);
        }
        if (ENDS_IN_NUMBER.matcher(host).matches()) {
            return Optional.of(host)
                    .filter(address -> !below && IPV4.matcher(address).matches());
        }
        boolean isPageOfNoHost = host.isEmpty() && !below && !DEFAULT_PORTS.containsKey(scheme);
        return Optional.of(host)
                .filter(name -> isPageOfNoHost || NAME.matcher(name).matches());
    }

    /** An IPv6 address with the longest run of zeros left out (RFC 5952 §4.2). */
    private static Optional<String> ipv6(String bracketed) {
        try {
            // An address in brackets is never looked up as a name.
            if (!(InetAddress.getByName(bracketed) instanceof Inet6Address address)) {
                return Optional.empty();
            }
            String groups = address.getHostAddress();
            String sent = ZEROS.matcher(groups)
                    .results()
                    .max(Comparator.comparingInt(zeros -> zeros.group().length()))
                    .map(zeros -> without(zeros, groups))
                    .orElse(groups);
            return Optional.of("[" + sent + "]");
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    private static String without(MatchResult zeros, String groups) {
        String before = groups.substring(0, zeros.start());
        String behind = groups.substring(zeros.end());
        return (before.isEmpty() ? ":" : before) + (behind.isEmpty() ? ":" : behind);
    }

    private static InvalidInputException wrong(String text, String written) {
        String rule =
                "'" + UserInfo.masked(text) + "' is never the Origin of a page: that is a scheme, a host, and the port"
                        + " if it is not the usual one, such as https://example.com or https://*.example.com";
        String meant = meant(written);
        return new InvalidInputException(
                read(meant).isPresent() && !meant.equals(written) ? rule + "; did you mean " + meant + "?" : rule);
    }

    /** A guess at what is meant: a scheme, a host and a port, and no more. */
    private static String meant(String written) {
        String bare = written.replaceFirst("^(\\*?:)?/*", "");
        String scheme = bare.matches("(localhost|127\\.0\\.0\\.1|\\[::1])([:/].*)?") ? "http://" : "https://";
        return (written.matches("[a-z][a-z0-9+.-]*://.*") ? written : scheme + bare)
                .replaceFirst("^ws", "http")
                .replaceFirst("://[^/]*@", "://")
                .replaceFirst("(://[^/?#]*).*", "$1");
    }
}
