package relay.engine.redis;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import relay.engine.Publication;
import relay.message.UnavailableException;

/** What was published here and is on its way, and what other relays are to report about. For any thread. */
final class Publications {
    private static final int MOST_CONFIRMED = 100_000;
    private static final Duration LATE = Duration.ofSeconds(5);

    private final AtomicLong numbers = new AtomicLong();
    /** Bounded by the calls that may be under way, and by what the subscriptions bring later than those. */
    private final Map<Long, Sent> sent = new ConcurrentHashMap<>();

    private final Map<Long, Publication> confirmed = new ConcurrentHashMap<>();
    private final ScheduledExecutorService engine;

    Publications(ScheduledExecutorService engine) {
        this.engine = engine;
    }

    /** Where there are as many as may be, reports are not waited for. */
    Sent begin(Publication publication, @Nullable Followed before) {
        long number = numbers.incrementAndGet();
        Sent entry = new Sent(number, publication, before);
        sent.put(number, entry);
        publication.confirm().filter(time -> confirmed.size() < MOST_CONFIRMED).ifPresent(time -> {
            confirmed.put(number, publication);
            long millis = time.plus(LATE).toMillis();
            var unused = engine.schedule(() -> confirmed.remove(number), millis, TimeUnit.MILLISECONDS);
        });
        return entry;
    }

    /** How many there are on their way. */
    int size() {
        return sent.size();
    }

    /** The message itself has come; empty if nothing is known of it any more. */
    Optional<Publication> arrived(long number) {
        Sent entry = sent.get(number);
        if (entry == null || !entry.arrive()) {
            return Optional.empty();
        }
        forget(entry);
        return Optional.of(entry.publication);
    }

    /** The message itself has come, and is not handed on. */
    void dropped(long number) {
        Sent entry = sent.get(number);
        if (entry != null) {
            entry.drop();
        }
    }

    /** Nothing if it is not over yet. */
    void forget(Sent entry) {
        if (entry.isOver()) {
            sent.remove(entry.number);
        }
    }

    void refuse(Sent entry, RuntimeException cause) {
        entry.end(() -> entry.publication.refused(cause));
        forget(entry);
    }

    /** The session has ended: what is on its way then may come by the past, and is nobody's any more. */
    void refuseAll() {
        UnavailableException cause = CallFailedException.unknown("the session with the engine has ended");
        sent.values().forEach(entry -> refuse(entry, cause));
    }

    /** Another relay's report. */
    void elsewhere(long number, String relay, int queued, int acknowledged) {
        Publication publication = confirmed.get(number);
        if (publication != null) {
            publication.elsewhere(relay, queued, acknowledged);
        }
    }
}
