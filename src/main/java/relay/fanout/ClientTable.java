package relay.fanout;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.Client;
import relay.client.ClientId;
import relay.client.ClientRegistry;
import relay.client.Permissions;
import relay.client.Room;
import relay.history.TopicLogKey;
import relay.message.Gap;
import relay.message.UserId;
import relay.outbound.CloseReason;
import relay.outbound.Encoding;
import relay.outbound.SendQueue;
import relay.outbound.WriteListener;

/** The clients that one worker owns: who is connected, who has to be looked at when. That worker only. */
public final class ClientTable {
    private static final Logger LOG = LoggerFactory.getLogger(ClientTable.class);

    /** What is due at the same moment is done side by side with everything else: 50,000 pings take half a second. */
    private static final int LOOKED_AT_AT_ONCE = 64;

    private static final long LONGEST_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final FanOutOptions options;
    private final ClientRegistry registry;
    private final Function<Encoding, FrameBuffer> frames;
    private final Consumer<Subscriber> writeFirst;
    private final Timers timers;
    private final Liveness liveness;
    private final Subscriptions subscriptions;
    private final GapNotices notices;
    private final UserIndex users;
    private final TopicTable counts;
    private final RegistrationStore store;
    private final IdentityHashMap<Client, Subscriber> subscribers = new IdentityHashMap<>();
    private final Everybody everybody = new Everybody();
    private final FlappingDetector flapping = new FlappingDetector();
    private boolean goingAway;

    /**
     * Owns nobody yet.
     *
     * @param frames where messages are encoded for a format
     * @param writeFirst writes to a subscriber what has been gathered for it; it may be gone then, if it is too slow
     */
    ClientTable(
            FanOutOptions options,
            ClientRegistry registry,
            Timers timers,
            Subscriptions subscriptions,
            GapNotices notices,
            UserIndex users,
            TopicTable counts,
            Function<Encoding, FrameBuffer> frames,
            Consumer<Subscriber> writeFirst,
            RegistrationStore store) {
        this.options = options;
        this.registry = registry;
        this.timers = timers;
        this.subscriptions = subscriptions;
        this.notices = notices;
        this.users = users;
        this.counts = counts;
        this.frames = frames;
        this.writeFirst = writeFirst;
        this.store = store;
        this.liveness = new Liveness(timers, options.pingInterval());
    }

    void register(Client client, SubscribedTopics topics, long after, long tickerNanos) {
        Subscriber subscriber = new Subscriber(client, topics, after);
        subscriptions.asked(subscriber);
        subscribers.put(client, subscriber);
        everybody.add(subscriber);
        users.add(subscriber);
        lookAgain(subscriber, timers.since(tickerNanos) + options.registerTtl().toNanos());
    }

    public void unregister(Client client) {
        remove(client, CloseReason.DELETED);
    }

    /** Another relay serves the client from now on. */
    void replaced(Client client) {
        sayIfItFlaps(client);
        remove(client, CloseReason.REPLACED);
    }

    private void sayIfItFlaps(Client client) {
        if (flapping.isNewsThatItIsReplaced(client.id(), timers.now())) {
            LOG.warn(
                    "client {} is replaced again and again: several programs have its URL, and one comes back after {}",
                    client.id(),
                    CloseReason.REPLACED.code());
        }
    }

    void connect(Client client, SendQueue queue, StartPosition start) {
        writeFirst(client);
        Subscriber subscriber = subscribers.get(client);
        if (subscriber == null) {
            queue.connection().close(client.ended().orElse(CloseReason.DELETED));
            return;
        }
        if (goingAway) {
            queue.connection().close(CloseReason.GOING_AWAY);
            return;
        }
        client.queue().ifPresent(old -> {
            old.connection().close(CloseReason.REPLACED);
            sayIfItFlaps(client);
            subscriptions.end(subscriber);
        });
        client.attach(queue);
        if (subscriber.frames == null) {
            subscriber.topics().forEachEntry(entry -> entry.shared().connected());
        }
        subscriber.frames = frames.apply(queue.connection().encoding());
        liveness.begin(subscriber);
        lookAgain(subscriber, liveness.nextLook(subscriber, queue.connection()));
        boolean fastEnough = subscriptions.begin(subscriber, queue, start);
        store.asks(client, () -> subscriptions.starts(subscriber));
        dropIfTooSlow(subscriber, fastEnough);
    }

