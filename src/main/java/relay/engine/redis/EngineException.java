package relay.engine.redis;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import relay.message.Characters;
import relay.message.UnavailableException;

/** The server did not do what it was asked to, or did not say so. It carries no stack trace. */
final class EngineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The server's own words, and names of machines, are for those who run the relay: the log and {@code /ready} have them. */
    private static final String NOT_AVAILABLE = "the engine is not available";

    private final boolean certain;
    private final String shown;

    private EngineException(boolean certain, String reason, String shown) {
        super(Characters.oneLine(reason), null, false, false);
        this.certain = certain;
        this.shown = shown;
    }

    /** Nothing was done, for a reason that anybody may read. */
    static EngineException refused(String reason) {
        return new EngineException(true, reason, reason);
    }

    /** Nothing was done, for a reason that only those who run the relay may read. */
    static EngineException internal(String reason) {
        return new EngineException(true, reason, NOT_AVAILABLE);
    }

    /** The connection ended before an answer came: it is not known whether anything was done. */
    static EngineException connectionLost() {
        String reason = "the connection to the engine was lost";
        return new EngineException(false, reason, reason);
    }

    /** What a stage has failed with, without what stages put around it. */
    static Throwable cause(Throwable failure) {
        boolean wrapped = failure instanceof CompletionException || failure instanceof ExecutionException;
        return wrapped && failure.getCause() != null ? failure.getCause() : failure;
    }

    /** What the innermost cause of another failure says, for people. */
    static String reasonOf(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root.getMessage();
        if (message != null && message.contains("HandshakeHandler not registered")) {
            // What Lettuce says where it finds that out a little later than usual.
            return "Connection closed prematurely";
        }
        return message == null || message.isBlank() ? root.getClass().getSimpleName() : message;
    }

    /** For a request that needs an answer of the engine, whatever it has failed with. */
    static UnavailableException unavailable(Throwable failure, String otherwise) {
        return cause(failure) instanceof EngineException failed
                ? failed.unavailable()
                : UnavailableException.engine(otherwise + ": come back in a second");
    }

    String reason() {
        return String.valueOf(getMessage());
    }

    /** For a request that needs an answer of the engine. */
    UnavailableException unavailable() {
        return UnavailableException.engine(shown + ": come back in a second");
    }

    /** For the publisher of a message. */
    UnavailableException unpublished() {
        return certain
                ? UnavailableException.engine("the message was not published, since " + shown + ": send it again")
                : perhapsPublished(shown);
    }

    /** For the publisher of a message of which a part may have been stored. */
    UnavailableException perhapsPublished() {
        return perhapsPublished(shown);
    }

    /** For a publisher, where it is not known whether the message was published. */
    static UnavailableException perhapsPublished(String reason) {
        return UnavailableException.engine("it is not known whether the message was published, since " + reason
                + ": send it again with the same Idempotency-Key, so that it is published once");
    }
}
