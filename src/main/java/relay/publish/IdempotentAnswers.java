package relay.publish;

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
 * The answers to requests with an idempotency key, so that a repeated request gets the same answer and is not done again.
 * For any thread; nothing blocks.
 *
 * <p>It holds a bounded number of keys, including those of requests in progress, and each answer for a bounded time. When
 * it is full it forgets the oldest answer, but never a request in progress. Refusals are not kept.
 */
public final class IdempotentAnswers {
    private final int most;
    private final long ttlNanos;
    private final Ticker ticker;

    private final Map<String, Attempt> underWay = new HashMap<>();

    /** Oldest first. */
    private final Map<String, Answered> answered = new LinkedHashMap<>();

    private long replays;

    private record Answered(String fingerprint, String answer, long sinceNanos) {}

    /**
     * A repeated request, which gets the answer of the first. It is told once, by any thread, perhaps at once; it must
     * neither block nor throw.
     */
    public interface Repeat {
        /** The first request got this answer. */
        void answered(String answer);

        /** The first request was refused, and its key is free again. */
        void refused(RuntimeException cause);
    }

    /** The first request with a key, in progress. It ends once; later calls have no effect. */
    public final class Attempt {
        private final IdempotencyKey key;
        private final List<Repeat> repeats = new ArrayList<>(1);

        private Attempt(IdempotencyKey key) {
            this.key = key;
        }

        public IdempotencyKey key() {
            return key;
        }

        /** It was accepted: repeated requests get this answer. */
        public void answered(String answer) {
            end(this, Optional.of(answer), 0).forEach(repeat -> repeat.answered(answer));
        }

        /** It was itself a repeat of a request that another relay has answered: its own repeats get that answer too. */
        public void repeated(String answer) {
            end(this, Optional.of(answer), 1).forEach(repeat -> repeat.answered(answer));
        }

        /**
         * It was itself a repeat of a request whose answer is not known. Those that wait get this answer, but it is not
         * kept: the real one may be known later.
         */
        public void repeatedUnknown(String answer) {
            end(this, Optional.empty(), 1).forEach(repeat -> repeat.answered(answer));
        }

        /** It was refused: the key is free again. */
        public void refused(RuntimeException cause) {
            end(this, Optional.empty(), 0).forEach(repeat -> repeat.refused(cause));
        }
    }

    /**
     * @param most how many keys it holds
     * @param ttl how long it keeps an answer
     */
    public IdempotentAnswers(int most, Duration ttl, Ticker ticker) {
        this.most = most;
        this.ttlNanos = ttl.toNanos();
        this.ticker = ticker;
    }

    /**
     * Starts a request with a key.
     *
     * @param repeat gets the answer if this is not the first request with the key
     * @return the first request, which the caller must end; empty for a repeated one
     * @throws IdempotencyConflictException if the key belongs to a different request
     * @throws UnavailableException if all keys that it may hold are in progress
     */
    public Optional<Attempt> begin(IdempotencyKey key, Repeat repeat) {
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

    /** How many requests were repeated ones. */
    public synchronized long replays() {
        return replays;
    }

    /** How many keys it holds now. */
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
