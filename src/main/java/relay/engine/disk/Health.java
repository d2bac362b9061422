package relay.engine.disk;

import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.Characters;
import relay.message.UnavailableException;

/**
 * Whether the disk takes what is written. Any thread may ask; the writer's thread says.
 *
 * <p>A failed write may pass: what was written of it is cut off again, and the writer tries from time to time. A failed sync does not:
 * what the file has then is not known, and a second sync may succeed without having written it (the kernel reports the error once, and
 * may have dropped the data).
 */
final class Health {
    private static final Logger LOG = LoggerFactory.getLogger(Health.class);

    private enum State {
        WORKS,
        TAKES_NOTHING,
        FAILED
    }

    private final String directory;

    /** Written by the writer's thread, read by all. */
    private volatile Condition condition = new Condition(State.WORKS, "", Optional.empty());

    private record Condition(State state, String text, Optional<UnavailableException> refusal) {}

    Health(String directory) {
        this.directory = directory;
    }

    boolean works() {
        return condition.state() == State.WORKS;
    }

    /** Whether it will not work again before the relay is started anew. */
    boolean hasFailed() {
        return condition.state() == State.FAILED;
    }

    Optional<String> trouble() {
        Condition now = condition;
        return now.state() == State.WORKS ? Optional.empty() : Optional.of(now.text());
    }

    /** What to refuse everything with; empty while it works. */
    Optional<UnavailableException> refusal() {
        return condition.refusal();
    }

    /** A write failed, and nothing is left of it. */
    void takesNothing(IOException cause) {
        if (condition.state() == State.WORKS) {
            String text = "the disk with --data " + directory + " takes nothing (" + Characters.oneLine(cause)
                    + "): it is tried again every second; make room there, or see to the disk";
            LOG.error(text);
            condition = new Condition(
                    State.TAKES_NOTHING,
                    text,
                    Optional.of(UnavailableException.engine("the disk of the relay takes nothing ("
                            + Characters.oneLine(cause) + "): this was not stored, try again later")));
        }
    }

    /** It takes what is written again. */
    void takesAgain() {
        if (condition.state() == State.TAKES_NOTHING) {
            LOG.info("the disk with --data {} takes what is written again", directory);
            condition = new Condition(State.WORKS, "", Optional.empty());
        }
    }

    /** What the file has is not known any more. */
    void failed(String what, Throwable cause) {
        String text = what + " failed on the disk with --data " + directory + " (" + Characters.oneLine(cause)
                + "): the relay takes nothing in any more; see to the disk, or replace it, and start the relay anew";
        LOG.error(text);
        condition = new Condition(
                State.FAILED,
                text,
                Optional.of(
                        UnavailableException.engine("the disk of the relay has failed: this was not stored, and nothing"
                                + " is until the relay is started anew")));
    }

    /** What to refuse those with who waited when it failed. */
    static UnavailableException unknown() {
        return UnavailableException.engine("the disk of the relay has failed: it is not known whether this was stored;"
                + " once the relay is started anew, send it again with the same Idempotency-Key, or look it up");
    }
}
