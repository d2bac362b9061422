package relay.fanout;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.MessageId;
import relay.outbound.Encoding;
import relay.outbound.SendQueue;
import relay.publish.PendingPublish;
import relay.schedule.Ticker;

/**
 * Messages on their way to subscribers: gathered first, then written with one write for each subscriber, however many messages it
 * gets. The owning worker only.
 *
 * <p>A subscriber gets a chain of runs. A run is a stretch of the frame buffer, so messages that lie behind each other there cost a
 * subscriber no more than one message. Nothing is allocated for a delivery.
 */
final class Batch {
    private static final Logger LOG = LoggerFactory.getLogger(Batch.class);

    /** Enough to make the fixed cost of a write small; a larger batch would only make its first message wait. */
    static final int MAX_MESSAGES = 1024;

    private static final int FRAME_BYTES = 64 << 10;

    /** As many subscribers of all workers take 0.2 ms or less to write to, if they get no more bytes than this in all. */
    private static final int FEW_SUBSCRIBERS = 64;

    private static final int FEW_BYTES = 256 << 10;
    private static final int MAX_RUNS = 1 << 18;
    private static final int NO_PING = -1;

    /** How many subscribers are looked at before they are written to. */
    private static final int LOOK_AHEAD = 16;

    private final Ticker ticker;
    private final Counts counts;
    private final Timers timers;
    private final AckSchedule schedule;
    private final int fewSubscribers;
    private final List<FrameBuffer> formats = new ArrayList<>();
    private final Runs runs = new Runs();
    private final ArrayList<Subscriber> touched = new ArrayList<>();
    private final ArrayList<Subscriber> failed = new ArrayList<>();
    private final AcceptedMessage[] accepted = new AcceptedMessage[MAX_MESSAGES];
    private final PendingPublish[] pendingPublishes = new PendingPublish[MAX_MESSAGES];
    private final boolean[] last = new boolean[MAX_MESSAGES];
    private final int[] handed = new int[MAX_MESSAGES];
    private int messages;
    private long bytesWritten;

    /** How many of those were idle: kept only so that the compiler does not remove the reads. */
    @SuppressWarnings("UnusedVariable")
    private int idle;

    private final ByteBuffer joined = ByteBuffer.allocateDirect(FRAME_BYTES);

    /** Is told how the writes went. */
    interface Results {
        /** Its queue was full. */
        void tooSlow(Subscriber subscriber);

        /** It could not be given a message, for a reason that is not the client's. */
        void failed(Subscriber subscriber);

        /** It was sent something, and is to be asked by a write of its own whether it has received that. */
        void toBeAsked(Subscriber subscriber);
    }

    /** @param workers how many there are: each has a batch for its part of the subscribers */
    Batch(Ticker ticker, Counts counts, Timers timers, AckSchedule schedule, int workers) {
        this.ticker = ticker;
        this.counts = counts;
        this.timers = timers;
        this.schedule = schedule;
        this.fewSubscribers = FEW_SUBSCRIBERS / workers;
    }

    /** Whether it takes no longer to write than the thread may be kept that brought the messages. */
    boolean isSmall() {
        return touched.size() <= fewSubscribers && (touched.isEmpty() || bytes() <= FEW_BYTES / touched.size());
    }

    private int bytes() {
        int bytes = 0;
        for (FrameBuffer frames : formats) {
            bytes += frames.end();
        }
        return bytes;
    }

    /** How many messages are gathered. */
    int messages() {
        return messages;
    }

    /** Where frames for this format are encoded. The same instance for the same format. */
    FrameBuffer frames(Encoding encoding) {
        for (FrameBuffer frames : formats) {
            if (frames.encoding() == encoding) {
                return frames;
            }
        }
        FrameBuffer frames = new FrameBuffer(encoding, MAX_MESSAGES, FRAME_BYTES);
        formats.add(frames);
        return frames;
    }

    /** False if what is gathered has to be written before this message can be added on one of its topics. */
    boolean hasRoomFor(Message message) {
        if (messages == MAX_MESSAGES || runs.size() >= MAX_RUNS) {
            return false;
        }
        for (FrameBuffer frames : formats) {
            if (!frames.hasRoomFor(message)) {
                return false;
            }
        }
        return true;
    }

    /** The same for a message on all of its topics, unless it alone is too much for a batch. */
    boolean hasRoomForAll(Message message) {
        return messages + message.topics().size() <= MAX_MESSAGES
                && runs.size() < MAX_RUNS
                && formats.stream().allMatch(frames -> frames.hasRoomForAll(message));
    }

    /**
     * Begins the next message; {@link #add} then hands it to subscribers.
     *
     * @param message on one of its topics
     * @param isLast whether that is the last of its topics
     */
    void begin(AcceptedMessage message, PendingPublish pending, boolean isLast) {
        last[messages] = isLast;
        accepted[messages] = message;
        pendingPublishes[messages] = pending;
        handed[messages] = 0;
        messages++;
    }

