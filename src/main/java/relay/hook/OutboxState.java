package relay.hook;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import relay.engine.Event;
import relay.engine.Outbox;
import relay.engine.Outbox.Entry;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.UserId;
import relay.schedule.Ticker;

/**
 * The events that wait, the messages that are watched, and the clients that are there. It changes by {@link Change}s only; each of them
 * may come a second time after a copy in which it was made already.
 *
 * <p>Guarded by its own monitor; {@link #present} and {@link #watched} may also be read without it, and then miss what changes meanwhile.
 */
final class OutboxState {
    /** About what an event takes in memory, without its texts. */
    static final long LEAST_COST = 320;

    /** About what a topic takes, without its name. */
    private static final long TOPIC_COST = 64;

    private final Ticker ticker;
    private final InstantSource clock;
    private final int mostPresent;
    private final Deque<Entry> later = new ArrayDeque<>();
    private final NavigableMap<Long, Watch> watches = new ConcurrentSkipListMap<>();
    private final TreeSet<Watch> byDeadline = new TreeSet<>(Watch::compare);
    private final Map<ClientId, UserId> present = new ConcurrentHashMap<>();
    private List<Entry> batch = List.of();
    private String newest = "";
    private long missed;
    private long bytes;
    private long watchedBytes;
    private boolean forgets;

    /** A message that is to be received before the deadline. */
    record Watch(Event.Undelivered event, long untilMillis, long deadlineNanos) {
        long sequence() {
            return event.message().sequence();
        }

        private static int compare(Watch one, Watch other) {
            long later = one.deadlineNanos - other.deadlineNanos;
            return later == 0 ? Long.compare(one.sequence(), other.sequence()) : Long.signum(later);
        }
    }

    /** @param mostPresent of how many clients it remembers that they are there; 0 where nobody asks */
    OutboxState(int mostPresent, Ticker ticker, InstantSource clock) {
        this.mostPresent = mostPresent;
        this.ticker = ticker;
        this.clock = clock;
    }

    /** About how many bytes of memory an event takes. */
    static long cost(Event event) {
        if (event instanceof Event.Connected connected) {
            return LEAST_COST + cost(connected.user().value());
        }
        if (event instanceof Event.Gone gone) {
            return LEAST_COST + cost(gone.user().value());
        }
        long cost = LEAST_COST;
        if (event instanceof Event.Undelivered undelivered) {
            for (Topic topic : undelivered.topics()) {
                cost += TOPIC_COST + cost(topic.name());
            }
            cost += undelivered.recipient().map(user -> cost(user.value())).orElse(0L);
        }
        return cost;
    }

    private static long cost(String text) {
        return 2L * text.length();
    }

    void add(Entry entry) {
        if (entry.id().compareTo(newest) <= 0) {
            return;
        }
        newest = entry.id();
        missed = 0;
        later.add(entry);
        bytes += cost(entry.event());
        if (entry.event() instanceof Event.Connected connected) {
            present(connected.client(), Optional.of(connected.user()));
        } else if (entry.event() instanceof Event.Gone gone) {
            present(gone.client(), Optional.empty());
        } else if (entry.event() instanceof Event.Undelivered undelivered
                && undelivered.confirm().isEmpty()) {
            received(undelivered.message().sequence());
        }
    }

    /** @param user empty: it is not there any more */
    void present(ClientId client, Optional<UserId> user) {
        if (user.isEmpty()) {
            present.remove(client);
        } else if (present.size() < mostPresent) {
            present.put(client, user.get());
        } else {
            forgets = mostPresent > 0;
        }
    }

    /** What is dropped is counted in the event behind it. */
    void drop(String id) {
        Entry oldest = later.peek();
        if (oldest == null || !oldest.id().equals(id)) {
            return;
        }
        bytes -= cost(later.remove().event());
        long dropped = oldest.dropped() + 1;
        Entry next = later.poll();
        if (next == null) {
            missed += dropped;
        } else {
            later.addFirst(new Entry(next.id(), next.time(), next.event(), next.dropped() + dropped));
        }
    }

    /** If there is a batch before it, that this was taken was in a line that is damaged. */
    void fix(String last) {
        if (!batch.isEmpty() && batch.get(batch.size() - 1).id().compareTo(last) >= 0) {
            return;
        }
        removeBatch();
        List<Entry> fixed = new ArrayList<>();
        while (fixed.size() < Outbox.MOST_IN_BATCH && isOldest(later.peek(), last)) {
            fixed.add(later.remove());
        }
        batch = List.copyOf(fixed);
    }

    void take(String last) {
        removeBatch();
        while (isOldest(later.peek(), last)) {
            bytes -= cost(later.remove().event());
        }
    }

    private static boolean isOldest(@Nullable Entry entry, String last) {
        return entry != null && entry.id().compareTo(last) <= 0;
    }

    private void removeBatch() {
        batch.forEach(entry -> bytes -= cost(entry.event()));
        batch = List.of();
    }

    /** There was an event with this id. */
    void reach(String id) {
        newest = id.compareTo(newest) > 0 ? id : newest;
    }

    void miss(long count) {
        missed += count;
    }

    void watch(Event.Undelivered event, long untilMillis) {
        long left = TimeUnit.MILLISECONDS.toNanos(untilMillis - clock.millis());
        Watch watch = new Watch(event, untilMillis, ticker.nanos() + left);
        received(watch.sequence());
        watches.put(watch.sequence(), watch);
        byDeadline.add(watch);
        watchedBytes += cost(event);
    }

    void received(long sequence) {
        Watch watch = watches.remove(sequence);
        if (watch != null) {
            byDeadline.remove(watch);
            watchedBytes -= cost(watch.event());
        }
    }

    /** The oldest event outside the batch. */
    Optional<Entry> oldest() {
        return Optional.ofNullable(later.peek());
    }

    /** The last of the events that would be the next batch; empty if there are none. */
    Optional<Entry> lastOfNextBatch() {
        return later.stream().limit(Outbox.MOST_IN_BATCH).reduce((earlier, last) -> last);
    }

    /** Those of the batch; none if there is no batch. */
    List<Entry> batch() {
        return batch;
    }

    /** All that wait: the batch, and then the others. */
    List<Entry> entries() {
        List<Entry> all = new ArrayList<>(batch.size() + later.size());
        all.addAll(batch);
        all.addAll(later);
        return all;
    }

    int waiting() {
        return batch.size() + later.size();
    }

    /** The memory of the events that wait. */
    long bytes() {
        return bytes;
    }

    /** The id of the newest event that there was; empty if there was none. */
    String newest() {
        return newest;
    }

    /** How many were dropped since the newest event. */
    long missed() {
        return missed;
    }

    /** Whether the message with this sequence is watched. For any thread, without the lock. */
    boolean watches(long sequence) {
        return watches.containsKey(sequence);
    }

    /** The watch whose deadline is first. */
    Optional<Watch> firstDeadline() {
        return byDeadline.isEmpty() ? Optional.empty() : Optional.of(byDeadline.first());
    }

    /** The watch of the oldest message. */
    Optional<Watch> oldestWatch() {
        return Optional.ofNullable(watches.firstEntry()).map(Map.Entry::getValue);
    }

    int watching() {
        return byDeadline.size();
    }

    /** The memory of the watches. */
    long watchedBytes() {
        return watchedBytes;
    }

    Collection<Watch> watched() {
        return watches.values();
    }

    Map<ClientId, UserId> present() {
        return present;
    }

    /** Whether more clients were there than it remembers. */
    boolean forgets() {
        return forgets;
    }
}
