package relay.hook;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * What is answered once the file has what is said in the answer, or has not taken it for too long. There is one answer to {@code next} and
 * one to {@code taken} at a time. Guarded by the lock of the {@link OutboxState}.
 */
final class HeldAnswers {
    /** How long an answer is held back by a file that does not answer itself. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Deque<Held> held = new ArrayDeque<>();

    private record Held(long position, long deadlineNanos, Runnable answer) {}

    /** @param position how many changes are to be in the file before that */
    void add(long position, long now, Runnable answer) {
        held.add(new Held(position, now + PATIENCE.toNanos(), answer));
    }

    /** Those that are to be given now. */
    List<Runnable> due(long now, LongPredicate isStored) {
        List<Runnable> due = new ArrayList<>();
        Held first = held.peek();
        while (first != null && (isStored.test(first.position()) || now - first.deadlineNanos() >= 0)) {
            due.add(held.remove().answer());
            first = held.peek();
        }
        return due;
    }

    /** All of them. */
    List<Runnable> all() {
        List<Runnable> all = held.stream().map(Held::answer).toList();
        held.clear();
        return all;
    }

    /** How long none will be due, if the file does not answer. */
    long restNanos(long now, long longest) {
        Held first = held.peek();
        return first == null ? longest : first.deadlineNanos() - now;
    }
}
