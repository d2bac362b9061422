package relay.hub;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import relay.client.Client;
import relay.client.Overflow;
import relay.client.Permissions;
import relay.client.RegistrationChange;
import relay.hub.StressReading.Command;
import relay.hub.StressReading.Range;
import relay.message.ClientId;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Topic;
import relay.outbound.CloseReason;
import relay.outbound.ConnectionTotals;
import relay.outbound.SendQueue;
import relay.outbound.WriteListener;
import relay.testing.FixedAnswer;

/**
 * A registration and what is known of its cursor: each of its commands has an exact place between two messages, so it is
 * known what has to come. One thread.
 */
final class StressClient {
    private static final Duration KEEP = Duration.ofDays(100);
    private static final long TIMEOUT_SECONDS = 20;
    private static final int STORY = 8;

    /** What it takes part in. */
    interface Stage {
        Hub hub();

        StressEngine engine();

        /** Whether little of the past is held, or some of it is lost. */
        boolean missesMessages();

        void fault(String what);
    }

    private final Stage stage;
    private final Client client;
    private final int user;
    private final boolean kept;
    private final int queueBytes;
    private final String name;
    private final Map<Long, List<Range>> told = new HashMap<>();
    private final List<StressReading> ended = new ArrayList<>();
    private Map<Integer, Range> wantedAfter;
    private Range acknowledged;
    private @Nullable StressReading now;
    private final Deque<String> story = new ArrayDeque<>();
    private boolean gone;
    private int commands;

    /** Registers. */
    StressClient(
            Stage stage, String kind, int user, boolean kept, Overflow overflow, int queueBytes, Set<Integer> topics) {
        this.stage = stage;
        this.user = user;
        this.kept = kept;
        this.queueBytes = queueBytes;
        this.client = new Client(
                ClientId.random(),
                Optional.of(StressEngine.user(user)),
                kept ? KEEP : Duration.ZERO,
                overflow,
                Permissions.EVERYTHING);
        this.name = kind + " " + client.id() + " of u" + user;
        long place = stage.engine().between(() -> stage.hub().register(client, names(topics)));
        acknowledged = Range.of(place);
        wantedAfter = topics.stream()
                .collect(Collectors.toMap(topic -> topic, topic -> Range.of(place), (a, b) -> a, HashMap::new));
    }

    static Range least(Map<Integer, Range> starts) {
        return starts.values().stream().reduce(Range::atMost).orElse(Range.of(0));
    }

    int user() {
        return user;
    }

    boolean isKept() {
        return kept;
    }

    /** Whether it is not closed when its queue is full. */
    boolean fallsBehind() {
        return client.overflow() == Overflow.CATCHUP;
    }

    boolean isGone() {
        return gone;
    }

    boolean isConnected() {
        return now != null;
    }

    Set<Integer> topics() {
        return wantedAfter.keySet();
    }

    StressReading connection() {
        if (now == null) {
            throw new IllegalStateException("not connected");
        }
        return now;
    }

    /** Whether it may be closed as too slow at any time. */
    boolean mayBeClosed() {
        return !fallsBehind() && (queueBytes < 1 << 20 || stage.missesMessages());
    }

    boolean mayMissMessages() {
        return stage.missesMessages();
    }

    /** The client was told that it may have missed messages of a log, after one sequence and before another. */
    void toldOf(long log, long after, long before) {
        told.computeIfAbsent(log, key -> new ArrayList<>()).add(new Range(after, before));
    }

    boolean wasToldOf(long log, long sequence) {
        return told.getOrDefault(log, List.of()).stream()
                .anyMatch(gap -> sequence > gap.low() && sequence < gap.high());
    }

    void fault(String what) {
        stage.fault(name + ": " + what + ", after " + story);
    }

    private void did(String what) {
        story.add(what);
        if (story.size() > STORY) {
            story.remove();
        }
    }

    /** Connects, in place of an older connection if it has one. */
    void connect(StressWire wire, StartPosition start, boolean opensAtOnce) {
        SendQueue queue = new SendQueue(wire, queueBytes, new ConnectionTotals(Long.MAX_VALUE));
        wire.carries(queue);
        Optional<StressReading> before = Optional.ofNullable(now);
        long place = stage.engine().between(() -> stage.hub().connect(client, queue, start));
        did("connected from " + shortly(start) + " at " + place);
        before.ifPresent(old -> ends(old, place, Set.of(CloseReason.REPLACED)));
        Map<Integer, Range> starts =
                start == StartPosition.NOW ? startsNow(place) : startsFrom(start, wantedAfter.keySet(), place);
        wantedAfter = starts;
        acknowledged = least(starts);
        now = new StressReading(stage.engine(), this, wire, queue, starts, !kept && start == StartPosition.NOW);
        if (opensAtOnce) {
            now.open();
        }
    }

