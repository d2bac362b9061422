package relay.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import relay.message.InvalidInputException;

/**
 * Reads one JSON object field by field, without building a tree, and writes records. A byte order mark before the object is
 * ignored.
 */
public final class Json {
    private static final int LONGEST_NAME = 256;
    private static final int LONGEST_NUMBER = 1000;

    /** Windows editors and shells put it before a text; RFC 8259 §8.1 allows readers to ignore it. */
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    /** The parts of Jackson's messages that say which of its features to enable, and where its source is. */
    private static final Pattern ADVICE_TO_PROGRAMMERS = Pattern.compile(
            "(: enable `.*| \\((not recognized|start marker|for (Array|Object) starting) .*)", Pattern.DOTALL);

    private final JsonFactory factory;
    private final ObjectMapper mapper = new ObjectMapper();
    private final int maxDepth;

    /** Gets the fields of an object, in their order. */
    @FunctionalInterface
    public interface Fields {
        /**
         * Takes one field.
         *
         * @throws InvalidInputException if the field is unknown or its value is wrong
         */
        void field(String name, JsonValue value) throws IOException;
    }

    /** @param maxDepth how many levels of objects and arrays a text may have */
    public Json(int maxDepth) {
        this.maxDepth = maxDepth;
        // Names are not interned in Jackson's symbol table: clients choose them, and one that makes their hashes
        // collide would get an internal error.
        this.factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(maxDepth)
                        .maxNameLength(LONGEST_NAME)
                        .maxNumberLength(LONGEST_NUMBER)
                        .maxStringLength(Integer.MAX_VALUE)
                        .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .build();
    }

    /**
     * Reads bytes.
     *
     * @throws InvalidInputException if they are not one JSON object in UTF-8, or the reader refuses a field
     */
    public void readObject(ByteBuffer utf8, Fields fields) {
        if (isUtf16(utf8)) {
            throw new InvalidInputException("UTF-16 or UTF-32: JSON is sent as UTF-8");
        }
        CharBuffer text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(utf8);
        } catch (CharacterCodingException e) {
            throw new InvalidInputException("not valid UTF-8: JSON is sent as UTF-8");
        }
        readObject(text.array(), text.length(), fields);
    }

    /**
     * Reads text.
     *
     * @throws InvalidInputException if it is not one JSON object, or the reader refuses a field
     */
    public void readObject(String text, Fields fields) {
        readObject(text.toCharArray(), text.length(), fields);
    }

    /** The JSON text of a record. */
    public byte[] write(Record value) {
        try {
            return mapper.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * JSON starts with an ASCII character: in UTF-16 and UTF-32 that has a zero byte beside it, or a byte order mark before
     * it.
     */
    private static boolean isUtf16(ByteBuffer bytes) {
        if (bytes.remaining() < 2) {
            return false;
        }
        int start = bytes.position();
        int first = bytes.get(start) & 0xFF;
        int second = bytes.get(start + 1) & 0xFF;
        return first == 0 || second == 0 || (first == 0xFF && second == 0xFE) || (first == 0xFE && second == 0xFF);
    }

    /** The message of the parser, without its advice to programmers. */
    private static String inPlainWords(JsonParseException e) {
        return ADVICE_TO_PROGRAMMERS.matcher(e.getOriginalMessage()).replaceAll("");
    }

    private void readObject(char[] text, int length, Fields fields) {
        boolean marked = length > 0 && text[0] == BYTE_ORDER_MARK;
        if (marked) {
            readUnmarked(Arrays.copyOfRange(text, 1, length), length - 1, fields);
        } else {
            readUnmarked(text, length, fields);
        }
    }

    private void readUnmarked(char[] text, int length, Fields fields) {
        try (JsonParser parser = factory.createParser(text, 0, length)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new InvalidInputException("empty: send a JSON object");
            }
            if (first != JsonToken.START_OBJECT) {
                throw new InvalidInputException("not a JSON object: send one, in braces");
            }
            JsonValue value = new JsonValue(parser, text);
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                fields.field(name, value);
            }
            if (parser.nextToken() != null) {
                throw new InvalidInputException("more text follows the JSON object: send one object and nothing else");
            }
        } catch (StreamConstraintsException e) {
            throw new InvalidInputException("JSON beyond the limits: at most " + maxDepth + " levels deep, names of "
                    + LONGEST_NAME + " characters, numbers of " + LONGEST_NUMBER);
        } catch (JsonParseException e) {
            throw new InvalidInputException("not valid JSON: " + inPlainWords(e) + " (line "
                    + e.getLocation().getLineNr() + ", column "
                    + e.getLocation().getColumnNr() + ")");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
