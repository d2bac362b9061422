package relay.engine.redis;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import relay.engine.Epochs;
import relay.engine.Peers.ReplyTo;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Topic;

/** The receiver, which is called with this lock held only, and how far it has got. For any thread. */
final class Inbox {
    private final Receiver receiver;
    private final String relay;
    private final Publications publications;
    private final AtomicLong highest = new AtomicLong();
    /** The epochs whose end the receiver knows to be lossy. */
    private final Set<String> told = new HashSet<>();

    /** Read without the lock, for the ids of answers. */
    private volatile @Nullable Epochs epochs;

    /** Everything up to this sequence has come. Read without the lock. */
    private volatile long position;

    Inbox(Receiver receiver, String relay, Publications publications) {
        this.receiver = receiver;
        this.relay = relay;
        this.publications = publications;
    }

    synchronized void tell(Consumer<Receiver> what) {
        what.accept(receiver);
    }

    synchronized <T> T ask(Function<Receiver, T> what) {
        return what.apply(receiver);
    }

    /** A message has come by the channel of a topic that is followed. May wait. */
    synchronized void deliver(Feed feed, Topic topic, Envelope envelope) {
        if (feed.isDead() || envelope.sequence() <= position) {
            return;
        }
        advance(envelope.sequence());
        MessageId id = id(envelope.sequence());
        boolean here = envelope.origin().equals(relay);
        Optional<Publication> own = here ? publications.arrived(envelope.number()) : Optional.empty();
        if (own.isPresent()) {
            receiver.own(id, own.get());
            return;
        }
        Optional<ReplyTo> report = here
                ? Optional.empty()
                : envelope.confirm().map(within -> new ReplyTo(envelope.origin(), envelope.number(), within));
        receiver.fromElsewhere(id, new Message(topic, envelope.recipient(), envelope.text()), report);
    }

    /** Every message on a followed topic up to this sequence has come. */
    synchronized void reached(long sequence) {
        if (sequence >= position) {
            advance(sequence);
            receiver.reached(sequence);
        }
    }

    private void advance(long sequence) {
        position = sequence;
        given(sequence);
    }

    /** This place was given to a message. */
    void given(long sequence) {
        highest.accumulateAndGet(sequence, Math::max);
    }

    /** The highest sequence that is known to have been given. */
    long highest() {
        return highest.get();
    }

    /** Everything up to this sequence has come, or will not come any more. */
    long position() {
        return position;
    }

    MessageId id(long sequence) {
        Epochs known = epochs;
        if (known == null) {
            throw new IllegalStateException("no session has begun yet");
        }
        return known.id(sequence);
    }

    /** The epoch of the highest sequence that is known; empty before the first session. */
    String epoch() {
        return epochs == null ? "" : id(highest()).epoch();
    }

    /** A session begins. */
    synchronized void begin(Epochs now, long newest) {
        if (epochs != null) {
            update(now);
            return;
        }
        epochs = now;
        now.epochs().stream()
                .filter(Epochs.Epoch::lossy)
                .map(Epochs.Epoch::name)
                .forEach(told::add);
        receiver.epochs(now);
        reached(newest);
    }

    /** The epochs are these; nothing if no session has begun yet. */
    synchronized void update(Epochs now) {
        Epochs before = epochs;
        if (before == null || before.equals(now)) {
            return;
        }
        epochs = now;
        receiver.epochs(now);
        Optional<MessageId> lost = Optional.empty();
        String last = before.epochs().get(before.epochs().size() - 1).name();
        if (now.epochs().stream().noneMatch(epoch -> epoch.name().equals(last))) {
            lost = Optional.of(new MessageId(last, position));
        }
        for (Epochs.Epoch epoch : now.epochs()) {
            if (epoch.lossy() && told.add(epoch.name())) {
                lost = lost.filter(id -> id.sequence() <= epoch.last())
                        .or(() -> Optional.of(new MessageId(epoch.name(), epoch.last())));
            }
        }
        // Once, whatever the number of causes: after the last message that is sure not to be lost.
        lost.ifPresent(receiver::lost);
        told.retainAll(now.epochs().stream().map(Epochs.Epoch::name).toList());
    }
}
