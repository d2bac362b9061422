package relay;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;
import relay.access.Hosts;

/** Who can reach a relay, as far as its settings tell. Stateless; it may ask the system for an address, so it is for the start. */
final class Reach {
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|\\[.*]");

    private Reach() {}

    /** The key of the setting that says that others than this machine's programs reach it; empty if none does. */
    static Optional<String> saidBy(RelayOptions options) {
        if (!isLoopback(options.host())) {
            return Optional.of("host");
        }
        if (options.trustedProxies().isPresent()) {
            return Optional.of("trusted-proxies");
        }
        return options.publicUrl().filter(url -> !isThisMachine(url.getHost())).map(url -> "public-url");
    }

    /** A name may mean anything to those who will use the URL, so it is not asked for. */
    private static boolean isThisMachine(String host) {
        return Hosts.isLocalhost(host) || (ADDRESS.matcher(host).matches() && isLoopback(host));
    }

    /** Whether an address that is listened on is of this machine alone. A name that means nothing is for the connector to refuse. */
    static boolean isLoopback(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host)).allMatch(InetAddress::isLoopbackAddress);
        } catch (UnknownHostException e) {
            return true;
        }
    }
}
