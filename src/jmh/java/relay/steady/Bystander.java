package relay.steady;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import relay.client.Client;
import relay.client.Permissions;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.StartPosition;
import relay.message.Topic;
import relay.message.UserId;

/**
 * A client to which nothing happens, and a thread that publishes a message to it every two milliseconds. A message waits until
 * it is written, also while the relay has not yet taken in the one before it.
 */
final class Bystander implements AutoCloseable {
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final Topic TOPIC = new Topic("the bystander's");
    private static final Message MESSAGE = RelayInProcess.message(TOPIC, 100);

    private final RelayInProcess relay;
    private final Client client;
    private final int frameBytes;
    private final Thread thread = new Thread(this::publish, "bystander");
    private final ArrayDeque<Long> due = new ArrayDeque<>();
    private final List<long[]> written = new ArrayList<>();
    private volatile boolean stopped;

    /** Something to be done. */
    @FunctionalInterface
    interface Step {
        void run() throws InterruptedException;
    }

    Bystander(RelayInProcess relay) {
        this.relay = relay;
        this.client = new Client(
                ClientId.random(), Optional.of(new UserId("bystander")), Duration.ZERO, Permissions.EVERYTHING);
        this.frameBytes = 2 + MESSAGE.text().size();
        Wire.Peer peer = new Wire.Peer() {
            @Override
            public void received(int bytes) {
                wrote(bytes / frameBytes);
            }

            @Override
            public void asked(long sequence) {}
        };
        relay.hub().register(client, Set.of(TOPIC));
        relay.hub().connect(client, Wire.queue(relay.texts(), Wire.SYSTEM_CALL_NANOS, peer), StartPosition.NOW);
        relay.settle();
        thread.start();
    }

    /** Does something, and says how long the messages waited that were due meanwhile. */
    Waits during(Step step) throws InterruptedException {
        long from = System.nanoTime();
        step.run();
        // One message at least is published even while the shortest step is taken.
        Thread.sleep(2 * TimeUnit.NANOSECONDS.toMillis(INTERVAL_NANOS));
        long to = System.nanoTime();
        while (!hasWritten(to)) {
            Thread.sleep(1);
        }
        synchronized (this) {
            Waits waits = new Waits(written.stream()
                    .filter(one -> one[0] >= from && one[0] <= to)
                    .mapToLong(one -> one[1]));
            written.clear();
            return waits;
        }
    }

    private synchronized boolean hasWritten(long nanos) {
        return !written.isEmpty() && written.get(written.size() - 1)[0] > nanos;
    }

    private synchronized void wrote(int messages) {
        long now = System.nanoTime();
        for (int i = 0; i < messages; i++) {
            long dueNanos = due.remove();
            written.add(new long[] {dueNanos, now - dueNanos});
        }
    }

    private void publish() {
        long free = 0;
        for (long next = System.nanoTime(); !stopped; next += INTERVAL_NANOS) {
            for (long left = next - System.nanoTime(); left > 0; left = next - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            synchronized (this) {
                due.add(free > next ? next : System.nanoTime());
            }
            relay.hub().publish(MESSAGE, Optional.empty(), new Published());
            free = System.nanoTime();
        }
    }

    @Override
    public void close() throws InterruptedException {
        stopped = true;
        thread.join();
        relay.unregister(List.of(client));
    }
}
