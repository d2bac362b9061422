package relay.message;

/**
 * An input breaks a rule of the API.
 *
 * <p>The message is for the person who sent the input: it says what is wrong and what would be right. There is no stack trace,
 * since the relay is not at fault.
 */
public final class InvalidInputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param detail what is wrong and what would be right; quoted input may have any characters */
    public InvalidInputException(String detail) {
        super(Characters.printable(detail), null, false, false);
    }

    /** What is wrong and what would be right. */
    public String detail() {
        return String.valueOf(getMessage());
    }
}
