package relay.fanout;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import relay.client.Client;
import relay.history.MessageLog;
import relay.history.RetainedMessages;
import relay.history.RetainedReader;
import relay.history.RetainedReader.Span;
import relay.history.StoredMessage;
import relay.message.AcceptedMessage;
import relay.message.Topic;
import relay.outbound.Encoding;
import relay.outbound.SendQueue;

/**
 * Sends retained values to new subscribers, before all else, page by page and flagged as retained; and finds those that a client has
 * missed, for its replay. The owning worker only.
 *
 * <p>A value is sent only if its sequence is not beyond the client's start: a later one comes to it as a message. So none comes
 * before what it replaces, and none is skipped.
 */
final class RetainedReplay {
    private static final int PAGE_MESSAGES = 256;

    /** How many topics are looked up in one step. */
    private static final int TOPICS = 2048;

    private final MessageLog log;
    private final RetainedMessages values;
    private final Counts counts;
    private final WatchedMessages watched;

    /** How far a client is after a step. */
    enum Outcome {
        /** A page is in its send queue. */
        SENT,
        /** It was sent nothing: there is more to look up, or its queue is full. */
        LATER,
        /** There are no more. */
        DONE
    }

    RetainedReplay(MessageLog log, Counts counts, WatchedMessages watched) {
        this.watched = watched;
        this.log = log;
        this.values = log.retained();
        this.counts = counts;
    }

    /** Whether a new subscriber of these topics may have to be sent values. */
    boolean concerns(Client client, Collection<Topic> topics) {
        return values.mayHave(topics, client.user());
    }

    /**
     * The values that a new subscriber is sent before all else.
     *
     * @param starts its topics, and for each the sequence after which it gets messages
     */
    RetainedReader before(Client client, Map<Topic, Long> starts) {
        return reader(client, spansBefore(starts));
    }

    /** The same, behind those that it is sent already. */
    RetainedReader before(RetainedReader sending, Map<Topic, Long> all, Map<Topic, Long> starts) {
        return sending.of(all.keySet(), spansBefore(starts));
    }

    private static Map<Topic, Span> spansBefore(Map<Topic, Long> starts) {
        Map<Topic, Span> spans = new HashMap<>();
        starts.forEach((topic, start) -> spans.put(topic, new Span(0, start)));
        return spans;
    }

    /** The values among what a client has missed up to a sequence. */
    RetainedReader missed(Client client, CatchUp catchUp, long through) {
        Map<Topic, Span> spans = new HashMap<>();
        if (values.mayHave(catchUp.starts().keySet(), client.user())) {
            catchUp.starts()
                    .forEach((topic, start) ->
                            spans.put(topic, new Span(Math.max(start, catchUp.position()), through)));
        }
        return reader(client, spans);
    }

    private RetainedReader reader(Client client, Map<Topic, Span> spans) {
        return new RetainedReader(values, spans, client.user(), Optional.of(client.id()));
    }

    /**
     * Sends a page.
     *
     * @param present the sequence up to which the worker has sent everything
     */
    Outcome send(RetainedReader reader, Subscriber subscriber, SendQueue queue, long present) {
        if (!reader.prepare(TOPICS)) {
            return Outcome.LATER;
        }
        List<StoredMessage> page = reader.page(PAGE_MESSAGES, Math.min(ReplayWriter.PAGE_BYTES, queue.maxBytes()));
        if (!page.isEmpty()) {
            ByteBuffer frames = encode(page, queue.connection().encoding());
            int size = frames.remaining();
            if (queue.offer(frames) != SendQueue.Outcome.ACCEPTED) {
                return Outcome.LATER;
            }
            counts.deliveries.add(page.size());
            counts.deliveredBytes.add(size);
            watched.sentRetained(page, subscriber, queue, present);
        }
        reader.pageSent();
        return reader.isDone() ? Outcome.DONE : page.isEmpty() ? Outcome.LATER : Outcome.SENT;
    }

    private ByteBuffer encode(List<StoredMessage> page, Encoding encoding) {
        long room = page.stream()
                .mapToLong(value -> encoding.maxSize(value.message()))
                .sum();
        ByteBuffer frames = ByteBuffer.allocate(Math.toIntExact(room));
        for (StoredMessage value : page) {
            encoding.encode(
                    new AcceptedMessage(log.epochs().id(value.sequence()), value.timeMillis(), value.message(), true),
                    frames);
        }
        return frames.flip();
    }
}
