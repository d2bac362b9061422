package relay.fanout;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import relay.client.Client;
import relay.history.History;
import relay.history.HistoryReader;
import relay.history.MessageLog;
import relay.history.RetainedReader;
import relay.history.Starts;
import relay.history.StoredMessage;
import relay.message.Gap;
import relay.message.StartPosition;
import relay.message.Topic;
import relay.outbound.Encoding;
import relay.outbound.SendQueue;
import relay.outbound.WriteListener;

/**
 * Sends clients what they missed, page by page, and tells them of gaps. Each page goes out when the socket has taken the one before.
 * The owning worker only.
 */
final class Replayer {
    private static final int PAGE_MESSAGES = 256;

    /** How many topics are looked up in one step. */
    private static final int TOPICS = 512;

    private final MessageLog log;
    private final History history;
    private final Starts starts;
    private final Counts counts;
    private final ReplayWriter writer;
    private final RetainedReplay retained;
    private final ArchiveReads archive;
    private final BiConsumer<Client, SendQueue> later;

    /** How far a client is after a step. */
    enum Outcome {
        /** Everything up to the present is in its send queue. */
        PRESENT,
        /** There is more, and the next step is scheduled. */
        UNDER_WAY,
        /**
         * Messages were trimmed that were stored when it began, or its send queue has no room for a gap. Never of a client that
         * {@linkplain Subscriber#fallsBehind falls behind}.
         */
        TOO_SLOW
    }

    /**
     * A replay that has not begun.
     *
     * @param gaps the gaps to tell the client of first
     */
    record Plan(CatchUp catchUp, List<Gap> gaps) {}

    /**
     * Replays the history of this log.
     *
     * @param archive where messages are read that only the archive has
     * @param watched is told of what is sent
     * @param later schedules the next step of a client, behind all that waits for the worker; for any thread
     */
    Replayer(
            MessageLog log,
            Counts counts,
            ArchiveReads archive,
            WatchedMessages watched,
            BiConsumer<Client, SendQueue> later) {
        this.log = log;
        this.history = log.history();
        this.starts = new Starts(log);
        this.counts = counts;
        this.writer = new ReplayWriter(log, counts, watched);
        this.retained = new RetainedReplay(log, counts, watched);
        this.archive = archive;
        this.later = later;
    }

    /** @param present the sequence up to which the worker has sent everything */
    Plan plan(Subscriber subscriber, Set<Topic> topics, StartPosition start, long present) {
        List<Gap> gaps = new ArrayList<>();
        Set<Topic> told = new HashSet<>();
        Set<Topic> complete = new HashSet<>();
        Map<Topic, Long> afters = new LinkedHashMap<>();
        for (Topic topic : topics) {
            Starts.Start found = starts.of(topic, subscriber.client.user(), start, present);
            afters.put(topic, found.after());
            found.gap().ifPresent(reason -> gaps.add(new Gap(topic, found.asked(), reason)));
            if (found.gap().isPresent()) {
                told.add(topic);
            }
            if (found.complete()) {
                complete.add(topic);
            }
        }
        return new Plan(new CatchUp(afters, told, complete), gaps);
    }

    /**
     * For a client that goes on where it was.
     *
     * @param starts its topics, and for each the sequence up to which it has had everything
     */
    Plan resume(Subscriber subscriber, Map<Topic, Long> starts, long present) {
        // With one epoch, none of them can be in another.
        return log.epochs().epochs().size() == 1
                ? new Plan(new CatchUp(starts), List.of())
                : plan(subscriber, starts.keySet(), new StartPosition.Resume(starts), present);
    }

