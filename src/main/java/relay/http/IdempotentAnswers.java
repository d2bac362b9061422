package relay.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import relay.engine.IdempotencyConflictException;
import relay.engine.IdempotencyKey;
import relay.message.UnavailableException;
import relay.schedule.Ticker;

/**
 * What requests with a key were answered, so that one that is sent again is not done again. For any thread; nothing
 * blocks.
 *
 * <p>It holds a bounded number of keys, those under way included, and each for a bounded time after its answer. Where there
 * is no room the oldest answer is forgotten; a request that is under way never is. What was refused is not held.
 */
public final class IdempotentAnswers {
    private final int most;
    private final long ttlNanos;
    private final Ticker ticker;

    private final Map<String, Attempt> underWay = new HashMap<>();

    /** The oldest first. */
    private final Map<String, Answered> answered = new LinkedHashMap<>();

    private long replays;

    private record Answered(String fingerprint, String answer, long sinceNanos) {}

    /** A request whose answer is another's. Is told once, by any thread, perhaps at once; it neither blocks nor throws. */
    interface Repeat {
        /** The answer that the first request got. */
        void answered(String answer);

        /** The first request was refused, and nothing is remembered of it. */
        void refused(RuntimeException cause);
    }

    /** The one request with a key that is under way. It ends once: what is said to it afterwards counts for nothing. */
    final class Attempt {
        private final IdempotencyKey key;
        private final List<Repeat> repeats = new ArrayList<>(1);

        private Attempt(IdempotencyKey key) {
            this.key = key;
        }

        IdempotencyKey key() {
            return key;
        }

        /** It was accepted: whoever sends it again gets this answer. */
        void answered(String answer) {
            end(this, Optional.of(answer), 0).forEach(repeat -> repeat.answered(answer));
        }

        /** It was itself a repeat, of one that another relay has answered: whoever sends it again gets that answer too. */
        void repeated(String answer) {
            end(this, Optional.of(answer), 1).forEach(repeat -> repeat.answered(answer));
        }

        /**
         * It was itself a repeat, of one whose answer is not known: whoever waits gets this one, and nothing is remembered, so
         * that the answer itself is given as soon as it is known.
         */
        void repeatedUnknown(String answer) {
            end(this, Optional.empty(), 1).forEach(repeat -> repeat.answered(answer));
        }

        /** It was not accepted: the key is free again. */
        void refused(RuntimeException cause) {
            end(this, Optional.empty(), 0).forEach(repeat -> repeat.refused(cause));
        }
    }

    /**
     * Holds nothing yet.
     *
     * @param most how many keys at a time
     * @param ttl for how long an answer is held
     */
    public IdempotentAnswers(int most, Duration ttl, Ticker ticker) {
        this.most = most;
        this.ttlNanos = ttl.toNanos();
        this.ticker = ticker;
    }

    /**
     * A request with a key has come.
     *
     * @param repeat is told the answer if this is not the first such request
     * @return what the first request, and no other, has to end
     * @throws IdempotencyConflictException if the key stands for another request
     * @throws UnavailableException if as many requests with keys are under way as may be held
     */
    Optional<Attempt> begin(IdempotencyKey key, Repeat repeat) {
        String answer;
        synchronized (this) {
            forgetExpired();
            Answered before = answered.get(key.key());
            if (before == null) {
                return beginOrAwait(key, repeat);
            }
            requireSame(before.fingerprint(), key);
            replays++;
            answer = before.answer();
        }
        repeat.answered(answer);
        return Optional.empty();
    }

    /** How many requests got the answer of an earlier one. */
    public synchronized long replays() {
        return replays;
    }

    /** How many keys are held now. */
    public synchronized int size() {
        forgetExpired();
        return underWay.size() + answered.size();
    }

    private Optional<Attempt> beginOrAwait(IdempotencyKey key, Repeat repeat) {
        Attempt first = underWay.get(key.key());
        if (first != null) {
            requireSame(first.key.fingerprint(), key);
            first.repeats.add(repeat);
            return Optional.empty();
        }
        makeRoom();
        Attempt attempt = new Attempt(key);
        underWay.put(key.key(), attempt);
        return Optional.of(attempt);
    }

    private synchronized List<Repeat> end(Attempt attempt, Optional<String> answer, int replayed) {
        if (!underWay.remove(attempt.key.key(), attempt)) {
            return List.of();
        }
        answer.ifPresent(known ->
                answered.put(attempt.key.key(), new Answered(attempt.key.fingerprint(), known, ticker.nanos())));
        if (answer.isPresent() || replayed > 0) {
            replays += replayed + attempt.repeats.size();
        }
        return attempt.repeats;
    }

    private void makeRoom() {
        if (underWay.size() + answered.size() < most) {
            return;
        }
        Iterator<Answered> oldest = answered.values().iterator();
        if (!oldest.hasNext()) {
            throw UnavailableException.noRoomFor("requests with an Idempotency-Key under way");
        }
        oldest.next();
        oldest.remove();
    }

    private void forgetExpired() {
        long now = ticker.nanos();
        Iterator<Answered> oldest = answered.values().iterator();
        while (oldest.hasNext() && now - oldest.next().sinceNanos() >= ttlNanos) {
            oldest.remove();
        }
    }

    private static void requireSame(String fingerprint, IdempotencyKey key) {
        if (!fingerprint.equals(key.fingerprint())) {
            throw new IdempotencyConflictException();
        }
    }
}
