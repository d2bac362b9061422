package relay;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** Who can reach a relay, as far as its settings tell. Stateless; it may ask the system for an address, so it is for the start. */
final class Reach {
    private Reach() {}

    /** Whether an address that is listened on is of this machine alone. A name that means nothing is for the connector to refuse. */
    static boolean isLoopback(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host)).allMatch(InetAddress::isLoopbackAddress);
        } catch (UnknownHostException e) {
            return true;
        }
    }
}
