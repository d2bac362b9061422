package relay.hub;

/** The relay has more to send than it may hold: the caller should come back a little later. It carries no stack trace. */
public final class OverloadedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OverloadedException() {
        super("the messages that wait to be sent fill the publish queue: come back in a second", null, false, false);
    }
}