    private Map<Integer, Range> startsNow(long place) {
        Map<Integer, Range> starts = new HashMap<>();
        wantedAfter.forEach((topic, after) -> starts.put(topic, kept ? after.atLeast(acknowledged) : Range.of(place)));
        return starts;
    }

    private Map<Integer, Range> startsFrom(StartPosition start, Set<Integer> topics, long place) {
        Map<Integer, Range> starts = new HashMap<>();
        for (int topic : topics) {
            if (start instanceof StartPosition.After after) {
                starts.put(topic, Range.of(after.id().sequence()));
            } else if (start instanceof StartPosition.Resume resume) {
                starts.put(topic, Range.of(resume.starts().getOrDefault(StressEngine.topic(topic), place)));
            } else if (start instanceof StartPosition.Last wanted) {
                long first = beforeLast(topic, wanted.count(), place);
                starts.put(topic, stage.missesMessages() ? new Range(0, place) : Range.of(first));
            }
        }
        return starts;
    }

    /** The sequence after which the last messages on a topic are, of those up to a sequence. */
    private long beforeLast(int topic, int count, long place) {
        StressEngine.Places everybodys = stage.engine().places(topic, StressEngine.EVERYBODY);
        StressEngine.Places own = stage.engine().places(topic, user);
        int ofAll = everybodys.firstAfter(place) - 1;
        int ofOwn = own.firstAfter(place) - 1;
        long before = place;
        for (int i = 0; i < count && (ofAll >= 0 || ofOwn >= 0); i++) {
            long latest = ofAll >= 0 ? everybodys.at(ofAll) : 0;
            long latestOwn = ofOwn >= 0 ? own.at(ofOwn) : 0;
            before = Math.max(latest, latestOwn) - 1;
            ofAll -= latest > latestOwn ? 1 : 0;
            ofOwn -= latest > latestOwn ? 0 : 1;
        }
        return before;
    }

    void subscribe(Set<Integer> topics, StartPosition start) {
        int number = ++commands;
        Map<Integer, Range> wantedBefore = wantedAfter;
        Range acknowledgedBefore = acknowledged;
        StressReading reading = connection();
        long place = stage.engine()
                .between(() -> stage.hub()
                        .subscribe(
                                client,
                                reading.queue,
                                new Subscription(names(topics), start),
                                new FixedAnswer(StressEncoding.answer(number)),
                                () -> {},
                                refused -> fault("refused: " + refused)));
        did("asked for " + topics.size() + " topics from " + shortly(start) + " at " + place);
        Map<Integer, Range> starts = new HashMap<>();
        if (start == StartPosition.NOW) {
            topics.forEach(topic -> starts.put(topic, wantedAfter.getOrDefault(topic, Range.of(place))));
        } else {
            starts.putAll(startsFrom(start, topics, place));
            acknowledged = least(starts);
        }
        wantedAfter = starts;
        Map<Integer, Range> now = new HashMap<>(starts);
        if (start == StartPosition.NOW) {
            topics.stream()
                    .filter(topic -> !wantedBefore.containsKey(topic))
                    .forEach(topic -> now.put(topic, Range.of(place)));
        }
        reading.commands(new Command(number, now, start != StartPosition.NOW, place, () -> {
            wantedAfter = wantedBefore;
            acknowledged = acknowledgedBefore;
        }));
    }

    /** Its backend gives it other topics while it is away: what it has not received of those that it has no more never comes. */
    void change(Set<Integer> topics) {
        Set<Integer> had = Set.copyOf(wantedAfter.keySet());
        Set<Topic> added =
                names(topics.stream().filter(topic -> !had.contains(topic)).collect(Collectors.toSet()));
        Set<Topic> removed =
                names(had.stream().filter(topic -> !topics.contains(topic)).collect(Collectors.toSet()));
        RegistrationChange change = new RegistrationChange(added, removed, Optional.empty(), Optional.empty());
        long before = stage.engine().last();
        Set<Topic> inForce = stage
                .hub()
                .registrar()
                .change(client.id().secret(), change)
                .toCompletableFuture()
                .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .join()
                .stream()
                .flatMap(changed -> changed.topics().stream())
                .collect(Collectors.toSet());
        Range place = new Range(before, stage.engine().last());
        did("was changed to " + topics.size() + " topics at " + place);
        if (!inForce.equals(names(topics))) {
            fault("changed to " + inForce + " instead of " + topics);
        }
        wantedAfter.keySet().retainAll(topics);
        topics.forEach(topic -> wantedAfter.putIfAbsent(topic, place));
    }

