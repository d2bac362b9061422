package relay.net.proxy;

import java.net.InetAddress;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jetty.util.InetAddressPattern;
import relay.message.InvalidInputException;

/** The proxies whose word about their clients the relay believes. Immutable, for any thread. */
public final class TrustedProxies {
    private static final Pattern BLOCK = Pattern.compile("([^/]*)(/\\d{1,3})?");

    private final List<InetAddressPattern> blocks;

    private TrustedProxies(List<InetAddressPattern> blocks) {
        this.blocks = blocks;
    }

    /**
     * Reads a list, with commas, of addresses ({@code 10.0.0.5}, {@code fd00::1}) and CIDR blocks ({@code 10.0.0.0/8}, {@code fd00::/8}).
     *
     * @throws InvalidInputException if one of them is neither
     */
    public static TrustedProxies of(String blocks) {
        return new TrustedProxies(Stream.of(blocks.split(",", -1))
                .map(String::strip)
                .map(TrustedProxies::block)
                .toList());
    }

    private static InetAddressPattern block(String text) {
        Matcher matcher = BLOCK.matcher(text);
        if (!matcher.matches() || Address.parse(matcher.group(1)).isEmpty()) {
            throw wrong(text, "a name may mean another machine tomorrow");
        }
        try {
            return InetAddressPattern.from(text);
        } catch (IllegalArgumentException e) {
            throw wrong(text, "the prefix is at most as long as the address, and what follows it is 0");
        }
    }

    private static InvalidInputException wrong(String text, String reason) {
        return new InvalidInputException(
                "takes addresses and CIDR blocks, such as 10.0.0.5, 10.0.0.0/8 or fd00::/8, not '" + text + "': "
                        + reason);
    }

    /** Whether this is the address of a trusted proxy. */
    public boolean contains(InetAddress address) {
        for (InetAddressPattern block : blocks) {
            if (block.test(address)) {
                return true;
            }
        }
        return false;
    }
}
