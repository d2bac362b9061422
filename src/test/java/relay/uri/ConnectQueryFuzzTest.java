package relay.uri;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.http.HttpURI;
import relay.message.InvalidInputException;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.testing.ReferenceRules;

class ConnectQueryFuzzTest {
    @FuzzTest
    void aQueryIsReadAsItsPartsSayAndAnEncodedTextComesBack(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        check(text);
        String encoded = URLEncoder.encode(text, StandardCharsets.UTF_8);
        assertThat(Parameters.decodePath(encoded.replace("+", "%20"))).isEqualTo(text);
    }

    private static void check(String query) {
        Optional<ConnectQuery> expected = expected(query);
        try {
            ConnectQuery read = read(query);
            assertThat(expected).contains(read);
        } catch (InvalidInputException e) {
            ReferenceRules.assertForPeople(e);
            assertThat(expected).isEmpty();
        }
        Optional<String> path = decoded(query.replace("+", "%2B"));
        try {
            assertThat(path).contains(Parameters.decodePath(query));
        } catch (InvalidInputException e) {
            ReferenceRules.assertForPeople(e);
            assertThat(path).isEmpty();
        }
    }

    private static ConnectQuery read(String query) {
        return ConnectQuery.ofWebSocket(HttpURI.build("/ws/0").query(query).asImmutable(), Route.WEB_SOCKET, 1);
    }

    private static Optional<ConnectQuery> expected(String query) {
        Map<String, String> values = new HashMap<>();
        for (String part : query.split("&", -1)) {
            String[] pair = part.split("=", 2);
            Optional<String> name = decoded(pair[0]);
            Optional<String> value = decoded(pair.length == 2 ? pair[1] : "");
            if (name.isEmpty() || value.isEmpty()) {
                return Optional.empty();
            }
            if (!part.isEmpty() && values.put(name.get(), value.get()) != null) {
                return Optional.empty();
            }
        }
        String format = values.getOrDefault("format", "text");
        values.remove("format");
        if (!Optional.ofNullable(values.remove("refuse")).orElse("close").equals("close")) {
            return Optional.empty();
        }
        Optional<StartPosition> start = start(values);
        return start.isPresent() && (format.equals("text") || format.equals("json"))
                ? Optional.of(new ConnectQuery(format.equals("json"), start.get(), Optional.empty()))
                : Optional.empty();
    }

    /** Nothing but one word may be left. */
    private static Optional<StartPosition> start(Map<String, String> words) {
        if (words.isEmpty()) {
            return Optional.of(StartPosition.NOW);
        }
        String name = words.keySet().iterator().next();
        String value = words.get(name);
        if (words.size() > 1) {
            return Optional.empty();
        }
        return switch (name) {
            case "after" ->
                ReferenceRules.isMessageId(value)
                        ? Optional.of(new StartPosition.After(MessageId.parse(value)))
                        : Optional.empty();
            case "last" ->
                value.matches("[0-9]{1,10}") && Long.parseLong(value) <= Integer.MAX_VALUE
                        ? Optional.of(new StartPosition.Last(Integer.parseInt(value)))
                        : Optional.empty();
            case "since" ->
                value.equals("all")
                        ? Optional.of(StartPosition.ALL)
                        : TimeText.parse(value).map(StartPosition.Since::new);
            default -> Optional.empty();
        };
    }

    private static Optional<String> decoded(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int i = 0;
        while (i < text.length()) {
            int c = text.codePointAt(i);
            if (c == '%') {
                if (i + 3 > text.length() || !text.substring(i + 1, i + 3).matches("[0-9a-fA-F]{2}")) {
                    return Optional.empty();
                }
                bytes.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
                i += 3;
            } else {
                bytes.writeBytes((c == '+' ? " " : Character.toString(c)).getBytes(StandardCharsets.UTF_8));
                i += Character.charCount(c);
            }
        }
        return ReferenceRules.utf8(bytes.toByteArray());
    }
}
