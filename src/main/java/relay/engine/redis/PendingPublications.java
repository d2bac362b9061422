package relay.engine.redis;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import relay.engine.Publication;
import relay.message.MessageId;
import relay.message.UnavailableException;

/** What was published here and is under way, and what other relays are to report about. For any thread. */
final class PendingPublications {
    private static final int MOST_CONFIRMED = 100_000;
    private static final Duration LATE = Duration.ofSeconds(5);

    private final AtomicLong numbers = new AtomicLong();
    /** Bounded by {@link Publisher}. */
    private final Map<Long, Pending> pending = new ConcurrentHashMap<>();

    private final Map<Long, Publication> confirmed = new ConcurrentHashMap<>();
    private final ScheduledExecutorService engine;

    /**
     * A publication under way: the answer and the message itself come by two sockets, in any order. For any thread; its lock
     * keeps the calls to the publication in their order.
     */
    final class Pending {
        private final long number;
        private final Publication publication;
        private final long claim;
        private boolean answered;
        private boolean arrived;
        /** How many copies have come here, by the channels of its topics; as long as it is not over. */
        private int copiesHere;

        private boolean over;

        private Pending(long number, Publication publication, long claim) {
            this.number = number;
            this.publication = publication;
            this.claim = claim;
        }

        long number() {
            return number;
        }

        Publication publication() {
            return publication;
        }

        /** By which this relay served the client that publishes it; 0 if it did not, or there is none. */
        long claim() {
            return claim;
        }

        /**
         * It has its place, and it is known by how many copies the message comes here, or has.
         *
         * @param copies for each topic to how many subscriptions it went
         * @param here for each topic how many of these are this relay's
         * @param comes whether it is followed here: not all that a glob brings is
         */
        void stored(MessageId id, int[] copies, int[] here, boolean comes) {
            synchronized (this) {
                if (!over && !answered) {
                    answered = true;
                    over = arrived || !comes;
                    boolean confirmed = publication.confirm().isPresent();
                    int relays = 0;
                    for (int topic = 0; topic < copies.length; topic++) {
                        int others = copies[topic] - here[topic];
                        relays = confirmed ? relays + others : Math.max(relays, others);
                    }
                    publication.stored(id, comes ? relays + 1 : relays, comes);
                }
            }
            forgetIfOver();
        }

        /** It has its place; the message comes here only if it has by now. */
        void storedBefore(MessageId id, int[] copies) {
            synchronized (this) {
                if (!over && !answered) {
                    answered = true;
                    over = true;
                    int relays = publication.confirm().isPresent()
                            ? IntStream.of(copies).sum() - copiesHere
                            : IntStream.of(copies).reduce(0, Math::max) - Math.min(copiesHere, 1);
                    publication.stored(id, arrived ? relays + 1 : relays, arrived);
                }
            }
            forgetIfOver();
        }

        void repeated(MessageId id, Optional<String> answer) {
            end(() -> publication.repeated(id, answer));
        }

        void refuse(RuntimeException cause) {
            end(() -> publication.refused(cause));
        }

        private void end(Runnable told) {
            synchronized (this) {
                if (!over) {
                    over = true;
                    told.run();
                }
            }
            forgetIfOver();
        }

        private synchronized boolean arrive() {
            if (over) {
                return false;
            }
            arrived = true;
            copiesHere++;
            over = answered;
            return true;
        }

        private synchronized void drop() {
            copiesHere++;
        }

        private synchronized boolean isOver() {
            return over;
        }

        private void forgetIfOver() {
            if (isOver()) {
                pending.remove(number);
            }
        }
    }

    /** @param engine forgets later what is confirmed */
    PendingPublications(ScheduledExecutorService engine) {
        this.engine = engine;
    }

    /**
     * One is under way. Where as many are confirmed as may be, reports are not waited for.
     *
     * @param claim by which this relay serves the client that publishes it; 0 if it does not, or there is none
     */
    Pending begin(Publication publication, long claim) {
        long number = numbers.incrementAndGet();
        Pending entry = new Pending(number, publication, claim);
        pending.put(number, entry);
        publication.confirm().filter(time -> confirmed.size() < MOST_CONFIRMED).ifPresent(time -> {
            confirmed.put(number, publication);
            long millis = time.plus(LATE).toMillis();
            var unused = engine.schedule(() -> confirmed.remove(number), millis, TimeUnit.MILLISECONDS);
        });
        return entry;
    }

    int size() {
        return pending.size();
    }

    /** The message itself has come; empty if it is not known as this relay's own any more. */
    Optional<Publication> arrived(long number) {
        Pending entry = pending.get(number);
        if (entry == null || !entry.arrive()) {
            return Optional.empty();
        }
        entry.forgetIfOver();
        return Optional.of(entry.publication);
    }

    /** A copy of the message has come that is not handed on: its topic was not followed yet, or another copy was. */
    void dropped(long number) {
        Pending entry = pending.get(number);
        if (entry != null) {
            entry.drop();
        }
    }

    /** The connection has ended: what is under way then may come by the past, and is nobody's any more. */
    void refuseAll() {
        UnavailableException cause = EngineException.perhapsPublished("the connection to the engine has ended");
        pending.values().forEach(entry -> entry.refuse(cause));
    }

    /** A copy went to another relay that brings no report. */
    void droppedElsewhere(long number) {
        Publication publication = confirmed.get(number);
        if (publication != null) {
            publication.droppedElsewhere();
        }
    }

    /** Another relay's report. */
    void reported(long number, String relay, int queued, int acknowledged) {
        Publication publication = confirmed.get(number);
        if (publication != null) {
            publication.elsewhere(relay, queued, acknowledged);
        }
    }
}
