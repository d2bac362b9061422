package relay.fanout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.history.HistoryReader.Archived;
import relay.history.StoredMessage;
import relay.message.Message;
import relay.outbound.SendQueue;

/**
 * Finds out which messages for one user with a {@code ttl} have been acknowledged by one of that user's clients: the backend is to hear of
 * the others. The owning worker only.
 *
 * <p>A message counts from its way into a client's send queue, live or of the past, until the client has acknowledged it or its
 * connection ends, as with a {@link relay.publish.Receipt}. A connection that cannot answer pings has received what its send queue has
 * taken. What a client was sent and has not acknowledged is noted, {@value #MOST} messages at most over all clients of the worker, of one
 * client {@value #MOST_OF_ONE}. One that is not noted counts as not received, whatever its client acknowledges: it may be called
 * undelivered although it has arrived.
 */
final class WatchedMessages {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedMessages.class);

    /** 2 MiB, twice that while the arrays grow. */
    static final int MOST = 1 << 18;

    static final int MOST_OF_ONE = 1 << 16;

    private static final int FIRST_ROOM = 4;

    private final @Nullable LongConsumer received;
    private final int most;
    private final int mostOfOne;
    private int noted;

    /** @param received is told the sequence of each message that a client has acknowledged, perhaps twice; empty: nobody asks for that */
    WatchedMessages(Optional<LongConsumer> received) {
        this(received, MOST, MOST_OF_ONE);
    }

    /** With other bounds. */
    WatchedMessages(Optional<LongConsumer> received, int most, int mostOfOne) {
        this.received = received.orElse(null);
        this.most = most;
        this.mostOfOne = mostOfOne;
    }

    /** Whether it is to be known if anybody has received a message. */
    boolean concern(Message message) {
        return received != null && message.mayComeToNobody();
    }

    /** A client gets a message next, which {@linkplain #concern concerns} this. */
    void expect(Subscriber subscriber, long sequence) {
        SendQueue queue = subscriber.client.queue().orElse(null);
        if (queue != null) {
            note(subscriber, sequence, queue);
        }
    }

    /** Messages of the past are in a client's send queue. */
    void sent(List<StoredMessage> messages, Subscriber subscriber, SendQueue queue) {
        if (received == null) {
            return;
        }
        for (StoredMessage held : messages) {
            if (concern(held.message())) {
                sent(held.sequence(), subscriber, queue);
            }
        }
    }

    /** The same for messages that only the archive has: whether these have a {@code ttl} is not known here, and does no harm. */
    void sentKnown(List<Archived> messages, Subscriber subscriber, SendQueue queue) {
        if (received == null) {
            return;
        }
        for (Archived one : messages) {
            if (one.log().recipient().isPresent()) {
                sent(one.sequence(), subscriber, queue);
            }
        }
    }

    private void sent(long sequence, Subscriber subscriber, SendQueue queue) {
        if (queue.connection().answersPings()) {
            note(subscriber, sequence, queue);
        } else {
            tell(sequence);
        }
    }

    /**
     * Retained values are in a client's send queue. They have no place in its order: so it is to be asked about them as about a gap.
     *
     * @param present the sequence up to which the worker has sent everything
     */
    void sentRetained(List<StoredMessage> values, Subscriber subscriber, SendQueue queue, long present) {
        if (received == null) {
            return;
        }
        for (StoredMessage value : values) {
            if (!concern(value.message())) {
                continue;
            }
            if (!queue.connection().answersPings()) {
                tell(value.sequence());
            } else if (isRoomFor(subscriber.acks())) {
                of(subscriber.trackAcks(present), queue).addRetained(value.sequence());
            }
        }
    }

    private void note(Subscriber subscriber, long sequence, SendQueue queue) {
        if (isRoomFor(subscriber.acks())) {
            of(subscriber.trackAcks(sequence - 1), queue).add(sequence);
        }
    }

    private boolean isRoomFor(@Nullable AckTracker acks) {
        Sent sent = acks == null ? null : acks.watched();
        if (noted < most && (sent == null || sent.count() < mostOfOne)) {
            return true;
        }
        LOG.warn("more messages with a ttl are sent to users than are acknowledged in time: some of them may be called"
                + " undelivered although they arrive");
        return false;
    }

    private Sent of(AckTracker acks, SendQueue queue) {
        Sent sent = acks.watched();
        if (sent == null) {
            sent = new Sent(queue.connection().answersPings());
            acks.watch(sent);
        }
        return sent;
    }

    private void tell(long sequence) {
        if (received != null) {
            received.accept(sequence);
        }
    }

    /** What one client was sent on its connection and has not acknowledged. */
    final class Sent {
        /** In the order in which they were sent, which is that of their sequences unless some are sent again. */
        private long[] sequences = new long[FIRST_ROOM];

        private int size;

        /** The retained values, and how many of them were sent before the ping that is under way. */
        private final List<Long> retained = new ArrayList<>(0);

        private int retainedAsked;

        private final boolean isAnswered;

        /** @param isAnswered whether the client can say what it has received */
        private Sent(boolean isAnswered) {
            this.isAnswered = isAnswered;
        }

        private void add(long sequence) {
            if (size == sequences.length) {
                sequences = Arrays.copyOf(sequences, 2 * size);
            }
            sequences[size++] = sequence;
            noted++;
        }

        private void addRetained(long sequence) {
            retained.add(sequence);
            noted++;
        }

        int count() {
            return size + retained.size();
        }

        /** Its queue has taken all messages up to this sequence. */
        void taken(long through) {
            if (!isAnswered) {
                acknowledged(through);
            }
        }

        /** A ping follows all that it was sent. */
        void asked() {
            retainedAsked = retained.size();
        }

        /** It has acknowledged all messages up to this sequence, and the retained values that it was asked about. */
        void acknowledged(long through) {
            int left = 0;
            for (int i = 0; i < size; i++) {
                if (sequences[i] <= through) {
                    tell(sequences[i]);
                } else {
                    sequences[left++] = sequences[i];
                }
            }
            noted -= size - left + retainedAsked;
            size = left;
            List<Long> had = retained.subList(0, retainedAsked);
            had.forEach(WatchedMessages.this::tell);
            had.clear();
            retainedAsked = 0;
        }

        /** Its queue has not taken those after this sequence. */
        void takenBack(long after) {
            int left = 0;
            for (int i = 0; i < size; i++) {
                if (sequences[i] <= after) {
                    sequences[left++] = sequences[i];
                }
            }
            noted -= size - left;
            size = left;
        }

        /** Its connection has ended. */
        void lost() {
            noted -= count();
            size = 0;
            retained.clear();
            retainedAsked = 0;
        }
    }
}
