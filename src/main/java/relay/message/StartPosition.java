package relay.message;

import java.util.Map;
import java.util.Optional;

/** From where a client wants the messages of the topics it asks for. */
public sealed interface StartPosition {
    /** From now on. */
    StartPosition NOW = new Now();

    /**
     * After the message with this id if there is one, else from now on.
     *
     * @throws relay.message.InvalidInputException if that is no id
     */
    static StartPosition after(Optional<String> id) {
        return id.map(MessageId::parse).<StartPosition>map(After::new).orElse(NOW);
    }

    /** From now on. */
    record Now() implements StartPosition {}

    /** All that came after this message, then what is new. */
    record After(MessageId id) implements StartPosition {}

    /** All that came after what it is known to have had of each topic, then what is new. */
    record Resume(Map<Topic, Long> starts) implements StartPosition {}

    /**
     * The last messages of each topic, then what is new.
     *
     * @param count how many of each topic, from 0
     */
    record Last(int count) implements StartPosition {}
}
