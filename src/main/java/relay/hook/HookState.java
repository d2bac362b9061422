package relay.hook;

import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * How far the posting of events has come. Immutable, for any thread.
 *
 * @param url where they are posted, without what may be secret in it
 * @param waiting how many events wait
 * @param full how many were dropped because too many waited, since the start
 * @param progress what this relay has done about it
 */
public record HookState(String url, long waiting, long full, Progress progress) {
    /** How many events were dropped since the start, for whatever reason. */
    public long dropped() {
        return full + progress.expired();
    }

    /**
     * What a sender has done since its start.
     *
     * @param sent how many events the endpoint has taken
     * @param expired how many were dropped because it had not taken them for a day
     * @param attempts how many requests it was sent, by how they went
     * @param last how the last of these went
     * @param lastTaken when the endpoint has taken some last
     * @param next when the next attempt is due; empty if none is
     */
    public record Progress(
            long sent,
            long expired,
            Map<Attempt.Outcome, Long> attempts,
            Optional<Attempt> last,
            Optional<Instant> lastTaken,
            Optional<Instant> next) {
        /** Nothing yet; every outcome is there from the start, so that the first one is a rise and not a new series. */
        static final Progress NONE =
                new Progress(0, 0, counts(Map.of()), Optional.empty(), Optional.empty(), Optional.empty());

        public Progress {
            attempts = Map.copyOf(attempts);
        }

        /** After another attempt. */
        Progress after(Attempt attempt) {
            Map<Attempt.Outcome, Long> counts = counts(attempts);
            counts.merge(attempt.outcome(), 1L, Long::sum);
            return new Progress(
                    sent,
                    expired,
                    counts,
                    Optional.of(attempt),
                    attempt.isTaken() ? Optional.of(attempt.at()) : lastTaken,
                    Optional.empty());
        }

        /** After so many more events were taken. */
        Progress withSent(int events) {
            return new Progress(sent + events, expired, attempts, last, lastTaken, Optional.empty());
        }

        /** After so many more events were given up. */
        Progress withExpired(int events) {
            return new Progress(sent, expired + events, attempts, last, lastTaken, Optional.empty());
        }

        /** With the time of the next attempt. */
        Progress withNext(Instant time) {
            return new Progress(sent, expired, attempts, last, lastTaken, Optional.of(time));
        }

        /** With no attempt to come. */
        Progress withoutNext() {
            return next.isEmpty() ? this : withSent(0);
        }

        private static Map<Attempt.Outcome, Long> counts(Map<Attempt.Outcome, Long> before) {
            Map<Attempt.Outcome, Long> counts = new EnumMap<>(Attempt.Outcome.class);
            for (Attempt.Outcome outcome : Attempt.Outcome.values()) {
                counts.put(outcome, before.getOrDefault(outcome, 0L));
            }
            return counts;
        }
    }
}
