package relay.message;

/**
 * The name that messages are published to and clients subscribe to. Ordered by name.
 *
 * <p>A name with {@code *} or {@code **} as a segment between dots is a <em>pattern</em> ({@link TopicPattern}): a client may subscribe
 * to it, and no message is published to it.
 *
 * @param name 1 to {@value #MAX_CHARACTERS} characters (Unicode code points), none of them a control character
 */
public record Topic(String name) implements Comparable<Topic> {
    /** The most characters that a name has. */
    public static final int MAX_CHARACTERS = 256;

    /**
     * Checks the name.
     *
     * @throws InvalidInputException if it breaks the rule above, or is a pattern that breaks those of {@link TopicPattern}
     */
    public Topic {
        requireText(name);
        if (hasWildcard(name)) {
            TopicPattern.requireForm(name);
        }
    }

    /**
     * A topic that is no pattern.
     *
     * @throws InvalidInputException if it is one, or breaks the rules of a topic
     */
    public static Topic exact(String name) {
        requireText(name);
        if (hasWildcard(name)) {
            throw new InvalidInputException("topic \"" + name + "\" is a pattern: it takes the name of one topic,"
                    + " without * or ** as a segment; patterns are for allow and for subscriptions");
        }
        return new Topic(name);
    }

    /** Whether it stands for all topics that match it. */
    public boolean isPattern() {
        return hasWildcard(name);
    }

    /** Whether a topic is this one, or matches this pattern. */
    public boolean matches(Topic topic) {
        return isPattern() ? TopicPattern.matches(name, topic.name) : equals(topic);
    }

    /** The rules that topics and patterns share. */
    static void requireText(String name) {
        Characters.requireLength("topic", name, MAX_CHARACTERS);
        for (int i = 0; i < name.length(); i++) {
            if (Character.isISOControl(name.charAt(i))) {
                throw new InvalidInputException("topic has a control character: it takes printable characters only");
            }
        }
    }

    /** Whether {@code *} or {@code **} is a whole segment of it. */
    static boolean hasWildcard(String name) {
        int star = name.indexOf('*');
        while (star >= 0) {
            int end = name.startsWith("**", star) ? star + 2 : star + 1;
            boolean begins = star == 0 || name.charAt(star - 1) == '.';
            if (begins && (end == name.length() || name.charAt(end) == '.')) {
                return true;
            }
            star = name.indexOf('*', end);
        }
        return false;
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
