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
 * Reads an origin as people write it into a list, and makes of it what browsers send (RFC 6454 §6.2): scheme and host in lower
 * case, no port where it is the usual one, and nothing behind. {@code https://*.example.com} is every name below
 * {@code example.com}, however deep, but not that one itself. What no browser sends would never match, and is refused.
 */
final class PageOrigin {
    /** Of a page that is to be nobody's, such as one in a sandbox: any page can make itself one of these. */
    static final String OPAQUE = "null";

    private static final Pattern PARTS = Pattern.compile(
            "(?<scheme>[a-z][a-z0-9+.-]*+)://(?<host>\\[[0-9a-f:.]*+]|[^:/?#@\\[\\]]*+)(:(?<port>[0-9]{1,5}))?+/?+");

    private static final Pattern NAME = Pattern.compile("[a-z0-9_-]++(\\.[a-z0-9_-]++)*+\\.?+");

    /** Browsers read a name that ends in a number as an IPv4 address, and send that in four decimal parts. */
    private static final Pattern ENDS_IN_NUMBER = Pattern.compile("(.*\\.)?(\\d+|0x[0-9a-f]*)\\.?");

    private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern IPV4 = Pattern.compile(BYTE + "(\\." + BYTE + "){3}");
    private static final Pattern ZEROS = Pattern.compile("(?<![0-9a-f])0(:0)++(?![0-9a-f])");

    private static final Map<String, String> USUAL_PORTS = Map.of("http", "80", "https", "443");
    private static final int MAX_PORT = 65535;

    private static final String WILDCARD = "*.";

    /** Nothing but what a host's name is made of: a slash, a port or a user would make another host of what follows. */
    private static final String NAMES_BELOW = "[a-z0-9_-][a-z0-9._-]*\\.";

    private PageOrigin() {}

    /**
     * A regular expression for the whole of an {@code Origin}.
     *
     * @throws InvalidInputException if no browser sends what is written; it says what to write
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

    /** With its colon; none where it is the usual one; empty if it is wrong. */
    private static Optional<String> port(String scheme, @Nullable String written) {
        if (written == null) {
            return Optional.of("");
        }
        int port = Integer.parseInt(written);
        if (port < 1 || port > MAX_PORT) {
            return Optional.empty();
        }
        String number = String.valueOf(port);
        return Optional.of(number.equals(USUAL_PORTS.get(scheme)) ? "" : ":" + number);
    }

    private static Optional<String> host(String scheme, String host, boolean below) {
        if (host.startsWith("[")) {
            return below ? Optional.empty() : ipv6(host);
        }
        if (ENDS_IN_NUMBER.matcher(host).matches()) {
            return Optional.of(host)
                    .filter(address -> !below && IPV4.matcher(address).matches());
        }
        boolean isPageOfNoHost = host.isEmpty() && !below && !USUAL_PORTS.containsKey(scheme);
        return Optional.of(host)
                .filter(name -> isPageOfNoHost || NAME.matcher(name).matches());
    }

    /** With the longest row of zeros left out (RFC 5952 §4.2). */
    private static Optional<String> ipv6(String bracketed) {
        try {
            // What is in brackets is never looked up as a name.
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

    /** What may be meant: with a scheme, and with nothing but host and port behind it. */
    private static String meant(String written) {
        String bare = written.replaceFirst("^(\\*?:)?/*", "");
        String scheme = bare.matches("(localhost|127\\.0\\.0\\.1|\\[::1])([:/].*)?") ? "http://" : "https://";
        return (written.matches("[a-z][a-z0-9+.-]*://.*") ? written : scheme + bare)
                .replaceFirst("^ws", "http")
                .replaceFirst("://[^/]*@", "://")
                .replaceFirst("(://[^/?#]*).*", "$1");
    }
}
