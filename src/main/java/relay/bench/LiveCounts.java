package relay.bench;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What the threads of a run count and report while it goes on. For any thread. */
final class LiveCounts {
    /** Sockets whose handshake has succeeded. */
    final LongAdder opened = new LongAdder();

    /** Sockets that could not be opened. */
    final LongAdder refused = new LongAdder();

    /** Sockets that were open and ended before the run did. */
    final LongAdder closed = new LongAdder();

    /** Messages that the relay took. */
    final LongAdder published = new LongAdder();

    /** Messages that arrived at a subscriber, repeats not included. */
    final LongAdder delivered = new LongAdder();

    /** Messages that arrived again. */
    final LongAdder repeated = new LongAdder();

    private final AtomicReference<@Nullable String> firstError = new AtomicReference<>();

    /** Reports an error; the first one is kept. */
    void error(String what) {
        firstError.compareAndSet(null, what);
    }

    Optional<String> firstError() {
        return Optional.ofNullable(firstError.get());
    }
}
