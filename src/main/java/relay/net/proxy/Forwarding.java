package relay.net.proxy;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.util.HostPort;
import relay.message.InvalidInputException;

/**
 * What trusted proxies say of a request as its client sent it.
 *
 * @param client who sent it
 * @param scheme {@code http} or {@code https}
 * @param host where it was sent to, perhaps with a port
 * @param port the port that it was sent to, where no host is said
 */
record Forwarding(
        Optional<InetAddress> client, Optional<String> scheme, Optional<HostPort> host, Optional<Integer> port) {
    private static final Forwarding NOTHING =
            new Forwarding(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * Reads {@code Forwarded} and {@code X-Forwarded-For, -Proto, -Host, -Port}. A proxy sets one kind and hands on what
     * the client made of the other. It says in its own who sent the request, so the kind that does not is nobody's word; where
     * both do, or neither does, they have to say the same.
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
        ForwardedFor sender = ForwardedFor.of("Forwarded", senders, trusted);
        Map<String, String> element =
                elements.isEmpty() ? Map.of() : elements.get(elements.size() - 1 - sender.trustedHops());
        return new Forwarding(
                sender.client(),
                Optional.ofNullable(element.get("proto")).map(Forwarding::scheme),
                Optional.ofNullable(element.get("host")).map(Forwarding::host),
                Optional.empty());
    }

    private static Forwarding common(HttpFields headers, List<String> senders, TrustedProxies trusted) {
        ForwardedFor sender = ForwardedFor.of("X-Forwarded-For", senders, trusted);
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

    /** What the proxy said that the client spoke to. Some proxies replace what was said before instead of adding to it. */
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
