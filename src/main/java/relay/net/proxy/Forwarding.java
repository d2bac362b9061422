package relay.net.proxy;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.util.HostPort;
import relay.message.InvalidInputException;

/**
 * What trusted proxies say about a request as its client sent it.
 *
 * @param client who sent it
 * @param scheme {@code http} or {@code https}
 * @param host where it was sent to, perhaps with a port
 * @param port the port that it was sent to, if no host is given
 */
record Forwarding(
        Optional<InetAddress> client, Optional<String> scheme, Optional<HostPort> host, Optional<Integer> port) {
    private static final Forwarding NOTHING =
            new Forwarding(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    private static final Pattern HIDDEN =
            Pattern.compile("(unknown(:\\d{1,5}|:_[\\w.-]+)?|_.*|unix:.*)", Pattern.CASE_INSENSITIVE);

    /**
     * How far a list of senders is believed.
     *
     * @param client who the request is from, as far as that is known
     * @param trustedHops how many proxies it passed before the last one, all of them trusted
     */
    private record Sender(Optional<InetAddress> client, int trustedHops) {}

    /**
     * Reads {@code Forwarded} and {@code X-Forwarded-For, -Proto, -Host, -Port}. A proxy sets one kind, and passes on whatever
     * the client made of the other. Its own kind names the sender of the request, so a kind that names nobody is ignored. If
     * both do, or neither does, they must agree. To read only one kind would mean to believe clients who send the other.
     *
     * @throws InvalidInputException if what the proxies say is malformed or contradictory
     */
    static Forwarding of(HttpFields headers, TrustedProxies trusted) {
        List<Map<String, String>> elements = ForwardedElements.of(headers.getValuesList(HttpHeader.FORWARDED));
        List<String> senders = values(headers, HttpHeader.X_FORWARDED_FOR);
        Forwarding standard = standard(elements, trusted);
        Forwarding common = common(headers, senders, trusted);
        boolean standardNames = elements.stream().anyMatch(element -> element.containsKey("for"));
        boolean commonNames = !senders.isEmpty();
        if (standardNames != commonNames) {
            return standardNames ? standard : common;
        }
        boolean bothSpeak = standardNames || !(standard.isNothing() || common.isNothing());
        if (bothSpeak && !standard.agreesWith(common)) {
            throw new InvalidInputException("Forwarded and X-Forwarded-* do not say the same:"
                    + " let the proxy remove those that it does not set");
        }
        return standard.isNothing() ? common : standard;
    }

    private boolean agreesWith(Forwarding other) {
        return client.equals(other.client)
                && scheme.equals(other.scheme)
                && host.map(HostPort::toString).equals(other.host.map(HostPort::toString))
                && port.equals(other.port);
    }

    private boolean isNothing() {
        return equals(NOTHING);
    }

    private static Forwarding standard(List<Map<String, String>> elements, TrustedProxies trusted) {
        List<String> senders = elements.stream()
                .map(element -> element.getOrDefault("for", "unknown"))
                .toList();
        Sender sender = sender("Forwarded", senders, trusted);
        Map<String, String> element =
                elements.isEmpty() ? Map.of() : elements.get(elements.size() - 1 - sender.trustedHops());
        return new Forwarding(
                sender.client(),
                Optional.ofNullable(element.get("proto")).map(Forwarding::scheme),
                Optional.ofNullable(element.get("host")).map(Forwarding::host),
                Optional.empty());
    }

    private static Forwarding common(HttpFields headers, List<String> senders, TrustedProxies trusted) {
        Sender sender = sender("X-Forwarded-For", senders, trusted);
        int hops = sender.trustedHops();
        Optional<Integer> port =
                said(headers, HttpHeader.X_FORWARDED_PORT, hops).map(Forwarding::port);
        Optional<HostPort> host = said(headers, HttpHeader.X_FORWARDED_HOST, hops)
                .map(Forwarding::host)
                .map(bare -> new HostPort(bare.getHost(), bare.getPort(port.orElse(0))));
        return new Forwarding(
                sender.client(),
                said(headers, HttpHeader.X_FORWARDED_PROTO, hops).map(Forwarding::scheme),
                host,
                host.isPresent() ? Optional.empty() : port);
    }

    /**
     * Goes from proxy to proxy, the last one first. Each names who the request came from; what stands before the first sender
     * that is not a trusted proxy may be invented.
     *
     * @param senders who each proxy had the request from, in the order that it passed them
     * @throws InvalidInputException if a trusted proxy names what is not an address
     */
    private static Sender sender(String header, List<String> senders, TrustedProxies trusted) {
        Optional<InetAddress> client = Optional.empty();
        int hops = 0;
        for (int i = senders.size() - 1; i >= 0; i--) {
            String sender = senders.get(i);
            hops = senders.size() - 1 - i;
            // A proxy may keep its sender to itself (RFC 7239 §6.2, §6.3); nginx writes unix: where that has no
            // address.
            if (HIDDEN.matcher(sender).matches()) {
                break;
            }
            client = Optional.of(Address.parseBeforePort(sender)
                    .orElseThrow(() -> new InvalidInputException(header + " names no address where a trusted proxy is"
                            + " to name one: it takes 203.0.113.7 or 2001:db8::7")));
            if (!client.map(trusted::contains).orElse(false)) {
                break;
            }
        }
        return new Sender(client, hops);
    }

    /** What a header says at the first trusted proxy. Some proxies replace what was there instead of adding to it. */
    private static Optional<String> said(HttpFields headers, HttpHeader name, int trustedHops) {
        List<String> values = values(headers, name);
        return values.isEmpty()
                ? Optional.empty()
                : Optional.of(values.get(Math.max(0, values.size() - 1 - trustedHops)));
    }

    private static List<String> values(HttpFields headers, HttpHeader name) {
        return headers.getValuesList(name).stream()
                .flatMap(line -> Stream.of(line.split(",", -1)))
                .map(String::strip)
                .filter(value -> !value.isEmpty())
                .toList();
    }

    private static String scheme(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "http", "ws" -> "http";
            case "https", "wss" -> "https";
            default -> throw new InvalidInputException("the forwarded protocol is neither http nor https");
        };
    }

    private static HostPort host(String text) {
        return Host.parse(text)
                .orElseThrow(() -> new InvalidInputException(
                        "the forwarded host is none: it takes example.com or example.com:8443"));
    }

    private static int port(String text) {
        return Host.parsePort(text).orElseThrow(() -> new InvalidInputException("X-Forwarded-Port takes 1 to 65535"));
    }
}
