package relay.message;

/**
 * Says that a client may have missed messages of a topic: those after the one it had last, up to the next that it gets.
 *
 * @param topic of the messages that are no longer held
 * @param after the last message that the client had
 * @param reason why they cannot be sent
 */
public record Gap(Topic topic, MessageId after, Reason reason) {
    /** Why messages cannot be sent. */
    public enum Reason {
        /** They were held, but are not any more. */
        TRIMMED("trimmed"),
        /** The id is of another log: that of another relay, or of this one before its restart. */
        EPOCH("epoch"),
        /** The id is of this log, but has not been given to any message yet. */
        FUTURE("future");

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