    void disconnect(Client client, SendQueue queue) {
        writeFirst(client);
        current(client, queue).ifPresent(this::connectionLost);
    }

    /** A connection can say nothing more. */
    void gone(Client client, SendQueue queue) {
        leaving(client, queue).ifPresent(this::connectionLost);
    }

    /** Waits for nobody any more who may yet say what it has received. */
    void goneAll() {
        List<Subscriber> waitedFor = subscribers.values().stream()
                .filter(subscriber -> subscriber.leaving != null)
                .toList();
        waitedFor.forEach(this::connectionLost);
    }

    /**
     * A client asks for something else.
     *
     * @param share what was reserved for that
     * @param answer goes out behind what the client gets by what it asked for before
     */
    void subscribe(Client client, SendQueue queue, Subscription wanted, Room.Share share, Optional<ByteBuffer> answer) {
        writeFirst(client);
        current(client, queue).ifPresent(notices::tellNow);
        answer.ifPresent(frame -> queue.control(frame, WriteListener.NONE));
        Optional<Subscriber> asking = current(client, queue);
        if (asking.isEmpty()) {
            settle(client);
        }
        asking.ifPresent(subscriber -> {
            SubscribedTopics topics = counts.replace(subscriber.topics(), wanted.topics());
            registry.settle(client, share);
            boolean fastEnough = subscriptions.subscribe(subscriber, queue, topics, wanted.start());
            store.asks(client, () -> subscriptions.starts(subscriber));
            dropIfTooSlow(subscriber, fastEnough);
        });
    }

    /** A client does not get what room was made for: it takes as much again as what it asks for. */
    public void settle(Client client) {
        Subscriber subscriber = subscribers.get(client);
        if (subscriber != null) {
            registry.settle(client, subscriber.topics());
        }
    }

    /** Tells a subscriber what it may have missed, behind all that it was sent. */
    void tell(Subscriber subscriber, List<Gap> gaps) {
        writeFirst.accept(subscriber);
        subscriber
                .client
                .queue()
                .ifPresent(queue -> dropIfTooSlow(subscriber, subscriptions.announce(subscriber, queue, gaps)));
    }

    /** Takes a client that catches up a step further. */
    void advance(Client client, SendQueue queue) {
        current(client, queue).ifPresent(notices::tellNow);
        current(client, queue)
                .ifPresent(subscriber -> dropIfTooSlow(subscriber, subscriptions.advance(subscriber, queue)));
    }

    /** The client said then what it has received; the subscriber is to be asked about what it was sent since. */
    Optional<Subscriber> acknowledge(Client client, SendQueue queue, long sequence, long heardNanos) {
        Optional<Subscriber> subscriber = current(client, queue).or(() -> leaving(client, queue));
        subscriber.ifPresent(answering -> {
            subscriptions.acknowledged(answering, sequence, heardNanos);
            if (!client.keep().isZero() && answering.acks != null) {
                store.acknowledged(client, answering.acks.acknowledged());
            }
            if (answering.hasSaidLast()) {
                connectionLost(answering);
            }
        });
        return subscriber;
    }

    /** A client is about to be changed: what has been gathered for it was for what it is now. */
    private void writeFirst(Client client) {
        Subscriber subscriber = subscribers.get(client);
        if (subscriber != null) {
            writeFirst.accept(subscriber);
        }
    }

    /** Closes a connection for a reason, with all that follows for its client. */
    void drop(Subscriber subscriber, CloseReason reason) {
        subscriber.client.queue().ifPresent(queue -> {
            queue.connection().close(reason);
            connectionLost(subscriber);
        });
    }

    /** The clients of a user that come next after an id, or first of all, in the order of their ids: so many at most. */
    public List<Client> clientsOf(UserId user, Optional<ClientId> after, int most) {
        return users.after(user, after, most).stream()
                .map(subscriber -> subscriber.client)
                .toList();
    }

