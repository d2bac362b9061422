package relay.testing;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import relay.schedule.Ticker;

/**
 * Time that passes when the test says so. It begins a minute before its number of nanoseconds overflows, as it may anywhere. For
 * any thread.
 */
public final class ManualClock implements Ticker {
    private final AtomicLong nanos;

    public ManualClock() {
        this(Long.MAX_VALUE - Duration.ofMinutes(1).toNanos());
    }

    public ManualClock(long nanos) {
        this.nanos = new AtomicLong(nanos);
    }

    @Override
    public long nanos() {
        return nanos.get();
    }

    public void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
    }
}
