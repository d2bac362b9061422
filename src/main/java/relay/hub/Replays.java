package relay.hub;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import relay.client.Client;
import relay.client.Encoding;
import relay.client.SendQueue;
import relay.client.WriteListener;
import relay.engine.Epochs;
import relay.message.Gap;
import relay.message.MessageId;
import relay.message.Topic;

/**
 * Sends clients what they missed, page by page, each page when the one before it has gone into the socket. The owning
 * worker only.
 */
final class Replays {
    private static final int PAGE_MESSAGES = 2048;
    private static final int PAGE_BYTES = 256 << 10;

    private final Log log;
    private final History history;
    private final Counts counts;
    private final BiConsumer<Client, SendQueue> later;

    /** Where a client is after a step. */
    enum Outcome {
        /** All that came before the present is in its queue. */
        PRESENT,
        /** There is more; the next step is asked for by itself. */
        UNDER_WAY,
        /** Messages are no longer held that were when it began, or there is no room in its queue to say what it missed. */
        TOO_SLOW
    }

    /**
     * A replay that has not begun.
     *
     * @param gaps what to tell the client first
     */
    record Plan(CatchUp catchUp, List<Gap> gaps) {}

    /**
     * Replays from the history of this log.
     *
     * @param later asks for the next step of a client's replay, behind all that waits for the worker; for any thread
     */
    Replays(Log log, Counts counts, BiConsumer<Client, SendQueue> later) {
        this.log = log;
        this.history = log.history();
        this.counts = counts;
        this.later = later;
    }

    /** @param present the sequence up to which the worker has sent everything */
    Plan plan(Subscriber subscriber, Set<Topic> topics, Start start, long present) {
        List<Gap> gaps = new ArrayList<>();
        Map<Topic, Long> starts = new LinkedHashMap<>();
        for (Topic topic : topics) {
            starts.put(topic, startOf(topic, subscriber, start, present, gaps));
        }
        Set<Topic> told = gaps.stream().map(Gap::topic).collect(Collectors.toUnmodifiableSet());
        return new Plan(new CatchUp(starts, told), gaps);
    }

    /** The next step of a client's catching up. */
    Outcome advance(Subscriber subscriber, SendQueue queue, CatchUp catchUp, long present) {
        if (catchUp.position() > present) {
            later.accept(subscriber.client, queue);
            return Outcome.UNDER_WAY;
        }
        History.Page page = history.read(
                new History.Query(
                        catchUp.starts(), subscriber.client.user(), catchUp.position(), present, subscriber.askedSince),
                PAGE_MESSAGES,
                Math.min(PAGE_BYTES, queue.maxBytes()));
        boolean first = catchUp.begins();
        if (!page.trimmed().isEmpty()) {
            if (!first) {
                return Outcome.TOO_SLOW;
            }
            if (!announce(trimmed(catchUp, page.trimmed()), subscriber, queue)) {
                return Outcome.TOO_SLOW;
            }
            catchUp.starts().putAll(page.trimmed());
        }
        return send(page, subscriber, queue, catchUp);
    }

    /** Tells a client what it may have missed, all or nothing; false if its queue has no room for that: it is too slow. */
    boolean announce(List<Gap> gaps, Subscriber subscriber, SendQueue queue) {
        if (gaps.isEmpty()) {
            return true;
        }
        if (subscriber.progress != null) {
            subscriber.progress.toldOfGap();
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
        return outcome != SendQueue.Outcome.FULL;
    }

    private Outcome send(History.Page page, Subscriber subscriber, SendQueue queue, CatchUp catchUp) {
        List<HeldMessage> messages = page.messages();
        if (messages.isEmpty()) {
            return Outcome.PRESENT;
        }
        ByteBuffer frames = encoded(messages, queue.connection().encoding());
        int size = frames.remaining();
        SendQueue.Outcome outcome = queue.offer(frames);
        if (outcome == SendQueue.Outcome.ACCEPTED) {
            counts.deliveries.add(messages.size());
            counts.deliveredBytes.add(size);
            long last = messages.get(messages.size() - 1).sequence();
            catchUp.reached(last);
            if (subscriber.progress != null) {
                subscriber.progress.sent(last);
            }
            if (page.complete()) {
                return Outcome.PRESENT;
            }
        }
        queue.afterAll(WriteListener.of(() -> later.accept(subscriber.client, queue), cause -> {}));
        return Outcome.UNDER_WAY;
    }

    private long startOf(Topic topic, Subscriber subscriber, Start start, long present, List<Gap> gaps) {
        if (start instanceof Start.Last last) {
            return history.startOfLast(topic, subscriber.client.user(), last.count(), present);
        }
        if (start instanceof Start.Resume resume) {
            MessageId id = log.epochs().id(resume.starts().getOrDefault(topic, present));
            return startAfter(id, topic, subscriber, gaps);
        }
        return start instanceof Start.After after ? startAfter(after.id(), topic, subscriber, gaps) : present;
    }

    private long startAfter(MessageId id, Topic topic, Subscriber subscriber, List<Gap> gaps) {
        Optional<Epochs.Resumption> resumption = log.epochs().after(id, log.lastSequence());
        resumption
                .map(Epochs.Resumption::gap)
                .orElse(Optional.of(Gap.Reason.EPOCH))
                .ifPresent(reason -> gaps.add(new Gap(topic, id, reason)));
        return resumption
                .map(Epochs.Resumption::after)
                .orElseGet(() -> history.trimmedThrough(topic, subscriber.client.user()));
    }

    private List<Gap> trimmed(CatchUp catchUp, Map<Topic, Long> trimmed) {
        return trimmed.keySet().stream()
                .filter(topic -> !catchUp.isToldOf(topic))
                .map(topic -> {
                    long had = catchUp.starts().getOrDefault(topic, 0L);
                    return new Gap(topic, log.epochs().id(had), Gap.Reason.TRIMMED);
                })
                .toList();
    }

    private ByteBuffer encoded(List<HeldMessage> messages, Encoding encoding) {
        long size = messages.stream()
                .mapToLong(held -> encoding.maxSize(held.message()))
                .sum();
        ByteBuffer frames = ByteBuffer.allocate(Math.toIntExact(size));
        Epochs epochs = log.epochs();
        messages.forEach(held -> encoding.encode(epochs.id(held.sequence()), held.message(), frames));
        return frames.flip();
    }
}
