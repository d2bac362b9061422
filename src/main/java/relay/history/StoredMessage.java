package relay.history;

import org.jspecify.annotations.Nullable;
import relay.engine.Archive;
import relay.engine.Epochs;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.Topic;
import relay.message.UserId;

/** A message in the history. Immutable, but for its links in {@link ExpiryQueue}. */
public sealed class StoredMessage permits ArchivedMessage {
    private final long sequence;
    private final long timeMillis;
    private final Message message;
    private final long acceptedNanos;

    /** Among the topics of a message that has several, which one this is of, from 1; 0 for the only one. */
    private final byte rank;

    private final int cost;

    @Nullable
    StoredMessage older;

    @Nullable
    StoredMessage newer;

    /**
     * A message that is not in the history yet.
     *
     * @param timeMillis when it was accepted, in milliseconds since 1970
     * @param acceptedNanos the same on the relay's ticker, by which it ages
     */
    public StoredMessage(long sequence, long timeMillis, Message message, long acceptedNanos) {
        this(sequence, timeMillis, message, acceptedNanos, 0);
    }

    private StoredMessage(long sequence, long timeMillis, Message message, long acceptedNanos, int rank) {
        this.sequence = sequence;
        this.timeMillis = timeMillis;
        this.message = message;
        this.acceptedNanos = acceptedNanos;
        this.rank = (byte) rank;
        this.cost = cost(message);
    }

    /** The same for the log of one of the message's topics. */
    StoredMessage(long sequence, long timeMillis, Message whole, Topic topic, long acceptedNanos) {
        this(sequence, timeMillis, whole.on(topic), acceptedNanos, rankOf(whole, topic));
    }

    /** The log of one of the message's topics has this for it. */
    public static StoredMessage on(Topic topic, long sequence, long timeMillis, Message whole, long acceptedNanos) {
        return new StoredMessage(sequence, timeMillis, whole, topic, acceptedNanos);
    }

    /** Among the topics of a message that has several, which one this is, from 1; 0 for the only one. */
    static int rankOf(Message whole, Topic topic) {
        return whole.topics().size() == 1 ? 0 : whole.topics().indexOf(topic) + 1;
    }

    public long sequence() {
        return sequence;
    }

    /** When it was accepted, in milliseconds since 1970. */
    public long timeMillis() {
        return timeMillis;
    }

    public Message message() {
        return message;
    }

    /** The message with its id. */
    public AcceptedMessage accepted(Epochs epochs) {
        return new AcceptedMessage(epochs.id(sequence), timeMillis, message);
    }

    /** Whether everybody who gets it gets the same, whenever that is, by whatever topic. */
    public boolean isPlain() {
        return rank == 0 && message.isPlain();
    }

    int rank() {
        return rank;
    }

    /** Whether it is not delivered any more. */
    public boolean isExpired(long now) {
        return message.options().isExpired(now - acceptedNanos);
    }

    /** Where the archive has it, or {@link Archive#NOWHERE}. */
    long location() {
        return Archive.NOWHERE;
    }

    long acceptedNanos() {
        return acceptedNanos;
    }

    /** Whether it is at least this old. */
    boolean isOlder(long now, long age) {
        return now - acceptedNanos >= age;
    }

    /** How many bytes it takes at most: two for each character of a name. */
    int cost() {
        return cost;
    }

    private static int cost(Message message) {
        int cost = message.text().size() + 2 * message.topic().name().length() + History.MESSAGE_OVERHEAD_BYTES;
        if (message.recipient().isPresent()) {
            cost += cost(message.recipient().get());
        }
        if (message.options().from().isPresent()) {
            cost += cost(message.options().from().get());
        }
        return cost;
    }

    private static int cost(UserId user) {
        return History.RECIPIENT_BYTES + 2 * user.value().length();
    }
}
