package relay.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.regex.Pattern;

/** JSON as tests read and write it. */
public final class TestJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Pattern TIME =
            Pattern.compile("\"time\":\"\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z\"");

    private TestJson() {}

    /** Envelopes with … as the time of each: to compare with what is expected, whenever that was. */
    public static String withoutTimes(String envelopes) {
        return TIME.matcher(envelopes).replaceAll("\"time\":\"…\"");
    }

    /** What a text says, which is to be JSON. */
    public static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }

    /** What a text says if it is JSON, or else the string that it is itself. */
    public static JsonNode valueOrText(String text) {
        try {
            JsonNode value = JSON.readTree(text);
            return value instanceof MissingNode ? text(text) : value;
        } catch (JsonProcessingException e) {
            return text(text);
        }
    }

    /** A string. */
    public static JsonNode text(String text) {
        return tree(text);
    }

    /** What a Java value is in JSON. */
    public static JsonNode tree(Object value) {
        return JSON.valueToTree(value);
    }

    /** An object that is empty yet. */
    public static ObjectNode object() {
        return JSON.createObjectNode();
    }
}
