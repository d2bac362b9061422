package relay.message;

import java.time.Duration;
import java.util.Map;

/** From where a client wants the messages of the topics it asks for. */
public sealed interface StartPosition {
    /** From now on. */
    StartPosition NOW = new Now();

    /** All that is still held, then what is new. */
    StartPosition ALL = new All();

    /** From now on. */
    record Now() implements StartPosition {}

    /** All that is still held, then what is new. */
    record All() implements StartPosition {}

    /** All that came after this message, then what is new. */
    record After(MessageId id) implements StartPosition {}

    /**
     * All that came after what it is known to have had of each topic, then what is new.
     *
     * @param starts for each topic the sequence up to which it has had everything
     * @param owesRetained whether some topics are new to it, or all, so that it gets retained values first
     */
    record Resume(Map<Topic, Long> starts, boolean owesRetained) implements StartPosition {
        /** It has had connections before. */
        public Resume(Map<Topic, Long> starts) {
            this(starts, false);
        }
    }

    /**
     * The last messages of each topic, then what is new. A pattern counts as one topic.
     *
     * @param count how many of each topic, from 0
     */
    record Last(int count) implements StartPosition {}

    /**
     * All that was accepted within this time before now, then what is new.
     *
     * @param time not negative
     */
    record Since(Duration time) implements StartPosition {}
}
