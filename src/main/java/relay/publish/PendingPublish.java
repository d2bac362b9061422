package relay.publish;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import relay.engine.IdempotencyKey;
import relay.engine.Publication;
import relay.message.AcceptedMessage;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Topic;
import relay.outbound.Encoding;
import relay.outbound.SharedFrames;

/** One message from its acceptance until the engine and all workers have done their part; then its listener is told. For any thread. */
public final class PendingPublish implements Publication {
    private static final AtomicLongFieldUpdater<PendingPublish> STATE =
            AtomicLongFieldUpdater.newUpdater(PendingPublish.class, "state");

    private static final long PART = 1L << 32;

    /** So far below zero that no part brings it back. */
    private static final long OVER = Long.MIN_VALUE / 2;

    private final Message message;
    private final long acceptedNanos;
    private final Optional<IdempotencyKey> key;
    private final Optional<ClientId> client;
    private final Optional<Receipt> receipt;
    private final Backlog backlog;
    private final PublishListener listener;

    /** How many parts are left, times {@link #PART}, and how many connections it was handed to. Read by {@link #STATE}. */
    @SuppressWarnings("UnusedVariable")
    private volatile long state;

    /** Its frames for each format, if it is large. */
    private @Nullable Map<Large, SharedFrames> large;

    /** How many other relays it went to: written by the engine, before its part is done. */
    private int others;

    /** One that no client publishes. */
    public PendingPublish(
            Message message,
            long acceptedNanos,
            int parts,
            Optional<IdempotencyKey> key,
            Optional<Receipt> receipt,
            Backlog backlog,
            PublishListener listener) {
        this(message, acceptedNanos, parts, key, Optional.empty(), receipt, backlog, listener);
    }

    /**
     * A message that waits in a backlog already.
     *
     * @param acceptedNanos when it came, on the relay's ticker
     * @param parts how many will report: each worker, and the engine
     * @param client whose registration allows it; empty: a backend publishes
     */
    public PendingPublish(
            Message message,
            long acceptedNanos,
            int parts,
            Optional<IdempotencyKey> key,
            Optional<ClientId> client,
            Optional<Receipt> receipt,
            Backlog backlog,
            PublishListener listener) {
        this.message = message;
        this.acceptedNanos = acceptedNanos;
        this.state = parts * PART;
        this.key = key;
        this.client = client;
        this.receipt = receipt;
        this.backlog = backlog;
        this.listener = listener;
    }

    public long acceptedNanos() {
        return acceptedNanos;
    }

    public Optional<Receipt> receipt() {
        return receipt;
    }

    @Override
    public Message message() {
        return message;
    }

    @Override
    public Optional<IdempotencyKey> key() {
        return key;
    }

    @Override
    public Optional<ClientId> client() {
        return client;
    }

    @Override
    public Optional<Duration> confirm() {
        return receipt.map(Receipt::within);
    }

    /** The frames of a large message in a format, as those get it who are subscribed to one of its topics. */
    private record Large(Encoding encoding, Topic topic) {}

    /**
     * The frames of a large message in a format: the first worker that needs them encodes them for all.
     *
     * @param accepted the message on one of its topics
     */
    public synchronized SharedFrames large(AcceptedMessage accepted, Encoding encoding) {
        if (large == null) {
            large = new HashMap<>();
        }
        Message one = accepted.message();
        return large.computeIfAbsent(new Large(encoding, one.topic()), wanted -> {
            ByteBuffer frames = ByteBuffer.allocateDirect(Math.toIntExact(encoding.maxSize(one)));
            encoding.encode(accepted, frames);
            return new SharedFrames(frames.flip());
        });
    }

    /**
     * One worker has handed the message, on one of its topics, to so many connections.
     *
     * @param last whether that was the last of its topics
     */
    public void handedOver(MessageId id, int connections, boolean last) {
        done(id, connections - (last ? PART : 0));
    }

    @Override
    public void stored(MessageId id, int relays, boolean here) {
        backlog.stored(message);
        if (here) {
            others = relays - 1;
            done(id, -PART);
        } else if (end()) {
            listener.published(PublishListener.Outcome.handedOver(id, 0, relays));
        }
    }

    @Override
    public void repeated(MessageId id, Optional<String> answer) {
        if (end()) {
            listener.repeated(id, answer);
        }
    }

    @Override
    public void refused(RuntimeException cause) {
        if (end()) {
            listener.refused(cause);
        }
    }

    @Override
    public void droppedElsewhere() {
        receipt.ifPresent(Receipt::droppedElsewhere);
    }

    @Override
    public void elsewhere(String relay, int connections, int acknowledged) {
        receipt.ifPresent(waiting -> waiting.elsewhere(relay, connections, acknowledged));
    }

    private void done(MessageId id, long change) {
        long now = STATE.addAndGet(this, change);
        if (change < 0 && now >= 0 && now < PART) {
            backlog.leave(message);
            listener.published(PublishListener.Outcome.handedOver(id, (int) now, others));
        }
    }

    private boolean end() {
        boolean first = STATE.getAndSet(this, OVER) >= PART;
        if (first) {
            backlog.leave(message);
        }
        return first;
    }
}
