package relay.access;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The values of {@code Host} that are allowed at a relay which only this machine can reach. A page whose host name has been
 * made to point to this machine (DNS rebinding) looks to a browser like the relay's own, but {@code Host} has its name. An
 * address is harmless there: it cannot be made to point elsewhere. Immutable, for any thread.
 */
public final class Hosts {
    private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+]");
    private static final String LOCALHOST = "localhost";

    private final Optional<String> published;

    /** @param published the host of the URL at which clients reach the relay, if that is configured */
    public Hosts(Optional<String> published) {
        this.published = published;
    }

    /** Whether this is an address, a name of this machine, or the published host. */
    public boolean allows(String host) {
        return ADDRESS.matcher(host).matches()
                || isLocalhost(host)
                || published.filter(host::equalsIgnoreCase).isPresent();
    }

    /** Whether a name means this machine everywhere (RFC 6761 §6.3). */
    public static boolean isLocalhost(String host) {
        String name = (host.endsWith(".") ? host.substring(0, host.length() - 1) : host).toLowerCase(Locale.ROOT);
        return name.equals(LOCALHOST) || name.endsWith("." + LOCALHOST);
    }
}
