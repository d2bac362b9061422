package relay.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import relay.message.InvalidInputException;
import relay.testing.ReferenceRules;

class ForwardedElementsFuzzTest {
    private static final String NAME_CHARACTERS =
            "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /** Each line of the input is one of the header. */
    @FuzzTest
    void elementsAreReadAsTheirPartsSayAndAreTheSameWhenWrittenAgain(byte[] input) {
        List<String> lines = List.of(new String(input, StandardCharsets.ISO_8859_1).split("\n", -1));
        Optional<List<Map<String, String>>> expected = elements(lines);
        List<Map<String, String>> read;
        try {
            read = ForwardedElements.of(lines);
        } catch (InvalidInputException e) {
            ReferenceRules.assertForPeople(e);
            assertThat(expected).isEmpty();
            return;
        }
        assertThat(expected).contains(read);
        String written = read.stream()
                .map(element -> element.entrySet().stream()
                        .map(pair -> pair.getKey() + "=\"" + pair.getValue() + '"')
                        .collect(Collectors.joining(";")))
                .collect(Collectors.joining(", "));
        assertThat(ForwardedElements.of(List.of(written))).isEqualTo(read);
    }

    private static Optional<List<Map<String, String>>> elements(List<String> lines) {
        List<Map<String, String>> elements = new ArrayList<>();
        for (String line : lines) {
            for (String element : splitOutsideQuotes(line, ',')) {
                Map<String, String> pairs = new HashMap<>();
                for (String pair : splitOutsideQuotes(element, ';')) {
                    String text = strip(pair);
                    int equals = text.indexOf('=');
                    String value = equals < 0 ? "" : text.substring(equals + 1);
                    boolean wrong = equals < 1 || !isName(text.substring(0, equals)) || !isValue(value);
                    String name = wrong ? "" : text.substring(0, equals).toLowerCase(Locale.ROOT);
                    if (!text.isEmpty() && (wrong || pairs.put(name, unquoted(value)) != null)) {
                        return Optional.empty();
                    }
                }
                if (!pairs.isEmpty()) {
                    elements.add(pairs);
                }
            }
        }
        return Optional.of(elements);
    }

    private static List<String> splitOutsideQuotes(String text, char separator) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            quoted ^= c == '"';
            if (c == separator && !quoted) {
                parts.add(part.toString());
                part.setLength(0);
            } else {
                part.append(c);
            }
        }
        parts.add(part.toString());
        return parts;
    }

    private static String strip(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && " \t".indexOf(text.charAt(from)) >= 0) {
            from++;
        }
        while (to > from && " \t".indexOf(text.charAt(to - 1)) >= 0) {
            to--;
        }
        return text.substring(from, to);
    }

    private static boolean isName(String text) {
        return text.chars().allMatch(c -> NAME_CHARACTERS.indexOf(c) >= 0);
    }

    private static boolean isValue(String text) {
        boolean quoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
        return quoted
                ? unquoted(text).chars().noneMatch(c -> c == '"' || c == '\\')
                : !text.isEmpty() && text.chars().noneMatch(c -> "\t\n\u000b\f\r ,;=\"\\".indexOf(c) >= 0);
    }

    private static String unquoted(String value) {
        return value.startsWith("\"") ? value.substring(1, value.length() - 1) : value;
    }
}
