package relay.http;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import relay.message.InvalidInputException;

/**
 * The request header {@code Idempotency-Key}: a String of RFC 8941 §3.3.3, which is quoted, as
 * draft-ietf-httpapi-idempotency-key-header has it, or the same text without quotes, as most clients send it.
 */
final class IdempotencyHeader {
    static final String NAME = "Idempotency-Key";

    /** Says, with the value {@code true}, that the answer was given before. Others call it so too. */
    static final String REPLAYED = "Idempotent-Replayed";

    private static final int MAX_CHARACTERS = 255;

    /** Every character escaped, and the quotes. */
    private static final int LONGEST_VALUE = 2 * MAX_CHARACTERS + 2;

    private static final Pattern QUOTED = Pattern.compile("\"((?:[ !#-\\[\\]-~]|\\\\[\\\\\"])*)\"");
    private static final Pattern ESCAPED = Pattern.compile("\\\\(.)");

    /** Visible, but for what separates keys or parameters, or belongs to quotes. */
    private static final Pattern BARE = Pattern.compile("[!#-+\\--:<-\\[\\]-~]*");

    private static final String FORM = NAME + " takes one key of 1 to " + MAX_CHARACTERS + " visible ASCII characters,"
            + " in double quotes or, if it has no quote, comma, semicolon or backslash, without";

    private IdempotencyHeader() {}

    /**
     * The key in a request's headers of this name; empty if there is none.
     *
     * @throws InvalidInputException if they are more than one, or what they hold is no key
     */
    static Optional<String> key(List<String> values) {
        if (values.isEmpty()) {
            return Optional.empty();
        }
        if (values.size() > 1) {
            throw new InvalidInputException(NAME + " is given more than once: " + FORM);
        }
        return Optional.of(key(values.get(0)));
    }

    private static String key(String value) {
        // Before the pattern sees it, whose depth grows with the text.
        boolean mayFit = value.length() <= LONGEST_VALUE;
        String key = mayFit ? text(value) : value;
        if (key.isEmpty()) {
            throw new InvalidInputException(NAME + " is empty: " + FORM);
        }
        if (key.length() > MAX_CHARACTERS) {
            throw new InvalidInputException(NAME + " is too long: " + FORM);
        }
        return key;
    }

    private static String text(String value) {
        Matcher quoted = QUOTED.matcher(value);
        if (quoted.matches()) {
            return ESCAPED.matcher(quoted.group(1)).replaceAll("$1");
        }
        if (!BARE.matcher(value).matches()) {
            throw new InvalidInputException(NAME + " is wrong: " + FORM);
        }
        return value;
    }
}
