package relay.http;

import relay.message.Characters;

/** The request gets an error status. Without a stack trace: the relay did nothing wrong. */
final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    RefusedException(int status, String detail) {
        super(Characters.printable(detail), null, false, false);
        this.status = status;
    }

    Problem problem() {
        return Problem.of(status, String.valueOf(getMessage()));
    }
}