    /** What is known of a client; empty if it is gone. */
    public Optional<ClientInfo> describe(Client client) {
        return Optional.ofNullable(subscribers.get(client))
                .map(subscriber ->
                        new ClientInfo(client, subscriber.topics(), client.queue(), timeWithoutConnection(subscriber)));
    }

    /** How many topics a client asks for. */
    public int topicsOf(Client client) {
        Subscriber subscriber = subscribers.get(client);
        return subscriber == null ? 0 : subscriber.topics().size();
    }

    /** Nobody may connect any more. */
    void refuseConnections() {
        goingAway = true;
    }

    /** A connected subscriber is to be closed at a moment, because the relay goes away. */
    void leaveAt(Subscriber subscriber, long deadline) {
        if (subscriber.client.queue().isPresent()) {
            subscriber.leavesAtDeadline = true;
            timers.set(subscriber, deadline);
        }
    }

    long now() {
        return timers.now();
    }

    /** Whether any of them asks for a log, connected or not; one for everybody may be asked for elsewhere. */
    boolean askFor(TopicLogKey log) {
        return log.recipient()
                .map(user -> users.of(user).stream().anyMatch(subscriber -> subscriber.asksFor(log.topic())))
                .orElseGet(() -> counts.get(log.topic()).subscribers() > 0);
    }

    /** How many places {@link #askFor} looks at. */
    int placesOf(TopicLogKey log) {
        return 1 + log.recipient().map(user -> users.of(user).size()).orElse(0);
    }

    /** How many topics anybody asks for. */
    int topics() {
        return counts.size();
    }

    /** Everybody, connected or not, to be gone through in steps. */
    Iterator<Subscriber> everybody() {
        return everybody.iterator();
    }

    /** Nanoseconds until somebody has to be looked at, not above the bound. */
    long untilNextDeadline(long bound) {
        return timers.untilNext(bound);
    }

    /** Looks at those whose time has come, as far as there is time for that: the others are still due then. */
    void attendToDeadlines() {
        liveness.attend();
        Optional<Subscriber> due = timers.pollDue();
        if (due.isEmpty()) {
            return;
        }
        long began = System.nanoTime();
        for (int seen = 1; due.isPresent(); seen++) {
            attendTo(due.get());
            boolean goesOn = seen < LOOKED_AT_AT_ONCE && System.nanoTime() - began < LONGEST_LOOK_NANOS;
            due = goesOn ? timers.pollDue() : Optional.empty();
        }
    }

    /** Gives back what nobody uses. To be called now and then. */
    void rest() {
        counts.rest();
    }

    private void attendTo(Subscriber subscriber) {
        Optional<SendQueue> queue = subscriber.client.queue();
        if (timers.now() >= credentialEnd(subscriber)) {
            expire(subscriber, queue);
        } else if (queue.isEmpty()) {
            LOG.debug("client {} was not connected in time: dropped", subscriber.client.id());
            store.released(subscriber.client, cursor(subscriber));
            forget(subscriber);
        } else if (subscriber.leavesAtDeadline) {
            leaveInOrder(subscriber, queue.get());
        } else {
            checkLiveness(subscriber, queue.get());
            subscriptions.askWhenDue(subscriber);
        }
    }

    /**
     * Closes a connection whose client will come back, most likely to another relay: what it has received is known there as
     * soon as its answer comes, or the connection has ended.
     */
    private void leaveInOrder(Subscriber subscriber, SendQueue queue) {
        notices.tellNow(subscriber);
        boolean willSay = subscriptions.askLast(subscriber, queue);
        queue.connection().close(CloseReason.GOING_AWAY);
        if (willSay) {
            subscriber.leaving = queue;
            subscriber.client.detach();
            subscriptions.pause(subscriber);
            countOut(subscriber);
            lookAgain(subscriber, timers.now() + subscriber.client.keep().toNanos());
        } else {
            connectionLost(subscriber);
        }
    }

