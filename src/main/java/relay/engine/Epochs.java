package relay.engine;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import relay.message.Gap;
import relay.message.MessageId;

/**
 * The epochs of the sequence. A new one begins whenever the log cannot go on for sure, as after a fail-over that may have lost
 * its end; sequences keep growing from each to the next, so a sequence alone tells its epoch.
 *
 * <p>Example: in epoch {@code a} the last message that survived a fail-over is 41, but the relays know of 43. Epoch {@code b}
 * begins after 1000000043. A client whose last message is {@code a-41} continues after it, one with {@code a-43} after 41, and
 * both are told of a gap; a client that has a message of {@code b} has been told.
 *
 * @param epochs from the oldest that is remembered to the current one, at least that one
 */
public record Epochs(List<Epoch> epochs) {
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * One epoch.
     *
     * @param before the sequence before its first message
     * @param last the sequence of its last message that was not lost; {@link Long#MAX_VALUE} for the current epoch
     * @param lossKnownAt the sequence of the newest message when it was found that messages after the last were lost; 0: none
     *     were, as far as is known
     */
    public record Epoch(String name, long before, long last, long lossKnownAt) {
        /** Whether messages of it are lost. */
        public boolean lossy() {
            return lossKnownAt > 0;
        }
    }

    /**
     * Where a client continues.
     *
     * @param after the sequence after which it gets messages
     * @param gap why it may miss some nevertheless
     */
    public record Resumption(long after, Optional<Gap.Reason> gap) {}

    public Epochs {
        epochs = List.copyOf(epochs);
    }

    /** The first epoch of a log. */
    public static Epochs first(String name) {
        return new Epochs(List.of(new Epoch(name, 0, Long.MAX_VALUE, 0)));
    }

    /** A name for a new epoch, which no other has: 16 hexadecimal digits. */
    public static String newName() {
        return HexFormat.of().toHexDigits(RANDOM.nextLong());
    }

    /** The newest one. */
    public Epoch current() {
        return epochs.get(epochs.size() - 1);
    }

    /** The id of the message with a sequence. */
    public MessageId id(long sequence) {
        for (int i = epochs.size() - 1; i > 0; i--) {
            if (sequence > epochs.get(i).before()) {
                return new MessageId(epochs.get(i).name(), sequence);
            }
        }
        return new MessageId(epochs.get(0).name(), sequence);
    }

    /**
     * Where a client continues whose last message this is; empty if its epoch is not remembered.
     *
     * @param newest the sequence of the newest message there is
     */
    public Optional<Resumption> after(MessageId id, long newest) {
        for (int i = 0; i < epochs.size(); i++) {
            if (epochs.get(i).name().equals(id.epoch())) {
                return Optional.of(after(i, id.sequence(), newest));
            }
        }
        return Optional.empty();
    }

    private Resumption after(int position, long sequence, long newest) {
        Epoch epoch = epochs.get(position);
        boolean current = position == epochs.size() - 1;
        if (current && sequence > newest) {
            return new Resumption(newest, Optional.of(Gap.Reason.FUTURE));
        }
        // A client with nothing newer than that has not been told yet.
        boolean lost = sequence > epoch.last()
                || epochs.stream().anyMatch(one -> one.lossy() && sequence <= one.lossKnownAt());
        return new Resumption(
                Math.min(sequence, epoch.last()), lost ? Optional.of(Gap.Reason.EPOCH) : Optional.empty());
    }
}
