package relay.fanout;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.message.Gap;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Topic;
import relay.outbound.CloseReason;
import relay.outbound.Encoding;
import relay.outbound.SendQueue;
import relay.outbound.SubscribeAnswer;
import relay.outbound.WriteListener;

/**
 * What happens to the clients of one worker, from registration to removal, as {@code Subscriber} draws it. That worker only.
 */
final class Sessions {
    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

    private final FanOutOptions options;
    private final ClientRegistry registry;
    private final Function<Encoding, FrameBuffer> frames;
    private final Consumer<Subscriber> writeFirst;
    private final Timers timers;
    private final Liveness liveness;
    private final Subscriptions subscriptions;
    private final AckPings ackPings;
    private final GapNotices notices;
    private final ClientTable clients;
    private final TopicTable topics;
    private final RegistrationStore store;
    private final FlappingDetector flapping = new FlappingDetector();
    private boolean goingAway;

    /**
     * Owns nobody yet.
     *
     * @param frames where messages are encoded for a format
     * @param writeFirst writes to a subscriber what the batch has for it; it may be gone then, if it is too slow
     */
    Sessions(
            FanOutOptions options,
            ClientRegistry registry,
            Timers timers,
            Liveness liveness,
            Subscriptions subscriptions,
            AckPings ackPings,
            GapNotices notices,
            ClientTable clients,
            TopicTable topics,
            Function<Encoding, FrameBuffer> frames,
            Consumer<Subscriber> writeFirst,
            RegistrationStore store) {
        this.options = options;
        this.registry = registry;
        this.timers = timers;
        this.liveness = liveness;
        this.subscriptions = subscriptions;
        this.ackPings = ackPings;
        this.notices = notices;
        this.clients = clients;
        this.topics = topics;
        this.frames = frames;
        this.writeFirst = writeFirst;
        this.store = store;
    }

    void register(Client client, SubscribedTopics subscribed, long after, long tickerNanos) {
        Subscriber subscriber = new Subscriber(client, subscribed, after);
        subscriber.subscribedAt(subscriptions.present());
        clients.add(subscriber);
        timers.lookAt(subscriber, deadline(tickerNanos, options.registerTtl()));
    }

    /** A moment that comes so long after one of the relay's ticker, as timers count it. For any thread. */
    long deadline(long tickerNanos, Duration later) {
        return timers.since(tickerNanos) + later.toNanos();
    }

    /** Adds clients from before a restart, none of which has a connection; the timer of each is its deadline. */
    void restore(List<Subscriber> subscribers) {
        for (Subscriber subscriber : subscribers) {
            // What was trimmed since their cursors may have been trimmed before this start, of any topic.
            subscriber.subscribedAt(subscriptions.present());
            clients.add(subscriber);
            timers.lookAt(subscriber, subscriber.deadline);
        }
    }

    /** Removes a client; its connection is closed with {@link CloseReason#DELETED}. */
    void unregister(Client client) {
        remove(client, CloseReason.DELETED);
    }

    /** Another relay serves the client from now on. */
    void replaced(Client client) {
        warnIfFlapping(client);
        remove(client, CloseReason.REPLACED);
    }

    /** Its registration was changed elsewhere: whoever comes back has that. */
    void sendAway(Client client) {
        remove(client, CloseReason.GOING_AWAY);
    }

