package relay.message;

import java.util.regex.Pattern;

/**
 * The label that a message is published under and a client asks for. Topics come in the order of their names.
 *
 * @param name 1 to {@value #MAX_CHARACTERS} characters (Unicode code points), none of them a control character, and no segment
 *     between dots that is {@code *} or {@code **}: that is a pattern's
 */
public record Topic(String name) implements Comparable<Topic> {
    /** The most characters that a name has. */
    public static final int MAX_CHARACTERS = 256;

    private static final Pattern WILDCARD = Pattern.compile("(?<![^.])\\*\\*?(?![^.])");

    /**
     * Checks the name.
     *
     * @throws InvalidInputException if it breaks the rule above
     */
    public Topic {
        requireText(name);
        if (name.indexOf('*') >= 0 && WILDCARD.matcher(name).find()) {
            throw new InvalidInputException("topic \"" + name + "\" is a pattern: it takes the name of one topic,"
                    + " without * or ** as a segment; patterns are for allow");
        }
    }

    /** What a topic and a pattern of topics have in common. */
    static void requireText(String name) {
        Characters.requireLength("topic", name, MAX_CHARACTERS);
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw new InvalidInputException("topic has a control character: it takes printable characters only");
        }
    }

    /** The order of their names. A {@code HashMap} needs it where many have one hash, as a client may choose them. */
    @Override
    public int compareTo(Topic other) {
        return name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return name;
    }
}
