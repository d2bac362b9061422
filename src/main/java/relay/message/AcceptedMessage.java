package relay.message;

/**
 * A message with its place in the sequence. Immutable.
 *
 * @param timeMillis when it was accepted, in milliseconds since 1970; never less than for the message before it
 * @param retained whether it is sent as the retained value of its topic to a new subscriber: then its id is not in the order of the
 *     connection
 */
public record AcceptedMessage(MessageId id, long timeMillis, Message message, boolean retained) {
    /** A message in its place. */
    public AcceptedMessage(MessageId id, long timeMillis, Message message) {
        this(id, timeMillis, message, false);
    }

    public long sequence() {
        return id.sequence();
    }

    /** The message as those get it who are subscribed to one of its topics. */
    public AcceptedMessage on(Topic topic) {
        return message.topics().size() == 1 ? this : new AcceptedMessage(id, timeMillis, message.on(topic), retained);
    }
}
