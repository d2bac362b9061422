package relay.net.proxy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import relay.message.InvalidInputException;

/**
 * Reads the header {@code Forwarded} (RFC 7239 §4): an element for each proxy, with names and values.
 *
 * <p>Anything that could be read in two ways is refused. Otherwise a client could send a header with an open quote, and hide
 * in it what the proxy appends. So Jetty's parser, which takes more, cannot be used here. One liberty is allowed: an address
 * with a colon may have no quotes, as many write it.
 */
final class ForwardedElements {
    private static final Pattern PAIR = Pattern.compile(
            "[ \\t]*+(?:([\\w!#$%&'*+.^`|~-]++)=(?:\"([^\"\\\\]*+)\"|([^\\s,;=\"\\\\]++)))?+[ \\t]*+([,;]|\\z)");

    private ForwardedElements() {}

    /**
     * The elements of the lines of a header, in order; names in lower case.
     *
     * @throws InvalidInputException if a line is malformed, or has a name twice in an element
     */
    static List<Map<String, String>> of(List<String> lines) {
        List<Map<String, String>> elements = new ArrayList<>();
        for (String line : lines) {
            read(line, elements);
        }
        return elements;
    }

    private static void read(String line, List<Map<String, String>> elements) {
        Map<String, String> element = new HashMap<>();
        Matcher pair = PAIR.matcher(line);
        boolean more = true;
        while (more) {
            if (!pair.lookingAt()) {
                throw malformed();
            }
            add(pair, element);
            more = !pair.group(4).isEmpty();
            if (!pair.group(4).equals(";") && !element.isEmpty()) {
                elements.add(element);
                element = new HashMap<>();
            }
            pair.region(pair.end(), line.length());
        }
    }

    private static void add(Matcher pair, Map<String, String> element) {
        String name = pair.group(1);
        if (name != null) {
            String value = pair.group(2) == null ? pair.group(3) : pair.group(2);
            if (element.put(name.toLowerCase(Locale.ROOT), value) != null) {
                throw malformed();
            }
        }
    }

    private static InvalidInputException malformed() {
        return new InvalidInputException("Forwarded is malformed: it takes elements such as"
                + " for=203.0.113.7;proto=https;host=example.com (RFC 7239)");
    }
}
