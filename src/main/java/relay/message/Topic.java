package relay.message;

import java.util.regex.Pattern;

/**
 * The name that messages are published to and clients subscribe to. Ordered by name.
 *
 * @param name 1 to {@value #MAX_CHARACTERS} characters (Unicode code points), none of them a control character. No segment
 *     between dots is {@code *} or {@code **}: those are for patterns
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

    /** The rules that topics and patterns share. */
    static void requireText(String name) {
        Characters.requireLength("topic", name, MAX_CHARACTERS);
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw new InvalidInputException("topic has a control character: it takes printable characters only");
        }
    }

    /** By name. Also used by {@code HashMap} when many keys have the same hash, which clients could choose them for. */
    @Override
    public int compareTo(Topic other) {
        return name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return name;
    }
}
