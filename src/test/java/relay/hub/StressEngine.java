package relay.hub;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import relay.engine.Archive;
import relay.engine.Publication;
import relay.engine.Receiver;
import relay.message.Gap;
import relay.message.Message;
import relay.message.Topic;
import relay.message.UserId;

/**
 * An engine that remembers the order in which it has told its receiver of everything: what {@link StressClient} judges by.
 * Topics are named t0, t1…, users u0, u1… For any thread.
 */
final class StressEngine extends NumberingEngine implements Archive {
    /** Stands for the user of a message to everybody. */
    static final int EVERYBODY = -1;

    private static final int MOST = 1 << 19;

    /** A message, or the place of one that was lost. */
    static final class Sent {
        final long sequence;
        final int number;
        final int topic;
        final int user;
        final boolean confirmed;

        /** By how many connections it was received that get nothing but what is new. */
        final AtomicInteger receivedLive = new AtomicInteger();

        /** By how many of these, or others, it was acknowledged. */
        final AtomicInteger acknowledged = new AtomicInteger();

        Sent(long sequence, int number, int topic, int user, boolean confirmed) {
            this.sequence = sequence;
            this.number = number;
            this.topic = topic;
            this.user = user;
            this.confirmed = confirmed;
        }

        boolean isLost() {
            return number < 0;
        }

        @Override
        public String toString() {
            return sequence + " on t" + topic + (user == EVERYBODY ? "" : " for u" + user)
                    + (isLost() ? " (lost)" : "");
        }
    }

    /** The sequences of one topic's messages for one user, or for everybody. */
    static final class Places {
        private long[] sequences = new long[16];
        private int size;

        private synchronized void add(long sequence) {
            if (size == sequences.length) {
                sequences = Arrays.copyOf(sequences, 2 * size);
            }
            sequences[size++] = sequence;
        }

        /** Which is the first after a sequence. */
        synchronized int firstAfter(long sequence) {
            int found = Arrays.binarySearch(sequences, 0, size, sequence);
            return found < 0 ? -found - 1 : found + 1;
        }

        /** The sequence of one of them; the highest number there is if there are not so many. */
        synchronized long at(int index) {
            return index < size ? sequences[index] : Long.MAX_VALUE;
        }
    }

    /**
     * Clients were told that they may have missed messages.
     *
     * @param topic all topics if below zero
     */
    record Notice(long after, int topic, int user) {
        boolean concerns(int itsTopic, int itsUser) {
            return topic < 0 || (topic == itsTopic && (user == EVERYBODY || user == itsUser));
        }
    }

    private record Read(List<Long> locations, int mostBytes, CompletableFuture<List<Optional<Receiver.Past>>> answer) {}

    private final boolean archives;
    private final Map<Long, Message> archive = new ConcurrentHashMap<>();
    private final BlockingQueue<Read> reads = new LinkedBlockingQueue<>();
    private final AtomicReferenceArray<Sent> sent = new AtomicReferenceArray<>(MOST);
    private final Map<Long, Places> logs = new ConcurrentHashMap<>();
    private final NavigableMap<Long, Notice> notices = new ConcurrentSkipListMap<>();

    /** @param archives whether it keeps all messages, and brings them when it is asked for them */
    StressEngine(boolean archives) {
        this.archives = archives;
    }

    static Topic topic(int number) {
        return new Topic("t" + number);
    }

    static int number(Topic topic) {
        return Integer.parseInt(topic.name().substring(1));
    }

    static UserId user(int number) {
        return new UserId("u" + number);
    }

    /** Does something between two messages; the sequence of the one before it. */
    synchronized long between(Runnable step) {
        step.run();
        return last();
    }

    Sent sent(long sequence) {
        return sent.get(Math.toIntExact(sequence));
    }

    Places places(int topic, int user) {
        return logs.computeIfAbsent(topic * 1_000L + user + 1, key -> new Places());
    }

    /** What was announced from one sequence on and before another. */
    Iterable<Notice> notices(long from, boolean inclusive, long before) {
        return from < before ? notices.subMap(from, inclusive, before, false).values() : Set.of();
    }

