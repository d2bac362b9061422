package relay.engine.redis;

/** What is to be written of a registration that this relay serves. For any thread. */
final class Claimed {
    /**
     * What has changed.
     *
     * @param topics the lines of {@link RegistrationFields#topics} after an equals sign; empty: no change
     * @param cursor -1: no change
     */
    record Change(String topics, long cursor) {}

    private static final Change NONE = new Change("", -1);

    final long claim;
    private Change change = NONE;

    Claimed(long claim) {
        this.claim = claim;
    }

    synchronized void topics(String lines) {
        change = new Change("=" + lines, change.cursor());
    }

    /** Whether it says more than before. */
    synchronized boolean acknowledge(long sequence) {
        if (sequence <= change.cursor()) {
            return false;
        }
        change = new Change(change.topics(), sequence);
        return true;
    }

    synchronized Change take() {
        Change taken = change;
        change = NONE;
        return taken;
    }

    /** It could not be written; what has changed since goes before it. */
    synchronized void putBack(Change old) {
        change = new Change(
                change.topics().isEmpty() ? old.topics() : change.topics(), Math.max(change.cursor(), old.cursor()));
    }
}
