package relay.websocket;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;

/**
 * An offer of the extension permessage-deflate by a client, and the answer to it (RFC 7692 §5 and §7.1).
 *
 * <p>The answer is always that no side keeps its context between messages. So a message is compressed once for all
 * connections, and no connection holds a compression context.
 *
 * @param limitsServerWindow whether the client asks for a smaller window than the largest
 */
record DeflateOffer(boolean limitsServerWindow) {
    /** The window that all frames are compressed for. */
    static final int WINDOW_BITS = 12;

    private static final String ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    private static final HttpField ACCEPTANCE = new PreEncodedHttpField(HttpHeader.SEC_WEBSOCKET_EXTENSIONS, ANSWER);
    private static final HttpField ACCEPTANCE_OF_WINDOW = new PreEncodedHttpField(
            HttpHeader.SEC_WEBSOCKET_EXTENSIONS, ANSWER + "; server_max_window_bits=" + WINDOW_BITS);

    private static final String SERVER_WINDOW = "server_max_window_bits";
    private static final Predicate<String> BITS = Pattern.compile("[89]|1[0-5]").asMatchPredicate();

    /** The first acceptable offer in a handshake. A malformed offer is not acceptable. */
    static Optional<DeflateOffer> in(HttpFields headers) {
        return headers.getCSV(HttpHeader.SEC_WEBSOCKET_EXTENSIONS, true).stream()
                .map(offer -> List.of(offer.split(";", -1)))
                .filter(DeflateOffer::isAcceptable)
                .findFirst()
                .map(parts -> new DeflateOffer(
                        parts.stream().anyMatch(part -> nameOf(part).equals(SERVER_WINDOW))));
    }

    /** The header of the response. */
    HttpField acceptance() {
        return limitsServerWindow ? ACCEPTANCE_OF_WINDOW : ACCEPTANCE;
    }

    private static boolean isAcceptable(List<String> parts) {
        Set<String> seen = new HashSet<>();
        return parts.get(0).strip().equalsIgnoreCase("permessage-deflate")
                && parts.stream().skip(1).allMatch(part -> seen.add(nameOf(part)) && isAcceptableParameter(part));
    }

    private static boolean isAcceptableParameter(String parameter) {
        Optional<String> value = valueOf(parameter);
        return switch (nameOf(parameter)) {
            case "server_no_context_takeover", "client_no_context_takeover" -> value.isEmpty();
            case SERVER_WINDOW ->
                value.filter(BITS)
                        .filter(bits -> Integer.parseInt(bits) >= WINDOW_BITS)
                        .isPresent();
            case "client_max_window_bits" ->
                value.isEmpty() || value.filter(BITS).isPresent();
            default -> false;
        };
    }

    private static String nameOf(String parameter) {
        return parameter.split("=", 2)[0].strip();
    }

    private static Optional<String> valueOf(String parameter) {
        int equals = parameter.indexOf('=');
        return equals < 0
                ? Optional.empty()
                : Optional.of(unquoted(parameter.substring(equals + 1).strip()));
    }

    private static String unquoted(String value) {
        return value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
                ? value.substring(1, value.length() - 1)
                : value;
    }
}
