package relay.message;

/**
 * The label that a message is published under and a client asks for.
 *
 * @param name 1 to {@value #MAX_CHARACTERS} characters (Unicode code points), none of them a control character
 */
public record Topic(String name) {
    /** The most characters that a name has. */
    public static final int MAX_CHARACTERS = 256;

    /**
     * Checks the name.
     *
     * @throws InvalidInputException if it breaks the rule above
     */
    public Topic {
        Characters.requireLength("topic", name, MAX_CHARACTERS);
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw new InvalidInputException("topic has a control character: it takes printable characters only");
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