    /** Takes the next step of a client that catches up. */
    Outcome advance(Subscriber subscriber, SendQueue queue, CatchUp catchUp, long present) {
        if (catchUp.position() > present) {
            return soon(subscriber, queue);
        }
        if (!announce(catchUp.takeUntold(), subscriber, queue)) {
            return Outcome.TOO_SLOW;
        }
        if (catchUp.isAnyUntold()) {
            return whenTaken(subscriber, queue);
        }
        RetainedReader values = catchUp.retained();
        if (values != null) {
            RetainedReplay.Outcome outcome = retained.send(values, subscriber, queue, present);
            if (outcome != RetainedReplay.Outcome.DONE) {
                return whenTaken(subscriber, queue);
            }
            catchUp.retainedDone();
            if (subscriber.acks() != null) {
                // They have no place in its order, so it is asked about them as about a gap.
                subscriber.acks().toldOfGap();
            }
        }
        ArchivedPage archived = catchUp.page();
        if (archived != null) {
            return advance(archived, subscriber, queue, catchUp, present);
        }
        HistoryReader reading = catchUp.reading(() -> new HistoryReader(
                history,
                new HistoryReader.Query(
                        catchUp.starts(),
                        Optional.of(subscriber.client.id()),
                        subscriber.client.user(),
                        catchUp.position(),
                        present,
                        subscriber.subscribedSince(),
                        catchUp.trimmed()),
                retained.missed(subscriber.client, catchUp, present)));
        // The first time there may be many topics, and messages may come meanwhile; later it has to get to the present
        // in one step,
        // unless it has a pattern and far to go.
        if (!reading.lookUp(catchUp.isFirstReading() || reading.isLong() ? TOPICS : Integer.MAX_VALUE)) {
            return soon(subscriber, queue);
        }
        if (!announceTrimmed(reading.takeTrimmed(), subscriber, queue, catchUp)) {
            return Outcome.TOO_SLOW;
        }
        if (catchUp.isAnyUntold()) {
            return whenTaken(subscriber, queue);
        }
        HistoryReader.Page page = reading.next(PAGE_MESSAGES, mostBytes(queue));
        if (!page.messages().isEmpty()) {
            boolean accepted = writer.send(page.messages(), subscriber, queue, catchUp);
            return sent(accepted, page.rest() == HistoryReader.Rest.NOTHING, subscriber, queue, catchUp, present);
        }
        if (!page.archived().isEmpty()) {
            ArchivedPage next = new ArchivedPage(page.archived(), page.rest() == HistoryReader.Rest.NOTHING);
            catchUp.page(next);
            return advance(next, subscriber, queue, catchUp, present);
        }
        if (page.rest() == HistoryReader.Rest.NOTHING) {
            catchUp.reached(reading.through());
            return reading.through() == present ? Outcome.PRESENT : advance(subscriber, queue, catchUp, present);
        }
        catchUp.readAnew();
        return page.rest() == HistoryReader.Rest.LOST && catchUp.hasBegun() && !subscriber.fallsBehind()
                ? Outcome.TOO_SLOW
                : soon(subscriber, queue);
    }

    private Outcome soon(Subscriber subscriber, SendQueue queue) {
        later.accept(subscriber.client, queue);
        return Outcome.UNDER_WAY;
    }

    /** The next step comes when the socket has taken all that waits. */
    private Outcome whenTaken(Subscriber subscriber, SendQueue queue) {
        queue.afterAll(WriteListener.of(() -> later.accept(subscriber.client, queue), cause -> {}));
        return Outcome.UNDER_WAY;
    }

    /** A client's send queue is full: its first step comes when the socket has taken what waits there. */
    void beginWhenTaken(Subscriber subscriber, SendQueue queue) {
        whenTaken(subscriber, queue);
    }

    /**
     * Tells a client of what was trimmed. False if it is too slow: messages that were stored when it began have been trimmed
     * meanwhile, or there is no room for the gap. If the engine lost something, the client is not to blame.
     */
    private boolean announceTrimmed(Map<Topic, Long> trimmed, Subscriber subscriber, SendQueue queue, CatchUp catchUp) {
        if (trimmed.isEmpty()) {
            return true;
        }
        Set<Topic> topics = trimmed.keySet();
        if (!catchUp.hasBegun()) {
            return announce(newGaps(catchUp, topics), subscriber, queue);
        }
        // The topics of a pattern are too many to be trimmed only where a client is slow.
        Set<Topic> exact = topics.stream().filter(topic -> !topic.isPattern()).collect(Collectors.toSet());
        if (!subscriber.fallsBehind() && !history.areAllInvalidated(exact, catchUp.invalidationsBefore())) {
            return false;
        }
        List<Gap> gaps = topics.stream()
                .map(topic -> gap(topic, catchUp, Gap.Reason.TRIMMED))
                .filter(catchUp::isNewsThatTrimmed)
                .toList();
        return announce(gaps, subscriber, queue);
    }

    /** Takes the next step of a client that is to be sent messages from the archive. */
    private Outcome advance(ArchivedPage page, Subscriber subscriber, SendQueue queue, CatchUp catchUp, long present) {
        while (page.isLoaded()) {
            List<StoredMessage> messages = page.take(mostBytes(queue), subscriber.client.id(), catchUp);
            if (!messages.isEmpty()) {
                boolean accepted = writer.send(messages, subscriber, queue, catchUp);
                return sent(page, accepted, subscriber, queue, catchUp, present);
            }
            if (!page.isLoaded()) {
                break;
            }
            HistoryReader.Archived unreadable = page.takeUnreadable();
            if (history.isTrimmed(unreadable.sequence())) {
                catchUp.readAnew();
                return soon(subscriber, queue);
            }
            if (!announceDamaged(unreadable, subscriber, queue, catchUp)) {
                return Outcome.TOO_SLOW;
            }
            if (catchUp.isAnyUntold()) {
                return whenTaken(subscriber, queue);
            }
        }
        if (page.isDone()) {
            catchUp.pageDone();
            return soon(subscriber, queue);
        }
        int known = writer.known(page.rest(), queue);
        if (known > 0) {
            boolean accepted = writer.sendKnown(page.rest().subList(0, known), subscriber, queue, catchUp);
            page.passed(known);
            return sent(page, accepted, subscriber, queue, catchUp, present);
        }
        archive.read(subscriber.client, queue, page, mostBytes(queue));
        return Outcome.UNDER_WAY;
    }

