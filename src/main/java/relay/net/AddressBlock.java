package relay.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * What counts as one address in limits: an IPv4 address, or the /64 of an IPv6 address. A site gets a /64 at least (RFC 6177),
 * so nobody gets around a limit by using all of their own addresses.
 */
final class AddressBlock {
    private AddressBlock() {}

    /** The block of an address as a number: the upper half of an IPv6 address; an IPv4 address in {@code ::/32}, where no
     * IPv6 address is. */
    static long of(InetAddress address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return address instanceof Inet6Address ? bytes.getLong() : Integer.toUnsignedLong(bytes.getInt());
    }
}
