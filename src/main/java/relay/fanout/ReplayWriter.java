package relay.fanout;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import relay.history.HistoryReader.Archived;
import relay.history.MessageLog;
import relay.history.StoredMessage;
import relay.outbound.Encoding;
import relay.outbound.SendQueue;
import relay.outbound.SharedFrames;

/** Puts messages of the past into send queues, each encoded once for all clients that come back to it. The owning worker only. */
final class ReplayWriter {
    /** So many bytes of text are in a page; a message that is larger is alone in its page. */
    static final int PAGE_BYTES = 64 << 10;

    /** After so many {@link #rest}s without a replay in a format, its encoded frames are let go. */
    private static final int LOOKS_UNTIL_UNUSED = 10;

    private final MessageLog log;
    private final Counts counts;
    private final WatchedMessages watched;
    private final List<ReplayFrameCache> formats = new ArrayList<>();

    ReplayWriter(MessageLog log, Counts counts, WatchedMessages watched) {
        this.watched = watched;
        this.log = log;
        this.counts = counts;
    }

    /** To be called about once a second: lets go of encoded frames some time after the last replay. */
    void rest() {
        formats.removeIf(frames -> frames.rest() > LOOKS_UNTIL_UNUSED);
    }

    /** Sends a page of messages; false if the queue does not take them. */
    boolean send(List<StoredMessage> messages, Subscriber subscriber, SendQueue queue, CatchUp catchUp) {
        ReplayFrameCache frames = frames(queue.connection().encoding());
        SharedFrames shared = isLarge(messages) ? frames.ofLarge(messages.get(0), log.epochs()) : null;
        ByteBuffer bytes = shared != null ? shared.view() : frames.of(messages, log.epochs());
        int size = bytes.remaining();
        boolean accepted = queue.offer(bytes, shared) == SendQueue.Outcome.ACCEPTED;
        if (accepted) {
            watched.sent(messages, subscriber, queue);
            sent(messages.size(), size, messages.get(messages.size() - 1).sequence(), subscriber, catchUp);
            if (catchUp.isAnySilent()) {
                messages.forEach(held -> catchUp.sentOn(held.message().topic()));
            }
        }
        return accepted;
    }

    /** How many of these messages, from the first on, need not be read because their frames are known; within a page's bytes. */
    int known(List<Archived> messages, SendQueue queue) {
        int maxBytes = Math.min(PAGE_BYTES, queue.maxBytes());
        return frames(queue.connection().encoding()).known(messages, maxBytes, log.epochs());
    }

    /** Sends {@linkplain #known known} messages; false if the queue does not take them. */
    boolean sendKnown(List<Archived> messages, Subscriber subscriber, SendQueue queue, CatchUp catchUp) {
        ByteBuffer bytes = frames(queue.connection().encoding()).ofKnown(messages);
        int size = bytes.remaining();
        boolean accepted = queue.offer(bytes) == SendQueue.Outcome.ACCEPTED;
        if (accepted) {
            watched.sentKnown(messages, subscriber, queue);
            sent(messages.size(), size, messages.get(messages.size() - 1).sequence(), subscriber, catchUp);
            if (catchUp.isAnySilent()) {
                messages.forEach(one -> catchUp.sentOn(one.log().topic()));
            }
        }
        return accepted;
    }

    private void sent(int messages, int bytes, long last, Subscriber subscriber, CatchUp catchUp) {
        counts.deliveries.add(messages);
        counts.deliveredBytes.add(bytes);
        catchUp.sent(last);
        AckTracker acks = subscriber.acks();
        if (acks != null) {
            acks.sent(last);
        }
    }

    private static boolean isLarge(List<StoredMessage> messages) {
        return messages.get(0).message().text().size() > PAGE_BYTES;
    }

    private ReplayFrameCache frames(Encoding encoding) {
        for (ReplayFrameCache known : formats) {
            if (known.encoding() == encoding) {
                return known;
            }
        }
        ReplayFrameCache frames = new ReplayFrameCache(encoding);
        formats.add(frames);
        return frames;
    }
}
