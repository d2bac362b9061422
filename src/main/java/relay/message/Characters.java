package relay.message;

/** Rules about text that several values share. */
final class Characters {
    private Characters() {}

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
            if (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
                throw new InvalidInputException(
                        what + " has half of a surrogate pair at character " + i + ": send well-formed Unicode");
            }
            i += Character.charCount(character);
        }
    }
}
