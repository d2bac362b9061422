package relay.websocket;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import relay.schedule.Ticker;

/** Time that passes when the test says so. For any thread. */
public final class ManualClock implements Ticker {
    private final AtomicLong nanos =
            new AtomicLong(Long.MAX_VALUE - Duration.ofMinutes(1).toNanos());

    @Override
    public long nanos() {
        return nanos.get();
    }

    public void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
    }
}