    /** Whether there may be a gap after this sequence for everybody who is there. */
    boolean hasNotice(long after, int topic, int user) {
        Notice notice = notices.get(after);
        return notice != null && notice.concerns(topic, user);
    }

    /** Some sequences are given to messages elsewhere. */
    synchronized void skip(int count) {
        take(count);
        receiver().reached(last());
    }

    /** Messages on a topic are lost before they come. */
    synchronized void lose(int topic, int user, int count) {
        long after = last();
        if (!notices.containsKey(after)) {
            notices.put(after, new Notice(after, topic, user));
            for (int i = 0; i < count; i++) {
                note(new Sent(take(1) + 1, -1, topic, user, false));
            }
            Optional<UserId> recipient = user == EVERYBODY ? Optional.empty() : Optional.of(user(user));
            receiver().missed(topic(topic), recipient, id(after), last(), Gap.Reason.EPOCH);
            receiver().reached(last());
        }
    }

    /** Messages on any topic may be lost. */
    synchronized void maybeLoseAny() {
        long last = last();
        if (!notices.containsKey(last)) {
            notices.put(last, new Notice(last, -1, EVERYBODY));
            receiver().lost(id(last));
        }
    }

    /** What the clients are known to ask for is brought, as after an interruption. */
    void comeBack() {
        wanted().thenAccept(wanted -> between(() -> receiver().interrupted(wanted, last())));
    }

    synchronized CompletionStage<Map<Topic, Set<UserId>>> wanted() {
        return receiver().wanted();
    }

    @Override
    public Optional<Archive> archive() {
        return archives ? Optional.of(this) : Optional.empty();
    }

    @Override
    long location(long sequence) {
        return archives ? sequence : NOWHERE;
    }

    @Override
    public CompletionStage<List<Optional<Receiver.Past>>> read(long[] locations, int mostBytes) {
        CompletableFuture<List<Optional<Receiver.Past>>> answer = new CompletableFuture<>();
        reads.add(new Read(LongStream.of(locations).boxed().toList(), mostBytes, answer));
        return answer;
    }

    /** Answers a read of the archive after a while, or soon, with some of the messages or all that fit; then the next. */
    void answerReads(Random random) throws InterruptedException {
        Read read = reads.poll(1, TimeUnit.MILLISECONDS);
        if (read == null) {
            return;
        }
        if (random.nextInt(4) == 0) {
            reads.add(read);
            LockSupport.parkNanos(random.nextInt(2_000_000));
            return;
        }
        int most = random.nextInt(3) == 0 ? 1 + random.nextInt(5) : Integer.MAX_VALUE;
        List<Optional<Receiver.Past>> found = new ArrayList<>();
        long bytes = 0;
        for (int i = 0; i < Math.min(most, read.locations.size()); i++) {
            long sequence = read.locations.get(i);
            Optional<Message> message = Optional.ofNullable(archive.get(sequence));
            bytes += message.map(one -> one.text().size()).orElse(0);
            if (i > 0 && bytes > read.mostBytes) {
                break;
            }
            found.add(message.map(one -> new Receiver.Past(sequence, 0, one, 0)));
        }
        read.answer.complete(found);
    }

    /** The archive lets go of the oldest messages, all but so many. */
    synchronized void trim(int left) {
        long through = Math.max(0, last() - left);
        receiver().trimmed(through);
        archive.keySet().removeIf(sequence -> sequence <= through);
    }

    /** A message cannot be read any more. */
    void damage(long sequence) {
        archive.remove(sequence);
    }

    private void note(Sent one) {
        sent.set(Math.toIntExact(one.sequence), one);
        places(one.topic, one.user).add(one.sequence);
    }

    @Override
    void numbered(long sequence, Publication publication) {
        Message message = publication.message();
        if (archives) {
            archive.put(sequence, message);
        }
        note(new Sent(
                sequence,
                StressEncoding.number(message),
                number(message.topic()),
                message.recipient()
                        .map(to -> Integer.parseInt(to.value().substring(1)))
                        .orElse(EVERYBODY),
                publication.confirm().isPresent()));
    }
}
