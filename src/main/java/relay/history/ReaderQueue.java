package relay.history;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Logs in the order of their next messages. Of more than {@value #MOST} those are left out whose next messages are last, and all ends
 * before these: so it takes some hundred bytes for each of so many, however many logs there are. One thread at a time.
 */
final class ReaderQueue {
    /** More than one client has topics; and of half of them, some come before a message that is in as many logs as it has topics. */
    static final int MOST = 1 << 13;

    private static final Comparator<TopicLogReader> ORDER =
            Comparator.comparingLong(TopicLogReader::sequence).thenComparingInt(TopicLogReader::rank);

    private final int most;
    private final PriorityQueue<TopicLogReader> queue = new PriorityQueue<>(ORDER);
    private long limit;

    /**
     * An empty one.
     *
     * @param limit the last sequence that is wanted
     * @param most how many logs at most; more than twice as many as one message is in
     */
    ReaderQueue(long limit, int most) {
        this.limit = limit;
        this.most = most;
    }

    /** The last sequence that can be read with all logs that are here. */
    long limit() {
        return limit;
    }

    void add(TopicLogReader reader) {
        if (reader.sequence() <= limit) {
            queue.add(reader);
            if (queue.size() > most) {
                leaveOutHalf();
            }
        }
    }

    /** Those that are left out are half of them: it takes a while until it is done again. */
    private void leaveOutHalf() {
        List<TopicLogReader> all = new ArrayList<>(queue);
        all.sort(ORDER);
        // A log is here twice where several patterns match it: the reader that begins first reads all of it.
        Set<TopicLog> logs = Collections.newSetFromMap(new IdentityHashMap<>());
        all.removeIf(reader -> !logs.add(reader.log()));
        if (all.size() > most / 2) {
            limit = all.get(most / 2).sequence() - 1;
        }
        queue.clear();
        all.stream().limit(most / 2).forEach(queue::add);
    }

    /** Takes the log whose message is next; absent if there is none up to the limit. */
    @Nullable
    TopicLogReader poll() {
        TopicLogReader next = queue.peek();
        return next == null || next.sequence() > limit ? null : queue.poll();
    }

    /** The sequence of the next message of all logs, or one after the limit. */
    long nextSequence() {
        TopicLogReader next = queue.peek();
        return next == null ? limit + 1 : Math.min(next.sequence(), limit + 1);
    }
}
