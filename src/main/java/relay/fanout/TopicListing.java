package relay.fanout;

import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import relay.message.Topic;
import relay.schedule.Ticker;

/**
 * The topics that have subscribers, in the order of their names, for admins that list them page by page. It exists while somebody
 * lists: the first request sorts all topics, which takes a second for a million of them, and requests within a minute find them
 * sorted. It takes 4 bytes of the heap for each topic, and keeps a topic for up to a minute after its last subscriber has left.
 *
 * <p>For any thread. Requests wait for each other while one sorts. Clients that subscribe never wait: {@link #announce} reads one
 * field while nobody lists, and otherwise adds to a queue.
 */
final class TopicListing {
    /** A listing that was not used for so long is dropped. */
    static final long UNUSED_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** A listing that is so old is sorted again: many of its topics may have no subscribers any more. */
    static final long AGED_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** So many new topics may wait until somebody lists: with one more of them the listing is dropped. */
    static final int MOST_WAITING = 10_000;

    /** With so many new topics, or an eighth of all, the listing is sorted again. */
    private static final int MANY = 10_000;

    private final Predicate<Topic> isKnown;
    private final Supplier<Stream<Topic>> everything;
    private final Ticker ticker;
    private final AtomicReference<@Nullable Open> current = new AtomicReference<>();

    /** What there is to list. Immutable, but for new topics. */
    record View(List<Topic> sorted, NavigableSet<Topic> since) {
        /**
         * Goes through the topics after one, or all, in the order of their names; each comes once. Some may have no subscribers any
         * more.
         */
        void forEachAfter(Optional<Topic> topic, Predicate<Topic> goesOn) {
            int place = topic.map(this::behind).orElse(0);
            Iterator<Topic> others = topic.map(after -> since.tailSet(after, false))
                    .orElse(since)
                    .iterator();
            Topic other = next(others);
            while (place < sorted.size() || other != null) {
                int order = order(place, other);
                Topic next = order <= 0 ? sorted.get(place) : other;
                place += order <= 0 ? 1 : 0;
                other = order >= 0 ? next(others) : other;
                if (next == null || !goesOn.test(next)) {
                    return;
                }
            }
        }

        private int order(int place, @Nullable Topic other) {
            if (other == null) {
                return -1;
            }
            return place == sorted.size() ? 1 : sorted.get(place).compareTo(other);
        }

        private int behind(Topic topic) {
            int found = Collections.binarySearch(sorted, topic);
            return found < 0 ? -found - 1 : found + 1;
        }

        private static @Nullable Topic next(Iterator<Topic> topics) {
            return topics.hasNext() ? topics.next() : null;
        }
    }

    /** A listing, from the first request until it is dropped. Its queue is for any thread, all else needs the lock. */
    private static final class Open {
        private final ConcurrentLinkedQueue<Topic> waiting = new ConcurrentLinkedQueue<>();

        /** At least the length of the queue, which would have to be counted. */
        private final AtomicInteger numberWaiting = new AtomicInteger();

        private View view = new View(List.of(), new ConcurrentSkipListSet<>());
        private int since;
        private long orderedNanos;

        /** Written with the lock held, read by those that check whether it is used. */
        private volatile long usedNanos;

        boolean add(Topic topic) {
            if (numberWaiting.incrementAndGet() > MOST_WAITING) {
                return false;
            }
            waiting.add(topic);
            return true;
        }

        void order(Stream<Topic> topics, long now) {
            view = new View(topics.toList(), new ConcurrentSkipListSet<>());
            since = 0;
            orderedNanos = now;
        }

        void takeIn() {
            // Not until it is empty: other threads go on adding.
            for (int left = numberWaiting.get(); left > 0; left--) {
                Topic topic = waiting.poll();
                if (topic == null) {
                    return;
                }
                view.since().add(topic);
                since++;
                numberWaiting.decrementAndGet();
            }
        }

        boolean isOutOfOrder(long now) {
            return now - orderedNanos > AGED_NANOS
                    || since > Math.max(MANY, view.sorted().size() / 8);
        }
    }

    /**
     * Nobody lists yet.
     *
     * @param isKnown false only if a topic has no subscribers, or {@link #announce} is still to be called for it
     * @param everything all known topics, in any order
     */
    TopicListing(Predicate<Topic> isKnown, Supplier<Stream<Topic>> everything, Ticker ticker) {
        this.isKnown = isKnown;
        this.everything = everything;
        this.ticker = ticker;
    }

    /** To be called for each new topic, after it is known and before any client counts as its subscriber. */
    void announce(Topic topic) {
        Open open = current.get();
        if (open != null && !open.add(topic)) {
            current.compareAndSet(open, null);
        }
    }

    /** Drops a listing that is not used. To be called now and then. */
    void rest() {
        Open open = current.get();
        if (open != null && ticker.nanos() - open.usedNanos > UNUSED_NANOS) {
            current.compareAndSet(open, null);
        }
    }

    boolean isOpen() {
        return current.get() != null;
    }

    /** All topics that have subscribers at this moment, and maybe others. Waits while another thread sorts. */
    synchronized View view() {
        long now = ticker.nanos();
        Open open = current.get();
        if (open == null) {
            open = new Open();
            open.usedNanos = now;
            // Before it looks which topics there are: those that become known from now on are announced to it.
            current.set(open);
            open.order(everything.get().sorted().distinct(), now);
        }
        open.usedNanos = ticker.nanos();
        open.takeIn();
        if (open.isOutOfOrder(now)) {
            Stream.Builder<Topic> known = Stream.builder();
            open.view.forEachAfter(Optional.empty(), topic -> {
                if (isKnown.test(topic)) {
                    known.add(topic);
                }
                return true;
            });
            open.order(known.build(), now);
        }
        return open.view;
    }
}