    /** Hands the message that was begun last to a connected subscriber. */
    void add(Subscriber subscriber, FrameBuffer frames) {
        int from = frames.start(messages - 1, accepted[messages - 1], pendingPublishes[messages - 1]);
        if (from == FrameBuffer.FAILED) {
            fail(subscriber);
        }
        if (subscriber.failed) {
            return;
        }
        int to = frames.end();
        if (subscriber.lastRun != Runs.NONE && runs.to(subscriber.lastRun) == from) {
            runs.extend(subscriber.lastRun, to);
        } else {
            appendRun(subscriber, from, to);
        }
        handed[messages - 1]++;
    }

    /** A subscriber cannot be given the message that was begun last: it gets none after it either, for it would not see the hole. */
    void fail(Subscriber subscriber) {
        if (!subscriber.failed) {
            subscriber.failed = true;
            failed.add(subscriber);
        }
        refused(subscriber);
    }

    /**
     * Writes what there is for one subscriber before the others, and reports how it went: what is done with that subscriber next
     * comes after these messages.
     */
    void writeFirst(Subscriber subscriber, Results results) {
        // Messages may follow, so there is no place for a ping yet.
        write(subscriber, false, timers.now(), results);
        if (subscriber.failed) {
            subscriber.failed = false;
            failed.remove(subscriber);
            results.failed(subscriber);
        }
    }

    /** Whether there is anything in it for a subscriber. */
    static boolean concerns(Subscriber subscriber) {
        return subscriber.firstRun != Runs.NONE || subscriber.failed;
    }

    /** Writes everything, tells the publishers, and reports how it went. */
    void flush(Results results) {
        if (messages == 0) {
            return;
        }
        long now = timers.now();
        for (int next = 0; next < touched.size(); next++) {
            if (next % LOOK_AHEAD == 0) {
                lookAhead(next);
            }
            write(touched.get(next), true, now, results);
        }
        failed.forEach(results::failed);
        int count = messages;
        count();
        reset();
        for (int i = 0; i < count; i++) {
            tellPublisher(pendingPublishes[i], accepted[i].id(), handed[i], last[i]);
        }
        Arrays.fill(pendingPublishes, 0, count, null);
        Arrays.fill(accepted, 0, count, null);
    }

    private static void tellPublisher(PendingPublish pending, MessageId id, int connections, boolean isLast) {
        try {
            pending.handedOver(id, connections, isLast);
        } catch (RuntimeException e) {
            LOG.error("nobody hears that message {} was handed over", id, e);
        }
    }

    /**
     * Touches the send queues of the next subscribers, so that the processor fetches them from memory side by side, and not one
     * after the other between calls of the operating system.
     */
    private void lookAhead(int first) {
        int end = Math.min(first + LOOK_AHEAD, touched.size());
        for (int next = first; next < end; next++) {
            SendQueue queue = touched.get(next).client.queue().orElse(null);
            idle += queue != null && queue.isIdle() ? 1 : 0;
        }
    }

    /** Writes a subscriber's runs, if it has any: one that was written to first has none left, or new ones and is here twice. */
    private void write(Subscriber subscriber, boolean isLast, long now, Results results) {
        if (subscriber.firstRun == Runs.NONE) {
            return;
        }
        try {
            AckTracker acks = subscriber.acks();
            SendQueue.Outcome outcome =
                    acks == null ? offer(subscriber, NO_PING) : offerAndAsk(subscriber, acks, isLast, now, results);
            if (outcome != SendQueue.Outcome.ACCEPTED) {
                takeBack(subscriber);
            }
            // Its messages are counted for good: a failure from here on takes none back.
            forgetRuns(subscriber);
            if (outcome == SendQueue.Outcome.FULL) {
                results.tooSlow(subscriber);
            }
        } catch (RuntimeException e) {
            LOG.error("client {} cannot be written to: it is closed", subscriber.client.id(), e);
            takeBack(subscriber);
            fail(subscriber);
            forgetRuns(subscriber);
        }
    }

    /** If a client is to be asked what it has received, the ping goes out in the same write, behind the messages. */
    private SendQueue.Outcome offerAndAsk(
            Subscriber subscriber, AckTracker acks, boolean isLast, long now, Results results) {
        long sequence = lastSequence();
        boolean isToBeAsked = isAskable(subscriber) && schedule.asksWith(acks, now);
        int ping = isToBeAsked && isLast && last[messages - 1] ? ping(subscriber, sequence) : NO_PING;
        SendQueue.Outcome outcome = offer(subscriber, ping);
        if (outcome == SendQueue.Outcome.FULL && ping != NO_PING) {
            ping = NO_PING;
            outcome = offer(subscriber, NO_PING);
        }
        if (outcome != SendQueue.Outcome.ACCEPTED) {
            // Whatever becomes of it: the client is not up to date.
            acks.refused();
            return outcome;
        }
        if (!subscriber.failed) {
            acks.sent(hasLast(subscriber) ? accepted[messages - 1].sequence() : sequence);
        }
        if (isAskable(subscriber)) {
            schedule.sent(acks, now);
        }
        if (ping != NO_PING) {
            acks.ask(now);
        } else if (isToBeAsked) {
            results.toBeAsked(subscriber);
        }
        return outcome;
    }

