package relay.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import relay.message.InvalidInputException;

/** The contract's rules written a second time, as plainly as can be, for fuzz tests to compare the relay with. */
public final class ReferenceRules {
    private static final String EPOCH_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.";

    private ReferenceRules() {}

    public static boolean isWellFormed(String text) {
        return text.codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff);
    }

    public static boolean isUser(String text) {
        long characters = text.codePoints().count();
        return characters >= 1 && characters <= 256 && isWellFormed(text);
    }

    public static boolean isTopic(String text) {
        return isTopicText(text)
                && Stream.of(text.split("\\.", -1)).noneMatch(segment -> segment.equals("*") || segment.equals("**"));
    }

    private static boolean isTopicText(String text) {
        return isUser(text) && !hasControlCharacters(text);
    }

    public static boolean isPattern(String text) {
        if (!isTopicText(text)) {
            return false;
        }
        List<String> segments = List.of(text.split("\\.", -1));
        boolean wildcard = segments.contains("*") || segments.contains("**");
        for (int i = 0; i < segments.size(); i++) {
            String segment = segments.get(i);
            boolean rest = segment.equals("**") && i == segments.size() - 1;
            boolean partly = segment.indexOf('*') >= 0 && !segment.equals("*") && !rest;
            if (partly || (wildcard && segment.isEmpty())) {
                return false;
            }
        }
        return true;
    }

    /** What a client may ask for. */
    public static boolean isTopicOrPattern(String text) {
        return isTopic(text) || isPattern(text);
    }

    /** Whether a topic is of the family that a pattern names. */
    public static boolean fits(String pattern, String topic) {
        String[] wanted = pattern.split("\\.", -1);
        String[] given = topic.split("\\.", -1);
        boolean open = wanted[wanted.length - 1].equals("**");
        boolean fits = open ? given.length >= wanted.length : given.length == wanted.length;
        for (int i = 0; fits && i < given.length; i++) {
            String segment = wanted[Math.min(i, wanted.length - 1)];
            fits = segment.equals(given[i]) || ((segment.equals("*") || segment.equals("**")) && !given[i].isEmpty());
        }
        return fits;
    }

    public static boolean isMessageId(String text) {
        int dash = text.indexOf('-');
        if (dash < 1 || dash > 64) {
            return false;
        }
        String digits = text.substring(dash + 1);
        return text.substring(0, dash).chars().allMatch(c -> EPOCH_CHARACTERS.indexOf(c) >= 0)
                && digits.length() >= 1
                && digits.length() <= 18
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** The text that bytes in UTF-8 stand for, if they do. */
    public static Optional<String> utf8(byte[] bytes) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** Reads JSON into trees, within the relay's own limits. */
    public static ObjectMapper mapper(int maxDepth) {
        return JsonMapper.builder(JsonFactory.builder()
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(maxDepth)
                                .maxNameLength(256)
                                .maxNumberLength(1000)
                                .build())
                        .build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
    }

    /** The JSON object that a text is, if it is one, behind a byte order mark or not. */
    public static Optional<ObjectNode> object(ObjectMapper mapper, String text) {
        try {
            JsonNode tree = mapper.readTree(text.startsWith("\uFEFF") ? text.substring(1) : text);
            return tree instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        }
    }

    /** A refusal is for people to read, wherever it is shown. */
    public static void assertForPeople(InvalidInputException refusal) {
        assertForPeople(refusal.detail());
    }

    public static void assertForPeople(String detail) {
        assertThat(detail).isNotBlank();
        assertThat(hasControlCharacters(detail))
                .as("control characters in: %s", detail)
                .isFalse();
        assertThat(isWellFormed(detail))
                .as("halves of characters in: %s", detail)
                .isTrue();
    }

    private static boolean hasControlCharacters(String text) {
        return text.chars().anyMatch(c -> c < 0x20 || (c >= 0x7f && c < 0xa0));
    }

    /** What a header's value may have in it (RFC 9110 §5.5). */
    public static String headerValue(String text) {
        return text.chars()
                .map(c -> c & 0xff)
                .filter(c -> c == '\t' || (c >= ' ' && c != 0x7f))
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
    }
}
