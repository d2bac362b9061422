package relay.message;

/** Rules about text that several values share. Stateless, for any thread. */
public final class Characters {
    private Characters() {}

    /**
     * The text with what cannot be shown or sent, control characters and halves of surrogate pairs, as escapes: a backslash,
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

    /** What another program says, as one line: each run of spaces, line breaks and the like as one space, none at the ends. */
    public static String oneLine(String text) {
        return printable(
                text.replaceAll("[\\s\\p{Cntrl}\\u0085\\u2028\\u2029]+", " ").strip());
    }

    private static boolean isPrintable(int character) {
        return !Character.isISOControl(character) && !isHalf(character);
    }

    private static boolean isHalf(int character) {
        return character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE;
    }

    /** @throws InvalidInputException if the text is empty, longer than the bound, or not well-formed Unicode */
    static void requireLength(String what, String text, int mostCharacters) {
        if (text.isEmpty()) {
            throw new InvalidInputException(what + " is empty: it takes 1 to " + mostCharacters + " characters");
        }
        if (text.length() > mostCharacters && text.codePointCount(0, text.length()) > mostCharacters) {
            throw new InvalidInputException(what + " is too long: it takes 1 to " + mostCharacters + " characters");
        }
        requireWellFormed(what, text);
    }

    /** A surrogate without its other half cannot be written as UTF-8 (RFC 3629 §3). */
    static void requireWellFormed(String what, String text) {
        int i = 0;
        while (i < text.length()) {
            int character = text.codePointAt(i);
            if (isHalf(character)) {
                throw new InvalidInputException(
                        what + " has half of a surrogate pair at character " + i + ": send well-formed Unicode");
            }
            i += Character.charCount(character);
        }
    }
}
