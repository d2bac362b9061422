package relay.proxy;

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
 * @param port the port that it was sent to, where the host has none
 */
record Forwarding(
        Optional<InetAddress> client, Optional<String> scheme, Optional<HostPort> host, Optional<Integer> port) {
    /**
     * Reads {@code Forwarded} and {@code X-Forwarded-For, -Proto, -Host, -Port}. A proxy sets one kind and hands on what
     * the client made of the other; so where both name a client, it has to be the same.
     *
     * @throws InvalidInputException if what the proxies say is malformed or contradictory
     */
    static Forwarding of(HttpFields headers, TrustedProxies trusted) {
        Forwarding standard = standard(headers, trusted);
        Forwarding common = common(headers, trusted);
        if (standard.client.isPresent() && common.client.isPresent() && !standard.client.equals(common.client)) {
            throw new InvalidInputException("Forwarded and X-Forwarded-For name different clients:"
                    + " let the proxy remove the one that it does not set");
        }
        return new Forwarding(
                standard.client.or(common::client),
                standard.scheme.or(common::scheme),
                standard.host.or(common::host),
                standard.host.isPresent() ? Optional.empty() : common.port);
    }

    private static Forwarding standard(HttpFields headers, TrustedProxies trusted) {
        List<Map<String, String>> elements = ForwardedElements.of(headers.getValuesList(HttpHeader.FORWARDED));
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

    private static Forwarding common(HttpFields headers, TrustedProxies trusted) {
        ForwardedFor sender = ForwardedFor.of("X-Forwarded-For", values(headers, HttpHeader.X_FORWARDED_FOR), trusted);
        int hops = sender.trustedHops();
        return new Forwarding(
                sender.client(),
                said(headers, HttpHeader.X_FORWARDED_PROTO, hops).map(Forwarding::scheme),
                said(headers, HttpHeader.X_FORWARDED_HOST, hops).map(Forwarding::host),
                said(headers, HttpHeader.X_FORWARDED_PORT, hops).map(Forwarding::port));
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
