package relay.bench;

/** A clock that a test moves, and that moves by itself when somebody waits. For one thread. */
final class ManualClock implements Clock {
    private long now;

    ManualClock(long now) {
        this.now = now;
    }

    void advance(long nanos) {
        now += nanos;
    }

    @Override
    public long nanos() {
        return now;
    }

    @Override
    public void waitUntil(long moment) {
        now = Math.max(now, moment);
    }
}
