package relay.access;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The hosts that a relay may be asked for which only this machine reaches. A page whose own host name has been made to point to
 * this machine (DNS rebinding) looks to a browser as if it were the relay's; but its name stands in {@code Host}. An address
 * does no harm there: nobody can make it point elsewhere. Immutable, for any thread.
 */
public final class Hosts {
    private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+]");
    private static final String LOCALHOST = "localhost";

    private final Optional<String> published;

    /** @param published the host of the URL where clients reach the relay, if that is said */
    public Hosts(Optional<String> published) {
        this.published = published;
    }

    /** Whether this is an address, a name of this machine, or the host that clients reach the relay by. */
    public boolean allows(String host) {
        return ADDRESS.matcher(host).matches()
                || isLocalhost(host)
                || published.filter(host::equalsIgnoreCase).isPresent();
    }

    /** Whether a name is this machine's wherever it is asked for (RFC 6761 §6.3). */
    public static boolean isLocalhost(String host) {
        String name = (host.endsWith(".") ? host.substring(0, host.length() - 1) : host).toLowerCase(Locale.ROOT);
        return name.equals(LOCALHOST) || name.endsWith("." + LOCALHOST);
    }
}