    private void checkLiveness(Subscriber subscriber, SendQueue queue) {
        Liveness.Verdict verdict = liveness.check(subscriber, queue.connection());
        if (verdict == Liveness.Verdict.GONE) {
            LOG.info("client {} has not answered two pings: dropped", subscriber.client.id());
            queue.connection().abort(new TimeoutException("no answer to a ping"));
            connectionLost(subscriber);
            return;
        }
        lookAgain(subscriber, liveness.nextLook(subscriber, queue.connection()));
        if (verdict == Liveness.Verdict.TO_BE_ASKED) {
            queue.connection().ping(subscriptions.pingPayload(subscriber));
        }
    }

    /** Its credential has ended, and its registration with it. */
    private void expire(Subscriber subscriber, Optional<SendQueue> queue) {
        LOG.debug("client {}: its credential has expired", subscriber.client.id());
        queue.ifPresent(open -> open.connection().close(CloseReason.CREDENTIAL_EXPIRED));
        subscriber.client.detach();
        store.ended(subscriber.client);
        forget(subscriber);
    }

    /** Its deadline tells, unless that is the end of its credential. */
    private Optional<Duration> timeWithoutConnection(Subscriber subscriber) {
        Client client = subscriber.client;
        if (client.queue().isPresent() || subscriber.deadline == credentialEnd(subscriber)) {
            return Optional.empty();
        }
        boolean neverConnected = subscriber.acks == null;
        Duration whole = neverConnected ? options.registerTtl() : client.keep();
        return Optional.of(whole.minusNanos(subscriber.deadline - timers.now()));
    }

    private void lookAgain(Subscriber subscriber, long deadline) {
        timers.set(subscriber, Math.min(deadline, credentialEnd(subscriber)));
    }

    private long credentialEnd(Subscriber subscriber) {
        long end = subscriber.client.permissions().endsAtNanos();
        return end == Permissions.NEVER ? Long.MAX_VALUE : timers.since(end);
    }

    private void dropIfTooSlow(Subscriber subscriber, boolean fastEnough) {
        if (!fastEnough) {
            LOG.info("client {} is too slow to catch up", subscriber.client.id());
            drop(subscriber, CloseReason.TOO_SLOW);
        }
    }

    private Optional<Subscriber> current(Client client, SendQueue queue) {
        return client.queue().equals(Optional.of(queue))
                ? Optional.ofNullable(subscribers.get(client))
                : Optional.empty();
    }

    private Optional<Subscriber> leaving(Client client, SendQueue queue) {
        return Optional.ofNullable(subscribers.get(client)).filter(subscriber -> subscriber.leaving == queue);
    }

    private static long cursor(Subscriber subscriber) {
        return subscriber.acks == null ? RegistrationStore.NO_CURSOR : subscriber.acks.acknowledged();
    }

    private void connectionLost(Subscriber subscriber) {
        Client client = subscriber.client;
        client.detach();
        leave(subscriber);
        if (store.released(client, cursor(subscriber)) || client.keep().isZero()) {
            forget(subscriber);
        } else {
            lookAgain(subscriber, timers.now() + client.keep().toNanos());
        }
    }

    private void remove(Client client, CloseReason reason) {
        writeFirst(client);
        Subscriber subscriber = subscribers.get(client);
        if (subscriber != null) {
            client.queue().ifPresent(queue -> queue.connection().close(reason));
            client.detach();
            client.end(reason);
            forget(subscriber);
        }
    }

    private void forget(Subscriber subscriber) {
        leave(subscriber);
        counts.leave(subscriber.topics());
        users.remove(subscriber);
        timers.clear(subscriber);
        everybody.remove(subscriber);
        subscribers.remove(subscriber.client);
        registry.remove(subscriber.client);
    }

    private void leave(Subscriber subscriber) {
        subscriber.leaving = null;
        subscriptions.end(subscriber);
        countOut(subscriber);
    }

    private void countOut(Subscriber subscriber) {
        if (subscriber.frames != null) {
            subscriber.topics().forEachEntry(entry -> entry.shared().disconnected());
            subscriber.frames = null;
        }
    }
}