    /** Answers the question that is open. */
    void acknowledge() {
        StressReading reading = connection();
        boolean counts = !reading.isQuestionVoid();
        reading.takeQuestion().ifPresent(sequence -> {
            stage.hub().acknowledge(client, reading.queue, sequence);
            did("acknowledged " + sequence + (counts ? "" : " in vain"));
            if (counts) {
                acknowledged = acknowledged.atLeast(Range.of(sequence));
            }
        });
    }

    /** Says something that it was not asked. */
    void acknowledgeWrongly(long sequence) {
        stage.hub().acknowledge(client, connection().queue, sequence);
    }

    /** Reads so many frames at most, and finds out whether it was closed. */
    boolean read(int most) {
        ended.removeIf(reading -> {
            reading.read(Integer.MAX_VALUE);
            return reading.closed().isPresent();
        });
        if (now == null) {
            return false;
        }
        boolean any = now.read(most);
        if (now != null && now.closed().isPresent()) {
            wasClosed();
        } else if (now != null && now.wire.isAborted()) {
            disconnect();
        }
        return any;
    }

    private void wasClosed() {
        StressReading closed = connection();
        stage.hub().disconnect(client, closed.queue);
        did("was closed with " + closed.closed());
        boolean tooSlow = closed.closed().equals(Optional.of(CloseReason.TOO_SLOW));
        closed.rememberGaps(stage.engine().last());
        now = null;
        if (tooSlow && kept) {
            forgetWhatCameTooLate(closed);
        } else {
            gone = true;
        }
    }

    /** It was closed at a time that is not known: what it said since counts for nothing. */
    private void forgetWhatCameTooLate(StressReading closed) {
        Range all = acknowledged;
        closed.undoUnanswered();
        acknowledged = new Range(closed.base.low(), Math.max(all.high(), acknowledged.high()));
    }

    void disconnect() {
        StressReading reading = connection();
        long place = stage.engine().between(() -> stage.hub().disconnect(client, reading.queue));
        did("left at " + place + (reading.wire.isBroken() ? ", cut" : ""));
        ends(reading, place, Set.of());
        now = null;
        gone |= !kept;
    }

    private void ends(StressReading reading, long place, Set<CloseReason> reasons) {
        reading.open();
        boolean cut = reading.wire.isBroken();
        reading.endsAfter(cut || mayBeClosed() ? -1 : place, place, reasons);
        if (kept && mayBeClosed()) {
            if (cut && reading.isUnanswered()) {
                // Nobody can know what became of that.
                unregister();
                return;
            }
            awaitAllOf(reading);
            reading.read(Integer.MAX_VALUE);
            if (cut || reading.closed().equals(Optional.of(CloseReason.TOO_SLOW))) {
                forgetWhatCameTooLate(reading);
            }
        }
        reading.rememberGaps(place);
        ended.add(reading);
    }

    private void awaitAllOf(StressReading reading) {
        CountDownLatch out = new CountDownLatch(1);
        stage.hub()
                .afterAllFor(
                        client,
                        () -> reading.queue.afterAll(WriteListener.of(out::countDown, cause -> out.countDown())));
        await(out);
    }

    void unregister() {
        long place = stage.engine().between(() -> stage.hub().unregister(client));
        removed(place, place);
    }

    /** Its registration was removed after the message with one sequence, or at the latest after another. */
    void removed(long certain, long latest) {
        if (now != null) {
            now.open();
            boolean uncertain = mayBeClosed() || now.wire.isBroken();
            now.endsAfter(uncertain ? -1 : certain, latest, Set.of(CloseReason.DELETED));
            ended.add(now);
        }
        now = null;
        gone = true;
    }

    /** Reads all that its connection has been sent so far. */
    void readAll() {
        if (now != null) {
            awaitAllOf(now);
            read(Integer.MAX_VALUE);
        }
    }

    /** Reads all that its former connections brought. */
    void finish() {
        if (now != null) {
            awaitAllOf(now);
            now.read(Integer.MAX_VALUE);
        }
        for (StressReading reading : ended) {
            awaitAllOf(reading);
            reading.read(Integer.MAX_VALUE);
            reading.checkEnd();
        }
    }

    private void await(CountDownLatch latch) {
        try {
            if (!latch.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                fault("what it was sent does not come");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String shortly(StartPosition start) {
        return start instanceof StartPosition.Resume ? "here and there" : start.toString();
    }

    private static Set<Topic> names(Set<Integer> topics) {
        return topics.stream().map(StressEngine::topic).collect(Collectors.toUnmodifiableSet());
    }
}
