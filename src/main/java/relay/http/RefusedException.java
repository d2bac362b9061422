package relay.http;

import relay.message.Characters;

/** A request is answered with an error status. It carries no stack trace: nothing in the relay is at fault. */
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
