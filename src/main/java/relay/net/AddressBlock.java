package relay.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * Whom an address stands for when something is counted: an IPv4 address for itself, an IPv6 address for its /64, which is
 * the least that one site is given (RFC 6177), so that nobody is many by counting through their own.
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
