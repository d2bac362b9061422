package relay.net.proxy;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.util.HostPort;
import org.jspecify.annotations.Nullable;

/**
 * Reads hosts and ports as they are written in URLs (RFC 3986 §3.2). Jetty's own {@code HostPort} logs a warning for each that
 * is wrong: the client of a proxy could fill the log with them.
 */
final class Host {
    private static final int MAX_PORT = 65535;
    private static final Pattern PORT = Pattern.compile("\\d{1,5}");
    private static final Pattern HOST =
            Pattern.compile("(?<name>[\\w.~!$&'()*+;=-]++|\\[(?<ipv6>[^\\[\\]:]*+:[^\\[\\]]*+)])(:(?<port>.*+))?");

    private Host() {}

    /** A name, an IPv4 address, or an IPv6 address in brackets, and perhaps a port; empty if it is none of them. */
    static Optional<HostPort> parse(String text) {
        Matcher host = HOST.matcher(text);
        if (!host.matches() || !isAddressOrNone(host.group("ipv6"))) {
            return Optional.empty();
        }
        String name = host.group("name");
        String port = host.group("port");
        return port == null
                ? Optional.of(new HostPort(name, 0))
                : parsePort(port).map(number -> new HostPort(name, number));
    }

    private static boolean isAddressOrNone(@Nullable String text) {
        return text == null || Address.parse(text).isPresent();
    }

    /** 1 to 65535; empty if it is not. */
    static Optional<Integer> parsePort(String text) {
        return Optional.of(text)
                .filter(PORT.asMatchPredicate())
                .map(Integer::valueOf)
                .filter(port -> port >= 1 && port <= MAX_PORT);
    }
}
