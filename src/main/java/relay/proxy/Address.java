package relay.proxy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads IP addresses as they are written, and never asks anybody for that of a name. */
final class Address {
    private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern IPV4 = Pattern.compile(BYTE + "(\\." + BYTE + "){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
    private static final Pattern WITH_PORT = Pattern.compile("\\[(.*)](:\\d{1,5})?|([^:]*)(:\\d{1,5})");

    private Address() {}

    /** An IPv4 address in four decimal parts, or an IPv6 address; empty if it is neither. */
    static Optional<InetAddress> parse(String text) {
        if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(text));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /** The same where a port may follow, an IPv6 address then in brackets. */
    static Optional<InetAddress> parseBeforePort(String text) {
        var matcher = WITH_PORT.matcher(text);
        if (!matcher.matches()) {
            return parse(text);
        }
        return parse(matcher.group(1) == null ? matcher.group(3) : matcher.group(1));
    }
}
