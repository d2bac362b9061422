package relay.net.proxy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads IP addresses in their text form, and never looks up a name. */
final class Address {
    private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern IPV4 = Pattern.compile(BYTE + "(\\." + BYTE + "){3}");

    /** Java checks the number of groups. It would take leading zeros in an IPv4 address too, which others read as octal. */
    private static final Pattern IPV6 =
            Pattern.compile("([0-9a-fA-F]{0,4}:){2,8}([0-9a-fA-F]{0,4}|" + IPV4.pattern() + ")");

    /** A proxy may hide the port: _ and a name (RFC 7239 §6). */
    private static final String PORT = "(:\\d{1,5}|:_[\\w.-]+)";

    private static final Pattern WITH_PORT = Pattern.compile("\\[(.*)]" + PORT + "?|([^:]*)" + PORT);

    /** The interface of the proxy at which an address was seen (RFC 4007 §11): it means nothing elsewhere. */
    private static final Pattern ZONE = Pattern.compile("(?<=^[0-9a-fA-F:.]{2,45})%[\\w.~%-]+$");

    private Address() {}

    /** An IPv4 address in four decimal parts, or an IPv6 address; empty if it is neither. */
    static Optional<InetAddress> parse(String text) {
        boolean ipv6 = IPV6.matcher(text).matches();
        if (!ipv6 && !IPV4.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            // What is in brackets is never looked up as a name.
            return Optional.of(InetAddress.getByName(ipv6 ? "[" + text + "]" : text));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /** The same, but a port may follow; an IPv6 address is then in brackets. The zone of an IPv6 address is ignored. */
    static Optional<InetAddress> parseBeforePort(String text) {
        var matcher = WITH_PORT.matcher(text);
        String address = text;
        if (matcher.matches()) {
            address = matcher.group(1) == null ? matcher.group(3) : matcher.group(1);
        }
        return parse(address.contains(":") ? ZONE.matcher(address).replaceFirst("") : address);
    }
}
