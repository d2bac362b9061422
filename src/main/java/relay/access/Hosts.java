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
    private static final Pattern ADDRESS_6 = Pattern.compile("\\[[0-9a-fA-F:.]+]");

    /** Of an address as {@code 127.0.0.1} is one. */
    private static final int DOTS = 3;

    private static final int MOST_DIGITS = 3;
    private static final String LOCALHOST = "localhost";

    private final Optional<String> published;

    /** @param published the host of the URL at which clients reach the relay, if that is configured */
    public Hosts(Optional<String> published) {
        this.published = published;
    }

    /** Whether this is an address, a name of this machine, or the published host. */
    public boolean allows(String host) {
        return isAddress(host)
                || isLocalhost(host)
                || published.filter(host::equalsIgnoreCase).isPresent();
    }

    /** Asked for each request, so it needs no pattern for the usual addresses. */
    private static boolean isAddress(String host) {
        if (host.startsWith("[")) {
            return ADDRESS_6.matcher(host).matches();
        }
        int dots = 0;
        int digits = 0;
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c >= '0' && c <= '9' && digits < MOST_DIGITS) {
                digits++;
            } else if (c == '.' && digits > 0) {
                dots++;
                digits = 0;
            } else {
                return false;
            }
        }
        return dots == DOTS && digits > 0;
    }

    /** Whether a name means this machine everywhere (RFC 6761 §6.3). */
    public static boolean isLocalhost(String host) {
        String name = (host.endsWith(".") ? host.substring(0, host.length() - 1) : host).toLowerCase(Locale.ROOT);
        return name.equals(LOCALHOST) || name.endsWith("." + LOCALHOST);
    }
}
