package relay.message;

/** Rules for text that several values share. Stateless, for any thread. */
public final class Characters {
    private Characters() {}

    /**
     * The text with characters that cannot be shown or sent (control characters, unpaired surrogates) as escapes: a backslash,
     * u and four hexadecimal digits.
     */
    public static String printable(String text) {
        if (text.codePoints().allMatch(Characters::isPrintable)) {
            return text;
        }
        StringBuilder printable = new StringBuilder();
        text.codePoints().forEach(character -> {
            if (isPrintable(character)) {
                printable.appendCodePoint(character);
            } else {
                printable.append(String.format("\\u%04x", character));
            }
        });
        return printable.toString();
    }

    /** A text of another program as one line: each run of white space or control characters becomes one space, none at the ends. */
    public static String oneLine(String text) {
        return printable(
                text.replaceAll("[\\s\\p{Cntrl}\\u0085\\u2028\\u2029]+", " ").strip());
    }

    /** What a failure says, as one line. */
    public static String oneLine(Throwable failure) {
        return oneLine(failure.getMessage() == null ? failure.toString() : failure.getMessage());
    }

    private static boolean isPrintable(int character) {
        return !Character.isISOControl(character) && !isSurrogate(character);
    }

    private static boolean isSurrogate(int character) {
        return character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE;
    }

    /**
     * Checks the length of a text.
     *
     * @throws InvalidInputException if it is empty, longer than the bound, or not well-formed Unicode
     */
    public static void requireLength(String what, String text, int mostCharacters) {
        if (text.isEmpty()) {
            throw new InvalidInputException(what + " is empty: it takes 1 to " + mostCharacters + " characters");
        }
        if (text.length() > mostCharacters && text.codePointCount(0, text.length()) > mostCharacters) {
            throw new InvalidInputException(what + " is too long: it takes 1 to " + mostCharacters + " characters");
        }
        requireWellFormed(what, text);
    }

    /** An unpaired surrogate cannot be written as UTF-8 (RFC 3629 §3). */
    static void requireWellFormed(String what, String text) {
        int i = 0;
        while (i < text.length()) {
            int character = text.codePointAt(i);
            if (isSurrogate(character)) {
                throw new InvalidInputException(
                        what + " has half of a surrogate pair at character " + i + ": send well-formed Unicode");
            }
            i += Character.charCount(character);
        }
    }
}