    void connect(Client client, SendQueue queue, StartPosition start) {
        writeFirst(client);
        Subscriber subscriber = clients.find(client);
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
            warnIfFlapping(client);
            subscriptions.end(subscriber);
        });
        subscriber.connected(queue, frames.apply(queue.connection().encoding()));
        timers.lookAt(subscriber, liveness.nextLook(subscriber, queue.connection()));
        boolean fastEnough = subscriptions.begin(subscriber, queue, start);
        store.connected(client, cursor(subscriber), () -> subscriptions.starts(subscriber));
        dropIfTooSlow(subscriber, fastEnough);
    }

    void disconnect(Client client, SendQueue queue) {
        writeFirst(client);
        current(client, queue).ifPresent(this::connectionLost);
    }

    /** Nothing more comes from a connection that was closed. */
    void gone(Client client, SendQueue queue) {
        closing(client, queue).ifPresent(this::connectionLost);
    }

    /** Waits no more for what clients whose connections were closed may acknowledge. */
    void goneAll() {
        clients.all().stream().filter(Subscriber::isClosing).forEach(this::connectionLost);
    }

    /**
     * A client subscribes to other topics.
     *
     * @param answer goes out behind what the client gets by its subscriptions so far
     * @return whether there was an answer
     */
    boolean subscribe(Client client, SendQueue queue, Subscription wanted, SubscribeAnswer answer) {
        writeFirst(client);
        current(client, queue).ifPresent(notices::tellNow);
        boolean told = current(client, queue)
                .map(subscriber -> subscribe(subscriber, queue, wanted, answer))
                .orElse(false);
        settle(client);
        return told;
    }

    private boolean subscribe(Subscriber subscriber, SendQueue queue, Subscription wanted, SubscribeAnswer answer) {
        Set<Topic> after = wanted.appliedTo(subscriber.topics());
        Optional<ByteBuffer> refused = answer.refused(after);
        Optional<ByteBuffer> told = refused.or(() -> answer.inForce(after));
        told.ifPresent(frame -> queue.control(frame, WriteListener.NONE));
        if (refused.isEmpty()) {
            SubscribedTopics replaced = topics.replace(subscriber.topics(), after);
            boolean fastEnough = wanted.change() == Subscription.Change.ADD
                    ? subscriptions.add(subscriber, queue, replaced, wanted)
                    : subscriptions.subscribe(subscriber, queue, replaced, wanted.start());
            storeTopics(subscriber);
            dropIfTooSlow(subscriber, fastEnough);
        }
        return told.isPresent();
    }

    /** A connected client is subscribed to other topics now. */
    void storeTopics(Subscriber subscriber) {
        store.asks(subscriber.client, cursor(subscriber), () -> subscriptions.starts(subscriber));
    }

    /** A client does not get what room was reserved for: it takes as much again as its subscriptions do. */
    void settle(Client client) {
        Subscriber subscriber = clients.find(client);
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

    /** A client has acknowledged a message; the subscriber is to be asked about what it was sent since. */
    Optional<Subscriber> acknowledge(Client client, SendQueue queue, long sequence, long heardNanos) {
        Optional<Subscriber> subscriber = current(client, queue).or(() -> closing(client, queue));
        subscriber.ifPresent(answering -> {
            ackPings.acknowledged(answering, sequence, heardNanos);
            AckTracker acks = answering.acks();
            if (!client.keep().isZero() && acks != null) {
                store.acknowledged(client, acks.acknowledged());
            }
            if (answering.hasAnsweredLast()) {
                connectionLost(answering);
            }
        });
        return subscriber;
    }

    /**
     * The cursor of a kept client that has acknowledged everything moves on, though its topics are quiet: it is not to be behind what
     * is trimmed only because others were sent something. To be called now and then.
     */
    void moveOn(Subscriber subscriber) {
        AckTracker acks = subscriber.acks();
        if (acks != null && !subscriber.client.keep().isZero() && subscriptions.moveOn(subscriber)) {
            store.acknowledged(subscriber.client, acks.acknowledged());
        }
    }

    /** A client's send queue had no room for messages: it is disconnected, or goes on from the history. */
    void queueFull(Subscriber subscriber) {
        Optional<SendQueue> queue = subscriber.client.queue();
        if (queue.isPresent() && subscriber.fallsBehind()) {
            subscriptions.fallBehind(subscriber, queue.get());
        } else {
            LOG.info("client {} is too slow: closed with {}", subscriber.client.id(), CloseReason.TOO_SLOW.code());
            drop(subscriber, CloseReason.TOO_SLOW);
        }
    }

    /** Closes a connection for a reason, with all that follows for its client. */
    void drop(Subscriber subscriber, CloseReason reason) {
        subscriber.client.queue().ifPresent(queue -> {
            queue.connection().close(reason);
            connectionLost(subscriber);
        });
    }

    /** A client has no connection any more: it is kept, or forgotten. */
    void connectionLost(Subscriber subscriber) {
        Client client = subscriber.client;
        subscriber.disconnected();
        subscriptions.end(subscriber);
        if (store.released(client, cursor(subscriber)) || client.keep().isZero()) {
            forget(subscriber);
        } else {
            timers.lookAt(subscriber, timers.now() + client.keep().toNanos());
        }
    }

    /** A registration has come to its end without a connection. */
    void registrationExpired(Subscriber subscriber) {
        store.expired(subscriber.client, cursor(subscriber));
        forget(subscriber);
    }

    /** A credential has expired, and the registration ends with it. */
    void credentialExpired(Subscriber subscriber) {
        subscriber.client.queue().ifPresent(queue -> queue.connection().close(CloseReason.CREDENTIAL_EXPIRED));
        store.ended(subscriber.client);
        forget(subscriber);
    }

    /** No client may connect any more. */
    void refuseConnections() {
        goingAway = true;
    }

    /** A client is about to change: what the batch has for it is for what it is now. */
    private void writeFirst(Client client) {
        Subscriber subscriber = clients.find(client);
        if (subscriber != null) {
            writeFirst.accept(subscriber);
        }
    }

    private void warnIfFlapping(Client client) {
        if (flapping.isNewsThatItIsReplaced(client.id(), timers.now())) {
            LOG.warn(
                    "client {} is replaced again and again: several programs have its URL, and one comes back after {}",
                    client.id(),
                    CloseReason.REPLACED.code());
        }
    }

    private void dropIfTooSlow(Subscriber subscriber, boolean fastEnough) {
        if (!fastEnough) {
            LOG.info("client {} is too slow to catch up", subscriber.client.id());
            drop(subscriber, CloseReason.TOO_SLOW);
        }
    }

    private Optional<Subscriber> current(Client client, SendQueue queue) {
        return client.queue().equals(Optional.of(queue)) ? Optional.ofNullable(clients.find(client)) : Optional.empty();
    }

    private Optional<Subscriber> closing(Client client, SendQueue queue) {
        return Optional.ofNullable(clients.find(client)).filter(subscriber -> subscriber.isClosing(queue));
    }

    /** The sequence of the last message that a client is known to have received. */
    static long cursor(Subscriber subscriber) {
        AckTracker acks = subscriber.acks();
        return acks == null ? RegistrationStore.NO_CURSOR : acks.acknowledged();
    }

    private void remove(Client client, CloseReason reason) {
        writeFirst(client);
        Subscriber subscriber = clients.find(client);
        if (subscriber != null) {
            client.queue().ifPresent(queue -> queue.connection().close(reason));
            client.end(reason);
            store.ended(client);
            forget(subscriber);
        }
    }

    private void forget(Subscriber subscriber) {
        subscriber.disconnected();
        subscriptions.end(subscriber);
        topics.leave(subscriber.topics());
        timers.clear(subscriber);
        clients.remove(subscriber);
        registry.remove(subscriber.client);
    }
}
