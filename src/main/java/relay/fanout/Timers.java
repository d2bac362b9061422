package relay.fanout;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import relay.client.Permissions;
import relay.schedule.Ticker;

/**
 * When to look at each subscriber again: at most one timer for each. The owning worker only.
 *
 * <p>A binary heap whose elements know their places, so that moving one needs no search, and an idle client takes no more than a
 * reference; at most four of them for each client, but for the first few.
 */
final class Timers {
    /** The {@link Subscriber#place} of one without a timer. */
    static final int NO_PLACE = -1;

    private static final int LEAST_ROOM = 64;

    /** With so many times the room that is needed, it is halved. */
    private static final int MUCH_ROOM = 4;

    private final Ticker ticker;
    private final long origin;
    private @Nullable Subscriber[] heap = new Subscriber[LEAST_ROOM];
    private int size;

    Timers(Ticker ticker) {
        this.ticker = ticker;
        this.origin = ticker.nanos();
    }

    /** Nanoseconds since the worker began. */
    long now() {
        return ticker.nanos() - origin;
    }

    /** A moment of the relay's ticker, as {@link #now} counts it. */
    long since(long tickerNanos) {
        return tickerNanos - origin;
    }

    void set(Subscriber subscriber, long deadline) {
        subscriber.deadline = deadline;
        if (subscriber.place == NO_PLACE) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, size + (size >> 1));
            }
            put(subscriber, size++);
        }
        settle(subscriber);
    }

    /** The same, but not later than its credential expires. */
    void lookAt(Subscriber subscriber, long deadline) {
        set(subscriber, Math.min(deadline, credentialEnd(subscriber)));
    }

    /** When a client's credential expires; {@link Long#MAX_VALUE}: never. */
    long credentialEnd(Subscriber subscriber) {
        long end = subscriber.client.permissions().endsAtNanos();
        return end == Permissions.NEVER ? Long.MAX_VALUE : since(end);
    }

    void clear(Subscriber subscriber) {
        int hole = subscriber.place;
        if (hole != NO_PLACE) {
            subscriber.place = NO_PLACE;
            Subscriber last = at(--size);
            heap[size] = null;
            if (last != subscriber) {
                put(last, hole);
                settle(last);
            }
            if (heap.length > LEAST_ROOM && size < heap.length / MUCH_ROOM) {
                heap = Arrays.copyOf(heap, heap.length / 2);
            }
        }
    }

    /** How many there is room for, until it grows. */
    int room() {
        return heap.length;
    }

    /** Nanoseconds until the next timer goes off, not above the bound. */
    long untilNext(long bound) {
        return size == 0 ? bound : Math.min(bound, at(0).deadline - now());
    }

    /** Takes out a subscriber whose timer has gone off. */
    Optional<Subscriber> pollDue() {
        if (size == 0 || at(0).deadline > now()) {
            return Optional.empty();
        }
        Subscriber due = at(0);
        clear(due);
        return Optional.of(due);
    }

    /** Moves a subscriber up or down until none above it is later and none below it earlier. */
    private void settle(Subscriber subscriber) {
        int place = subscriber.place;
        while (place > 0 && subscriber.deadline < at(parent(place)).deadline) {
            put(at(parent(place)), place);
            place = parent(place);
        }
        for (int child = earlierChild(place);
                child < size && at(child).deadline < subscriber.deadline;
                child = earlierChild(place)) {
            put(at(child), place);
            place = child;
        }
        put(subscriber, place);
    }

    private static int parent(int place) {
        return (place - 1) / 2;
    }

    private int earlierChild(int place) {
        int left = 2 * place + 1;
        int right = left + 1;
        return right < size && at(right).deadline < at(left).deadline ? right : left;
    }

    private void put(Subscriber subscriber, int place) {
        heap[place] = subscriber;
        subscriber.place = place;
    }

    private Subscriber at(int place) {
        return Objects.requireNonNull(heap[place]);
    }
}
