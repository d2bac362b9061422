package relay.hub;

import relay.message.MessageId;

/** From where a client wants the messages of the topics it asks for. */
public sealed interface Start {
    /** From now on. */
    Start NOW = new Now();

    /** From now on. */
    record Now() implements Start {}

    /** All that came after this message, then what is new. */
    record After(MessageId id) implements Start {}

    /**
     * The last messages of each topic, then what is new.
     *
     * @param count how many of each topic, from 0
     */
    record Last(int count) implements Start {}
}
