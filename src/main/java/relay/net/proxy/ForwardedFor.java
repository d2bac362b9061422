package relay.net.proxy;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import relay.message.InvalidInputException;

/**
 * How far the word of proxies is believed.
 *
 * @param client who the request is from, as far as that is known
 * @param trustedHops how many proxies behind the last one were passed on the way to it
 */
record ForwardedFor(Optional<InetAddress> client, int trustedHops) {
    private static final Pattern HIDDEN =
            Pattern.compile("(unknown(:\\d{1,5}|:_[\\w.-]+)?|_.*|unix:.*)", Pattern.CASE_INSENSITIVE);

    /**
     * Goes from proxy to proxy, the last one first: each names who the request came to it from, and what stands before the
     * first who is no trusted proxy may be invented.
     *
     * @param senders who each proxy had the request from, in the order that it passed them
     * @throws InvalidInputException if a trusted proxy says something that is no address
     */
    static ForwardedFor of(String header, List<String> senders, TrustedProxies trusted) {
        Optional<InetAddress> client = Optional.empty();
        int hops = 0;
        for (int i = senders.size() - 1; i >= 0; i--) {
            String sender = senders.get(i);
            hops = senders.size() - 1 - i;
            if (isHidden(sender)) {
                break;
            }
            client = Optional.of(Address.parseBeforePort(sender).orElseThrow(() -> noAddress(header)));
            if (!client.map(trusted::contains).orElse(false)) {
                break;
            }
        }
        return new ForwardedFor(client, hops);
    }

    /** A proxy may keep its sender to itself (RFC 7239 §6.2, §6.3); nginx says unix: where that has no address. */
    private static boolean isHidden(String sender) {
        return HIDDEN.matcher(sender).matches();
    }

    private static InvalidInputException noAddress(String header) {
        return new InvalidInputException(
                header + " names no address where a trusted proxy is to name one: it takes 203.0.113.7 or 2001:db8::7");
    }
}
