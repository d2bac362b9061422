package relay.bench;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What the threads of a run tell while it goes on. For any thread. */
final class LiveCounts {
    /** Sockets whose handshake is through. */
    final LongAdder opened = new LongAdder();

    /** Sockets that could not be opened. */
    final LongAdder refused = new LongAdder();

    /** Sockets that were open and ended before the run did. */
    final LongAdder closed = new LongAdder();

    /** Messages that the relay took. */
    final LongAdder published = new LongAdder();

    /** Messages that came at a subscriber, without those that came again. */
    final LongAdder delivered = new LongAdder();

    /** Messages that came again. */
    final LongAdder repeated = new LongAdder();

    private final AtomicReference<@Nullable String> firstTrouble = new AtomicReference<>();

    /** Keeps the first thing that went wrong. */
    void trouble(String what) {
        firstTrouble.compareAndSet(null, what);
    }

    Optional<String> firstTrouble() {
        return Optional.ofNullable(firstTrouble.get());
    }
}
