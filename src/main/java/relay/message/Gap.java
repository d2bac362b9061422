package relay.message;

/**
 * A client may have missed messages of a topic: those between the last one that it received and the next one that it gets.
 *
 * @param topic the topic of the missed messages
 * @param after the last message that the client received
 * @param reason why they cannot be sent
 */
public record Gap(Topic topic, MessageId after, Reason reason) {
    /** Why messages cannot be sent. */
    public enum Reason {
        /** They are no longer in the history. */
        TRIMMED("trimmed"),
        /** The id is from another log: another relay's, or this one's before a restart. Or the engine has lost stored messages. */
        EPOCH("epoch"),
        /** The id is from this log, but no message has it yet. */
        FUTURE("future"),
        /** They were stored, and what stored them is damaged. */
        DAMAGED("damaged");

        private final String word;

        Reason(String word) {
            this.word = word;
        }

        @Override
        public String toString() {
            return word;
        }
    }
}
