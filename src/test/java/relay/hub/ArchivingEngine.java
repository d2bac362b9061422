package relay.hub;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import relay.engine.Archive;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.message.Message;

/** An engine whose archive answers when the test says so. For any thread. */
final class ArchivingEngine extends NumberingEngine implements Archive {
    private static final long TIMEOUT_SECONDS = 20;
    private static final int STEP = 10;

    /** A read that waits for its answer. */
    record Read(List<Long> sequences, int mostBytes, CompletableFuture<List<Optional<Receiver.Past>>> answer) {}

    private final Map<Long, Message> archive = new HashMap<>();
    private final Queue<Read> reads = new ArrayDeque<>();
    private final Semaphore asked = new Semaphore(0);
    private final List<Message> past = new ArrayList<>();
    private long trimmedAtStart;
    private long damagedAtStart;
    private int readsSoFar;
    private volatile boolean answersAtOnce;

    /** How old all messages are that it answers with. */
    private volatile Duration age = Duration.ZERO;

    /** These messages are from before the start. To be called before that. */
    synchronized ArchivingEngine restores(Message... messages) {
        past.addAll(List.of(messages));
        return this;
    }

    /** Messages up to this sequence were trimmed before the start. To be called before that. */
    synchronized ArchivingEngine trimmedBefore(long through) {
        trimmedAtStart = through;
        take((int) through);
        return this;
    }

    /** So many messages are damaged, behind those that were trimmed. To be called before the start. */
    synchronized ArchivingEngine damagedBefore(int count) {
        damagedAtStart = take(count) + count;
        return this;
    }

    @Override
    void started(Receiver receiver) {
        receiver.trimmed(trimmedAtStart);
        if (damagedAtStart > 0) {
            receiver.damaged(trimmedAtStart, damagedAtStart);
        }
        for (Message message : past) {
            long sequence = take(1) + 1;
            archive.put(sequence, message);
            receiver.restored(sequence, message.topics(), message.recipient(), location(sequence), 0);
        }
        receiver.reached(last());
    }

    @Override
    long location(long sequence) {
        return STEP * sequence;
    }

    @Override
    void numbered(long sequence, Publication publication) {
        archive.put(sequence, publication.message());
    }

    @Override
    public Optional<Archive> archive() {
        return Optional.of(this);
    }

    @Override
    public CompletionStage<List<Optional<Receiver.Past>>> read(long[] locations, int mostBytes) {
        CompletableFuture<List<Optional<Receiver.Past>>> answer = new CompletableFuture<>();
        List<Long> sequences = new ArrayList<>();
        for (long location : locations) {
            sequences.add(location / STEP);
        }
        Read read = new Read(sequences, mostBytes, answer);
        synchronized (this) {
            readsSoFar++;
            if (!answersAtOnce) {
                reads.add(read);
                asked.release();
                return answer;
            }
        }
        answer(read);
        return answer;
    }

    /** The next read that waits, when there is one. */
    Read awaitRead() {
        try {
            if (!asked.tryAcquire(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("nothing is read");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        synchronized (this) {
            return reads.remove();
        }
    }

    /** How many reads wait for {@link #awaitRead}. */
    int waiting() {
        return asked.availablePermits();
    }

    /** How many reads there were. */
    synchronized int readsSoFar() {
        return readsSoFar;
    }

    /** From now on reads are answered at once. */
    void answersAtOnce() {
        answersAtOnce = true;
    }

    /** From now on all messages that it answers with are this old. */
    void age(Duration newAge) {
        age = newAge;
    }

    /** Answers a read with as many messages as fit. */
    void answer(Read read) {
        answer(read, Integer.MAX_VALUE);
    }

    /** Answers a read with so many messages at most. */
    void answer(Read read, int most) {
        List<Optional<Receiver.Past>> found = new ArrayList<>();
        synchronized (this) {
            int bytes = 0;
            for (long sequence : read.sequences()) {
                Optional<Message> message = Optional.ofNullable(archive.get(sequence));
                bytes += message.map(one -> one.text().size()).orElse(0);
                if (!found.isEmpty() && (bytes > read.mostBytes() || found.size() == most)) {
                    break;
                }
                found.add(message.map(one -> new Receiver.Past(sequence, 0, one, age.toNanos())));
            }
        }
        read.answer().complete(found);
    }

    /** Answers the next read. */
    void answerNext() {
        answer(awaitRead());
    }

    /** A message cannot be read any more. */
    synchronized void damage(long sequence) {
        archive.remove(sequence);
    }

    /** Messages up to this one are not kept any longer. */
    synchronized void trim(long through) {
        receiver().trimmed(through);
        archive.keySet().removeIf(sequence -> sequence <= through);
    }
}
