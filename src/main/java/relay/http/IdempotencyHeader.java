package relay.http;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import relay.engine.IdempotencyKey;
import relay.message.InvalidInputException;

/**
 * The header {@code Idempotency-Key}: a quoted string (RFC 8941 §3.3.3), as in draft-ietf-httpapi-idempotency-key-header,
 * or the same text without quotes, as most clients send it.
 */
final class IdempotencyHeader {
    static final String NAME = "Idempotency-Key";

    /** The header of an answer that was given before, with the value {@code true}. Other APIs call it this too. */
    static final String REPLAYED = "Idempotent-Replayed";

    private static final int MAX_CHARACTERS = IdempotencyKey.MAX_CHARACTERS;

    /** Every character escaped, and the quotes. */
    private static final int LONGEST_VALUE = 2 * MAX_CHARACTERS + 2;

    private static final Pattern QUOTED = Pattern.compile("\"((?:[ !#-\\[\\]-~]|\\\\[\\\\\"])*)\"");
    private static final Pattern ESCAPED = Pattern.compile("\\\\(.)");

    /** Visible ASCII, without what separates keys or parameters or belongs to quoting. */
    private static final Pattern BARE = Pattern.compile("[!#-+\\--:<-\\[\\]-~]*");

    private static final String FORM = NAME + " takes one key of 1 to " + MAX_CHARACTERS + " visible ASCII characters,"
            + " in double quotes or, if it has no quote, comma, semicolon or backslash, without";

    private IdempotencyHeader() {}

    /**
     * The key in the values of this header; empty if there is none.
     *
     * @throws InvalidInputException if there is more than one value, or the value is no key
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
        // The pattern must not see a long text: its recursion would get too deep.
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
