package relay.engine.redis;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import relay.engine.Archive;
import relay.engine.Epochs;
import relay.engine.Peers.ReplyTo;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Topic;

/** The receiver, which is called with this lock held only, and how far it has got. For any thread. */
final class OrderedReceiver {
    private final Keys keys;
    private final PendingPublications pending;
    private final AtomicLong highest = new AtomicLong();
    /** The epochs whose loss the receiver has been told of. */
    private final Set<String> toldOfLoss = new HashSet<>();

    private @Nullable Receiver receiver;

    /** The last message that came by a channel. */
    private long delivered;

    /** Read without the lock, for the ids of answers. */
    private volatile @Nullable Epochs epochs;

    /** Everything up to this sequence has come. Read without the lock. */
    private volatile long position;

    OrderedReceiver(Keys keys, PendingPublications pending) {
        this.keys = keys;
        this.pending = pending;
    }

    /** Reads one epoch a line: {@code <name> <before> <last or -> <the sequence at which its loss was known, or 0>}. */
    static Epochs parseEpochs(String lines) {
        return new Epochs(lines.lines()
                .map(line -> line.split(" ", -1))
                .map(fields -> new Epochs.Epoch(
                        fields[0],
                        Long.parseLong(fields[1]),
                        fields[2].equals("-") ? Long.MAX_VALUE : Long.parseLong(fields[2]),
                        Long.parseLong(fields[3])))
                .toList());
    }

    /** Says who receives. To be called once, before all else. */
    synchronized void start(Receiver whom) {
        receiver = whom;
    }

    private Receiver receiver() {
        Receiver started = receiver;
        if (started == null) {
            throw new IllegalStateException("not started");
        }
        return started;
    }

    synchronized void tell(Consumer<Receiver> what) {
        what.accept(receiver());
    }

    synchronized <T> T ask(Function<Receiver, T> what) {
        return what.apply(receiver());
    }

    /**
     * A message has come by the channel of a followed topic. May wait.
     *
     * @param here those of its topics that are followed here
     * @return whether it is a further copy of the message that came last
     */
    synchronized boolean deliver(PubSubListener listener, List<Topic> here, ChannelMessage message) {
        if (listener.isClosed() || message.sequence() <= position) {
            return message.sequence() == delivered;
        }
        advance(message.sequence());
        delivered = message.sequence();
        MessageId id = id(message.sequence());
        boolean published = message.origin().equals(keys.relay());
        Optional<Publication> own = published ? pending.arrived(message.number()) : Optional.empty();
        if (own.isPresent()) {
            Message whole = own.get().message();
            Message part = whole.topics().size() == here.size()
                    ? whole
                    : new Message(here, whole.recipient(), whole.text(), whole.options());
            receiver().own(new AcceptedMessage(id, message.timeMillis(), part), own.get(), Archive.NOWHERE);
            return false;
        }
        Optional<ReplyTo> replyTo = published
                ? Optional.empty()
                : message.confirm().map(within -> new ReplyTo(message.origin(), message.number(), within));
        receiver().fromElsewhere(new AcceptedMessage(id, message.timeMillis(), message.on(here)), replyTo);
        return false;
    }

    /** Every message on a followed topic up to this sequence has come. */
    synchronized void reached(long sequence) {
        if (sequence >= position) {
            advance(sequence);
            receiver().reached(sequence);
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
            throw new IllegalStateException("not connected yet");
        }
        return known.id(sequence);
    }

    /** The epoch of the highest sequence that is known; empty before the first connection. */
    String epoch() {
        return epochs == null ? "" : id(highest()).epoch();
    }

    /** A connection begins. */
    synchronized void begin(Epochs now, long newest) {
        if (epochs != null) {
            update(now);
            return;
        }
        epochs = now;
        now.epochs().stream()
                .filter(Epochs.Epoch::lossy)
                .map(Epochs.Epoch::name)
                .forEach(toldOfLoss::add);
        receiver().epochs(now);
        reached(newest);
    }

    /** The epochs are these; nothing before the first connection. */
    synchronized void update(Epochs now) {
        Epochs before = epochs;
        if (before == null || before.equals(now)) {
            return;
        }
        epochs = now;
        receiver().epochs(now);
        Optional<MessageId> lost = Optional.empty();
        String last = before.current().name();
        if (now.epochs().stream().noneMatch(epoch -> epoch.name().equals(last))) {
            lost = Optional.of(new MessageId(last, position));
        }
        for (Epochs.Epoch epoch : now.epochs()) {
            if (epoch.lossy() && toldOfLoss.add(epoch.name())) {
                lost = lost.filter(id -> id.sequence() <= epoch.last())
                        .or(() -> Optional.of(new MessageId(epoch.name(), epoch.last())));
            }
        }
        // Once, whatever the number of causes: after the last message that is sure not to be lost.
        lost.ifPresent(receiver()::lost);
        toldOfLoss.retainAll(now.epochs().stream().map(Epochs.Epoch::name).toList());
    }
}
