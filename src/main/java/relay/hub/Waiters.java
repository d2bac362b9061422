package relay.hub;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.history.TopicLogKey;
import relay.message.Message;
import relay.message.Topic;

/**
 * Whoever waits for the next message of a topic or pattern without a connection or a thread. For any thread; nothing blocks. Their number is
 * bounded by what lets them wait ({@link Admission}).
 *
 * <p>No message is missed: a waiter begins to wait first, and then looks whether there is a message; and a message is first in the
 * history, and then {@link #appended} looks whether somebody waits.
 */
final class Waiters {
    private static final Logger LOG = LoggerFactory.getLogger(Waiters.class);

    /** So many are woken by one task, so that several threads share the work when many wait for one message. */
    private static final int WOKEN_AT_A_TIME = 128;

    private final Map<TopicLogKey, Set<Waiter>> byLog = new ConcurrentHashMap<>();

    private final PatternWaiters<Waiter> byPattern = new PatternWaiters<>();

    /** How many wait. Whoever publishes looks at nothing else while nobody does. */
    private final AtomicInteger count = new AtomicInteger();

    private final Executor executor;

    /** Set once by the thread that stops the relay, read by all. */
    private volatile boolean ended;

    /** @param executor runs what the woken ones do */
    Waiters(Executor executor) {
        this.executor = executor;
    }

    /** One that waits, again and again. */
    final class Waiter {
        private final List<TopicLogKey> logs;
        private final Runnable wake;
        private final AtomicBoolean waits = new AtomicBoolean();

        private Waiter(List<TopicLogKey> logs, Runnable wake) {
            this.logs = logs;
            this.wake = wake;
        }

        /** From now on the next message wakes it, once. If the relay leaves, it is woken at once. By one thread at a time. */
        void begin() {
            if (waits.compareAndSet(false, true)) {
                count.incrementAndGet();
                logs.forEach(this::beginFor);
                if (ended) {
                    wake(List.of(this));
                }
            }
        }

        /** Nothing wakes it any more, unless that has begun already. */
        void end() {
            if (waits.compareAndSet(true, false)) {
                count.decrementAndGet();
                logs.forEach(this::endFor);
            }
        }

        private void beginFor(TopicLogKey log) {
            if (log.topic().isPattern()) {
                byPattern.add(log, this);
                return;
            }
            byLog.compute(log, (key, before) -> {
                Set<Waiter> all = before == null ? new HashSet<>() : before;
                all.add(this);
                return all;
            });
        }

        private void endFor(TopicLogKey log) {
            if (log.topic().isPattern()) {
                byPattern.remove(log, this);
                return;
            }
            byLog.computeIfPresent(log, (key, all) -> {
                all.remove(this);
                return all.isEmpty() ? null : all;
            });
        }
    }

    /**
     * One that does not wait yet.
     *
     * @param logs whose messages it waits for; a pattern stands for the logs of all its topics
     * @param wake run by a thread of the pool; it must not block
     */
    Waiter waiter(List<TopicLogKey> logs, Runnable wake) {
        return new Waiter(logs, wake);
    }

    /** How many wait. */
    int count() {
        return count.get();
    }

    /** Whether nobody waits any more. */
    boolean isEnded() {
        return ended;
    }

    /** A message is in the history. By the engine's threads: what is woken runs in others. */
    void appended(Message message) {
        if (count.get() == 0) {
            return;
        }
        for (Topic topic : message.topics()) {
            Set<Waiter> woken = byLog.remove(new TopicLogKey(topic, message.recipient()));
            if (woken != null) {
                wakeApart(() -> wake(woken));
            }
            List<Waiter> byTheirPatterns = byPattern.waitingFor(topic, message.recipient());
            if (!byTheirPatterns.isEmpty()) {
                wakeApart(() -> wake(byTheirPatterns));
            }
        }
    }

    /** Wakes all, and from now on everyone that begins to wait. */
    void endAll() {
        ended = true;
        wakeApart(() -> wake(byPattern.all()));
        wakeApart(() -> byLog.keySet().forEach(log -> {
            Set<Waiter> woken = byLog.remove(log);
            if (woken != null) {
                wake(woken);
            }
        }));
    }

    private void wake(Iterable<Waiter> woken) {
        List<Waiter> some = new ArrayList<>();
        for (Waiter waiter : woken) {
            some.add(waiter);
            if (some.size() == WOKEN_AT_A_TIME) {
                wakeSome(some);
                some = new ArrayList<>();
            }
        }
        wakeSome(some);
    }

    private void wakeSome(List<Waiter> some) {
        wakeApart(() -> some.forEach(waiter -> {
            waiter.end();
            waiter.wake.run();
        }));
    }

    private void wakeApart(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            // The pool has stopped, and with it all requests.
            LOG.debug("nobody is woken any more: {}", e.toString());
        }
    }
}
