package relay.message;

/**
 * Somebody's input breaks a rule of the contract.
 *
 * <p>The message is written for the person who sent the input: it says what was wrong and what would be right. It
 * carries no stack trace, since nothing in the relay is at fault.
 */
public final class InvalidInputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param detail what was wrong and what would be right; what it cites of the input may have any characters */
    public InvalidInputException(String detail) {
        super(Characters.printable(detail), null, false, false);
    }

    /** What was wrong and what would be right. */
    public String detail() {
        return String.valueOf(getMessage());
    }
}