    /**
     * The sequence up to which everything is sent with this batch. If its last message goes on with other topics in the next batch, that is
     * the one before it: the message may come there to subscribers who have got nothing of it here.
     */
    private long lastSequence() {
        long sequence = accepted[messages - 1].sequence();
        return last[messages - 1] ? sequence : sequence - 1;
    }

    /** Whether the batch's last message is for it: then it gets that here, and not again if it goes on with other topics. */
    private boolean hasLast(Subscriber subscriber) {
        FrameBuffer frames = subscriber.frames();
        return frames != null && frames.isIn(messages - 1, runs.to(subscriber.lastRun));
    }

    /** Not if it misses a message of the batch: what it acknowledges then would not be what it was sent. */
    private static boolean isAskable(Subscriber subscriber) {
        SendQueue queue = subscriber.client.queue().orElse(null);
        return queue != null && queue.connection().answersPings() && !subscriber.failed;
    }

    private static int ping(Subscriber subscriber, long sequence) {
        FrameBuffer frames = subscriber.frames();
        return frames == null ? NO_PING : Math.max(NO_PING, frames.ping(sequence));
    }

    /** @param ping where the ping starts that is to follow; {@link #NO_PING}: none is */
    private SendQueue.Outcome offer(Subscriber subscriber, int ping) {
        FrameBuffer frames = subscriber.frames();
        SendQueue queue = subscriber.client.queue().orElse(null);
        if (frames == null || queue == null) {
            return SendQueue.Outcome.CLOSED;
        }
        if (ping != NO_PING) {
            queue.connection().expectPong();
        }
        ByteBuffer bytes = bytesFor(subscriber, frames, ping);
        int size = bytes.remaining() - (ping == NO_PING ? 0 : frames.end() - ping);
        SendQueue.Outcome outcome = queue.offer(bytes, frames.shared());
        bytesWritten += outcome == SendQueue.Outcome.ACCEPTED ? size : 0;
        return outcome;
    }

    private static void refused(Subscriber subscriber) {
        if (subscriber.acks() != null) {
            subscriber.acks().refused();
        }
    }

    /** Before the publishers are told, so that they find themselves counted. */
    private void count() {
        long now = ticker.nanos();
        long deliveries = 0;
        for (int i = 0; i < messages; i++) {
            if (handed[i] > 0) {
                deliveries += handed[i];
                counts.publishToWrite.record(now - pendingPublishes[i].acceptedNanos());
            }
        }
        counts.deliveries.add(deliveries);
        counts.deliveredBytes.add(bytesWritten);
        bytesWritten = 0;
    }

    private ByteBuffer bytesFor(Subscriber subscriber, FrameBuffer frames, int ping) {
        int first = subscriber.firstRun;
        if (first == subscriber.lastRun && (ping == NO_PING || ping == runs.to(first))) {
            return frames.run(runs.from(first), ping == NO_PING ? runs.to(first) : frames.end());
        }
        joined.clear();
        for (int run = first; run != Runs.NONE; run = runs.next(run)) {
            joined.put(frames.run(runs.from(run), runs.to(run)));
        }
        if (ping != NO_PING) {
            joined.put(frames.run(ping, frames.end()));
        }
        return joined.flip();
    }

    /** Its queue refused the messages: none of them counts as handed over to it. */
    private void takeBack(Subscriber subscriber) {
        FrameBuffer frames = subscriber.frames();
        for (int run = subscriber.firstRun; frames != null && run != Runs.NONE; run = runs.next(run)) {
            frames.takeBack(runs.from(run), runs.to(run), handed);
        }
    }

    private static void forgetRuns(Subscriber subscriber) {
        subscriber.firstRun = Runs.NONE;
        subscriber.lastRun = Runs.NONE;
    }

    private void appendRun(Subscriber subscriber, int from, int to) {
        int run = runs.add(from, to);
        if (subscriber.firstRun == Runs.NONE) {
            subscriber.firstRun = run;
            touched.add(subscriber);
        } else {
            runs.chain(subscriber.lastRun, run);
        }
        subscriber.lastRun = run;
    }

    /** How many runs there is room for, until it grows. */
    int roomForRuns() {
        return runs.room();
    }

    private void reset() {
        failed.forEach(subscriber -> subscriber.failed = false);
        formats.forEach(FrameBuffer::clear);
        failed.clear();
        touched.clear();
        messages = 0;
        if (runs.clear()) {
            touched.trimToSize();
            failed.trimToSize();
        }
    }
}
