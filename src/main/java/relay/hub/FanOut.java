package relay.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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
    private static final long GATHERING_STEP_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

    private final LinkedBlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
    private final Ticker ticker;
    private final Batch batch = new Batch();
    private final Pacer pacer = new Pacer();
    private final Roster roster;
    private final List<Subscriber> tooSlow = new ArrayList<>();
    private boolean stopped;

    FanOut(HubOptions options, ClientRegistry registry, Ticker ticker) {
        this.ticker = ticker;
        this.roster = new Roster(options, registry, ticker, batch::frames);
    }

    void deliver(MessageId id, Message message, Receipt receipt) {
        commands.add(new Delivery(id, message, receipt));
    }

    void register(Client client, Set<Topic> topics) {
        long now = ticker.nanos();
        commands.add(() -> roster.register(client, topics, now));
    }

    void unregister(Client client) {
        commands.add(() -> roster.unregister(client));
    }

    void connect(Client client, SendQueue queue) {
        commands.add(() -> roster.connect(client, queue));
    }

    void disconnect(Client client, SendQueue queue) {
        commands.add(() -> roster.disconnect(client, queue));
    }

    void subscribe(Client client, SendQueue queue, Set<Topic> topics, Runnable applied) {
        commands.add(() -> {
            roster.subscribe(client, queue, topics);
            applied.run();
        });
    }

    void goAway(long spreadNanos) {
        commands.add(() -> roster.goAway(spreadNanos));
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
                roster.attendToDeadlines();
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
            first = commands.poll(roster.untilNextDeadline(LONGEST_WAIT_NANOS), TimeUnit.NANOSECONDS);
        }
        if (first != null) {
            while (pacer.shouldGather(commands.size() + 1, System.nanoTime())) {
                LockSupport.parkNanos(GATHERING_STEP_NANOS);
            }
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
        int messages = batch.messages();
        if (messages > 0) {
            long began = System.nanoTime();
            batch.flush(tooSlow::add);
            pacer.wrote(messages, commands.size(), began, System.nanoTime());
        }
        for (Subscriber subscriber : tooSlow) {
            LOG.info("client {} is too slow: closed with {}", subscriber.client.id(), CloseReason.TOO_SLOW.code());
            roster.drop(subscriber, CloseReason.TOO_SLOW);
        }
        tooSlow.clear();
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
            if (!batch.hasRoomFor(message)) {
                flush();
            }
            batch.begin(id, message, receipt);
            roster.forEachRecipient(message, (subscriber, frames) -> batch.add(subscriber, frames, id, message));
        }
    }
}