    private static int mostBytes(SendQueue queue) {
        return Math.min(ReplayWriter.PAGE_BYTES, queue.maxBytes());
    }

    private Outcome sent(
            ArchivedPage page,
            boolean accepted,
            Subscriber subscriber,
            SendQueue queue,
            CatchUp catchUp,
            long present) {
        boolean last = page.isDone() && page.isLast();
        if (page.isDone()) {
            catchUp.pageDone();
        }
        return sent(accepted, last, subscriber, queue, catchUp, present);
    }

    /** @param last whether nothing comes behind what was sent */
    private Outcome sent(
            boolean accepted, boolean last, Subscriber subscriber, SendQueue queue, CatchUp catchUp, long present) {
        if (!accepted) {
            catchUp.readAnew();
        } else if (last && catchUp.isReadTo(present)) {
            return Outcome.PRESENT;
        }
        return whenTaken(subscriber, queue);
    }

    /** Tells a client of a damaged message at its place; false if there is no room for the gap. */
    private boolean announceDamaged(
            HistoryReader.Archived damaged, Subscriber subscriber, SendQueue queue, CatchUp catchUp) {
        Topic topic =
                catchUp.askedAs(damaged.log().topic()).orElse(damaged.log().topic());
        Gap gap = gap(topic, catchUp, Gap.Reason.DAMAGED);
        catchUp.passed(damaged.sequence());
        boolean told = !catchUp.isNewsThatDamaged(topic) || announce(List.of(gap), subscriber, queue);
        if (subscriber.acks() != null && !catchUp.isAnyUntold()) {
            subscriber.acks().sent(damaged.sequence());
        }
        return told;
    }

    /** The gaps to tell a client of first because messages after its starts may be damaged, on topics that are not known. */
    List<Gap> damagedAtStart(CatchUp catchUp) {
        List<Gap> gaps = new ArrayList<>();
        if (history.isDamagedAfter(catchUp.position())) {
            catchUp.starts().forEach((topic, start) -> {
                if (history.isDamagedAfter(start) && catchUp.isNews(topic)) {
                    gaps.add(new Gap(topic, log.epochs().id(start), Gap.Reason.DAMAGED));
                }
            });
        }
        return gaps;
    }

    /** The retained values of the log, and what clients are sent of them. */
    RetainedReplay retained() {
        return retained;
    }

    /** To be called about once a second: lets go of encoded frames some time after the last replay, and of expired values. */
    void rest() {
        writer.rest();
        log.retained().expire();
    }

    /**
     * Tells a client of all these gaps, or none; false if its send queue has no room: it is too slow. A client that falls behind and
     * catches up is told when there is room.
     */
    boolean announce(List<Gap> gaps, Subscriber subscriber, SendQueue queue) {
        if (gaps.isEmpty()) {
            return true;
        }
        if (subscriber.acks() != null) {
            subscriber.acks().toldOfGap();
        }
        Encoding encoding = queue.connection().encoding();
        List<ByteBuffer> notices = gaps.stream().map(encoding::encode).toList();
        ByteBuffer all = ByteBuffer.allocate(
                notices.stream().mapToInt(ByteBuffer::remaining).sum());
        notices.forEach(all::put);
        SendQueue.Outcome outcome = queue.offer(all.flip());
        if (outcome == SendQueue.Outcome.ACCEPTED) {
            gaps.forEach(gap -> counts.gaps(gap.reason()).add(1));
        }
        CatchUp catchUp = subscriber.catchUp();
        if (outcome == SendQueue.Outcome.FULL && catchUp != null && subscriber.fallsBehind()) {
            catchUp.tellLater(gaps);
            return true;
        }
        return outcome != SendQueue.Outcome.FULL;
    }

    /** One gap before the first message of a topic is enough, whatever is found to be missing there. */
    private List<Gap> newGaps(CatchUp catchUp, Set<Topic> trimmed) {
        return trimmed.stream()
                .filter(topic -> catchUp.wantsMoreThanIsHeld(topic) && catchUp.isNews(topic))
                .map(topic -> gap(topic, catchUp, Gap.Reason.TRIMMED))
                .toList();
    }

    /** A gap comes after all messages of the topic that the client was sent. */
    private Gap gap(Topic topic, CatchUp catchUp, Gap.Reason reason) {
        long start = catchUp.starts().getOrDefault(topic, 0L);
        long had = catchUp.hasBegun() ? Math.max(start, catchUp.position()) : start;
        return new Gap(topic, log.epochs().id(had), reason);
    }
}
