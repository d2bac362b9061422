package relay.hub;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.client.Client;
import relay.client.ClientRegistry;
import relay.client.CloseReason;
import relay.client.SendQueue;
import relay.client.Ticker;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/**
 * A fan-out worker: one thread that owns a share of the clients.
 *
 * <p>The package-private methods that post a command are for any thread. Every private method runs in the worker's thread
 * alone, one command after the other in the order of the queue, so what a command does to a client is atomic towards
 * every message. The queue needs no bound of its own: the hub bounds the bytes of the messages on it, a connection has at
 * most one command under way, and a client is registered and unregistered once.
 */
final class FanOut implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(FanOut.class);
    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LinkedBlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
    private final ClientRegistry registry;
    private final HubOptions options;
    private final Deadlines deadlines;
    private final IdentityHashMap<Client, Subscriber> subscribers = new IdentityHashMap<>();
    private final Index<Topic> byTopic = new Index<>();
    private final Index<UserId> byUser = new Index<>();
    private final Batch batch = new Batch();
    private final List<Subscriber> tooSlow = new ArrayList<>();
    private boolean goingAway;
    private boolean stopped;

    FanOut(HubOptions options, ClientRegistry registry, Ticker ticker) {
        this.options = options;
        this.registry = registry;
        this.deadlines = new Deadlines(ticker);
    }

    void deliver(MessageId id, Message message, Receipt receipt) {
        commands.add(new Delivery(id, message, receipt));
    }

    void register(Client client) {
        commands.add(() -> registerNow(client));
    }

    void unregister(Client client) {
        commands.add(() -> unregisterNow(client));
    }

    void connect(Client client, SendQueue queue) {
        commands.add(() -> connectNow(client, queue));
    }

    void disconnect(Client client, SendQueue queue) {
        commands.add(() -> disconnectNow(client, queue));
    }

    void subscribe(Client client, SendQueue queue, Set<Topic> topics, Runnable applied) {
        commands.add(() -> subscribeNow(client, queue, topics, applied));
    }

    void goAway(long spreadNanos) {
        commands.add(() -> goAwayNow(spreadNanos));
    }

    void stop() {
        commands.add(() -> stopped = true);
    }

    @Override
    public void run() {
        List<Runnable> taken = new ArrayList<>(Batch.MAX_MESSAGES);
        while (!stopped) {
            try {
                take(taken);
                taken.forEach(this::execute);
                flush();
                attendToDeadlines();
            } catch (InterruptedException e) {
                LOG.warn("fan-out worker interrupted: it goes on");
            } catch (RuntimeException e) {
                LOG.error("a fan-out command failed: the worker goes on", e);
            }
            taken.clear();
        }
    }

    private void take(List<Runnable> taken) throws InterruptedException {
        Runnable first = commands.poll();
        if (first == null) {
            first = commands.poll(deadlines.untilNext(LONGEST_WAIT_NANOS), TimeUnit.NANOSECONDS);
        }
        if (first != null) {
            taken.add(first);
            commands.drainTo(taken, Batch.MAX_MESSAGES - 1);
        }
    }

    /** A command other than a delivery finds every message that was accepted before it written. */
    private void execute(Runnable command) {
        try {
            if (!(command instanceof Delivery)) {
                flush();
            }
            command.run();
        } catch (RuntimeException e) {
            LOG.error("a fan-out command failed: the worker goes on with the next", e);
        }
    }

    private void flush() {
        batch.flush(tooSlow::add);
        for (Subscriber subscriber : tooSlow) {
            LOG.info("client {} is too slow: closed with {}", subscriber.client.id(), CloseReason.TOO_SLOW.code());
            dropConnection(subscriber, CloseReason.TOO_SLOW);
        }
        tooSlow.clear();
    }

    private void registerNow(Client client) {
        Subscriber subscriber = new Subscriber(client);
        subscribers.put(client, subscriber);
        deadlines.set(subscriber, deadlines.now() + options.registerTtl().toNanos());
    }

    private void unregisterNow(Client client) {
        Subscriber subscriber = subscribers.get(client);
        if (subscriber != null) {
            client.queue().ifPresent(queue -> queue.connection().close(CloseReason.DELETED));
            client.detach();
            forget(subscriber);
        }
    }

    private void connectNow(Client client, SendQueue queue) {
        Subscriber subscriber = subscribers.get(client);
        if (subscriber == null) {
            queue.connection().close(CloseReason.DELETED);
            return;
        }
        client.queue().ifPresent(old -> old.connection().close(CloseReason.REPLACED));
        if (goingAway) {
            queue.connection().close(CloseReason.GOING_AWAY);
            return;
        }
        client.attach(queue);
        subscriber.frames = batch.frames(queue.connection().encoding());
        subscriber.closing = null;
        subscriber.join(byTopic, byUser);
        deadlines.set(subscriber, deadlines.now() + options.pingInterval().toNanos());
    }

    private void disconnectNow(Client client, SendQueue queue) {
        Subscriber subscriber = subscribers.get(client);
        if (subscriber != null && client.queue().equals(Optional.of(queue))) {
            connectionLost(subscriber);
        }
    }

    private void subscribeNow(Client client, SendQueue queue, Set<Topic> topics, Runnable applied) {
        Subscriber subscriber = subscribers.get(client);
        if (subscriber != null && client.queue().equals(Optional.of(queue))) {
            subscriber.replaceTopics(topics, byTopic);
        }
        applied.run();
    }

    private void goAwayNow(long spreadNanos) {
        goingAway = true;
        List<Subscriber> connected = subscribers.values().stream()
                .filter(subscriber -> subscriber.client.queue().isPresent())
                .toList();
        long now = deadlines.now();
        for (int i = 0; i < connected.size(); i++) {
            connected.get(i).closing = CloseReason.GOING_AWAY;
            deadlines.set(connected.get(i), now + spreadNanos * i / connected.size());
        }
    }

    private void deliverNow(MessageId id, Message message, Receipt receipt) {
        if (!batch.hasRoomFor(message)) {
            flush();
        }
        batch.begin(id, message, receipt);
        if (message.recipient().isPresent()) {
            Index.Members<UserId> members = byUser.members(message.recipient().get());
            for (int i = 0; i < members.size(); i++) {
                if (members.get(i).receives(message.topic())) {
                    addToBatch(members.get(i), id, message);
                }
            }
        } else {
            Index.Members<Topic> members = byTopic.members(message.topic());
            for (int i = 0; i < members.size(); i++) {
                addToBatch(members.get(i), id, message);
            }
        }
    }

    private void addToBatch(Subscriber subscriber, MessageId id, Message message) {
        FrameBuffer frames = subscriber.frames;
        if (frames != null) {
            batch.add(subscriber, frames, id, message);
        }
    }

    private void attendToDeadlines() {
        for (Optional<Subscriber> due = deadlines.pollDue(); due.isPresent(); due = deadlines.pollDue()) {
            Subscriber subscriber = due.get();
            Optional<SendQueue> queue = subscriber.client.queue();
            if (queue.isEmpty()) {
                LOG.debug("client {} was not connected in time: dropped", subscriber.client.id());
                forget(subscriber);
            } else if (subscriber.closing != null) {
                dropConnection(subscriber, subscriber.closing);
            } else {
                checkLiveness(subscriber, queue.get());
            }
        }
    }

    private void checkLiveness(Subscriber subscriber, SendQueue queue) {
        long interval = options.pingInterval().toNanos();
        long heard = deadlines.since(queue.connection().lastHeardNanos());
        long silent = deadlines.now() - heard;
        if (silent >= 3 * interval) {
            LOG.info("client {} has not answered for two ping intervals: dropped", subscriber.client.id());
            queue.connection().abort(new TimeoutException("no answer to a ping"));
            connectionLost(subscriber);
        } else if (silent >= interval) {
            queue.connection().ping();
            deadlines.set(subscriber, deadlines.now() + interval);
        } else {
            deadlines.set(subscriber, heard + interval);
        }
    }

    private void dropConnection(Subscriber subscriber, CloseReason reason) {
        subscriber.client.queue().ifPresent(queue -> {
            queue.connection().close(reason);
            connectionLost(subscriber);
        });
    }

    private void connectionLost(Subscriber subscriber) {
        Client client = subscriber.client;
        client.detach();
        if (client.keep().isZero()) {
            forget(subscriber);
        } else {
            subscriber.leave(byTopic, byUser);
            subscriber.frames = null;
            deadlines.set(subscriber, deadlines.now() + client.keep().toNanos());
        }
    }

    private void forget(Subscriber subscriber) {
        subscriber.leave(byTopic, byUser);
        subscriber.frames = null;
        deadlines.clear(subscriber);
        subscribers.remove(subscriber.client);
        registry.remove(subscriber.client);
    }

    private final class Delivery implements Runnable {
        private final MessageId id;
        private final Message message;
        private final Receipt receipt;

        Delivery(MessageId id, Message message, Receipt receipt) {
            this.id = id;
            this.message = message;
            this.receipt = receipt;
        }

        @Override
        public void run() {
            deliverNow(id, message, receipt);
        }
    }
}
