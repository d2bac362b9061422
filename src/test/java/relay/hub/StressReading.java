package relay.hub;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import relay.hub.StressEngine.Notice;
import relay.hub.StressEngine.Places;
import relay.hub.StressEngine.Sent;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;

/**
 * What comes over one connection, frame by frame, compared with what has to: of each of its topics every message after the
 * start, once and in order, whether it is replayed or new. One thread.
 */
final class StressReading {
    private static final long NOTHING = -1;

    /** A sequence that is known exactly, unless a client was closed at an unknown time. */
    record Range(long low, long high) {
        static Range of(long sequence) {
            return new Range(sequence, sequence);
        }

        Range atLeast(Range other) {
            return new Range(Math.max(low, other.low), Math.max(high, other.high));
        }

        Range atMost(Range other) {
            return new Range(Math.min(low, other.low), Math.min(high, other.high));
        }
    }

    /**
     * A command that is not answered yet.
     *
     * @param starts for each topic after which sequence it is wanted
     * @param rewinds whether that is so for those too which were asked for before
     * @param place the sequence of the last message before it
     * @param undo takes it back, where it was never done
     */
    record Command(int number, Map<Integer, Range> starts, boolean rewinds, long place, Runnable undo) {}

    private final StressEngine engine;
    private final StressClient client;
    final StressWire wire;
    final SendQueue queue;
    private final Map<Integer, Range> starts;
    private final Map<Long, Integer> positions = new HashMap<>();
    private final Map<Integer, Long> lastOfTopic = new HashMap<>();
    /** Of each log the gap after which nothing of it has come yet. */
    private final Map<Long, Long> openGaps = new HashMap<>();

    private final Set<Map.Entry<Integer, Long>> told = new HashSet<>();
    private final Deque<Command> commands = new ArrayDeque<>();
    private final List<Sent> toConfirm = new ArrayList<>();
    private final Set<CloseReason> mayCloseWith = new HashSet<>();
    private Optional<CloseReason> closed = Optional.empty();

    /** Whether it has got nothing but what was new: then it is known at any time what it must have. */
    private boolean onlyNew;

    private long last = NOTHING;
    private long asked = NOTHING;
    private boolean askedBeforeCommand;

    /** The last sequence that it may bring, and must if it gets only what is new. */
    private long end = Long.MAX_VALUE;

    private long certainEnd = NOTHING;

    private boolean open;

    /** The sequence that its client is known to have acknowledged at the least. */
    Range base;

    StressReading(
            StressEngine engine,
            StressClient client,
            StressWire wire,
            SendQueue queue,
            Map<Integer, Range> starts,
            boolean onlyNew) {
        this.engine = engine;
        this.client = client;
        this.wire = wire;
        this.queue = queue;
        this.starts = new HashMap<>(starts);
        this.onlyNew = onlyNew;
        this.base = StressClient.least(starts);
        if (client.mayBeClosed()) {
            mayCloseWith.add(CloseReason.TOO_SLOW);
        }
    }

    Optional<CloseReason> closed() {
        return closed;
    }

    /** The handshake is out, unless it was before. */
    void open() {
        if (!open) {
            open = true;
            queue.open();
        }
    }

    void commands(Command command) {
        commands.add(command);
        askedBeforeCommand |= command.rewinds();
    }

    /** Takes back what was asked for and never done. */
    void undoUnanswered() {
        if (!commands.isEmpty()) {
            commands.peek().undo().run();
        }
    }

    boolean isUnanswered() {
        return !commands.isEmpty();
    }

    /** It ends after the message with one sequence, or at the latest after another, for a reason. */
    void endsAfter(long certain, long latest, Set<CloseReason> reasons) {
        certainEnd = certain;
        end = latest;
        mayCloseWith.addAll(reasons);
    }

    /** Reads so many frames at most; false if there was nothing. */
    boolean read(int most) {
        boolean any = false;
        Optional<StressWire.Frame> next = most > 0 ? wire.next() : Optional.empty();
        for (int count = 1; next.isPresent(); count++) {
            any = true;
            if (closed.isPresent()) {
                fault("something after its close frame: " + next.get());
            }
            take(next.get());
            next = count < most ? wire.next() : Optional.empty();
        }
        return any;
    }

    private void take(StressWire.Frame frame) {
        switch (frame.kind()) {
            case StressEncoding.MESSAGE -> message(engine.sent(frame.sequence()), frame);
            case StressEncoding.GAP -> gap(frame.number(), frame.sequence());
            case StressEncoding.PING -> ping(frame.sequence());
            case StressEncoding.ANSWER -> answer(frame.number());
            default -> close(reason(frame.number()));
        }
    }

    private static CloseReason reason(int code) {
        return Arrays.stream(CloseReason.values())
                .filter(reason -> reason.code() == code)
                .findFirst()
                .orElseThrow();
    }

    private void message(Sent sent, StressWire.Frame frame) {
        Range start = sent == null ? null : starts.get(sent.topic);
        if (start == null || sent.number != frame.number()) {
            fault("not asked for: " + (sent == null ? frame : sent));
            return;
        }
        if (sent.sequence <= last) {
            fault("out of order: " + sent + " after " + last);
        }
        if (sent.sequence
                > (commands.isEmpty() ? end : Math.min(end, commands.peek().place()))) {
            fault("in front of the answer, or after the end: " + sent + ", " + commands.peek() + ", " + end);
        }
        follow(sent, start);
        checkNotices(sent);
        closeGap(sent);
        lastOfTopic.put(sent.topic, sent.sequence);
        last = sent.sequence;
        if (onlyNew) {
            sent.receivedLive.incrementAndGet();
        }
        if (sent.confirmed) {
            toConfirm.add(sent);
        }
    }

    /** It is the next one of its topic and recipient. */
    private void follow(Sent sent, Range start) {
        if (sent.user != StressEngine.EVERYBODY && sent.user != client.user()) {
            fault("for another user: " + sent);
        }
        Places places = engine.places(sent.topic, sent.user);
        long key = key(sent.topic, sent.user);
        boolean first = !positions.containsKey(key);
        int index = first ? places.firstAfter(start.low) : positions.get(key);
        if (places.at(index) > sent.sequence) {
            fault("repeated: " + sent + ", begun after " + start);
        }
        for (; places.at(index) < sent.sequence; index++) {
            long missing = places.at(index);
            if (!(first && missing <= start.high) && !isExcused(key, missing)) {
                fault("lost: " + engine.sent(missing) + " before " + sent + ", told "
                        + told.stream()
                                .filter(gap -> gap.getKey() == sent.topic)
                                .toList());
            }
        }
        positions.put(key, places.firstAfter(sent.sequence));
    }

    /** A gap in a log ends with the first message of it that comes from behind the gap. */
    private void closeGap(Sent sent) {
        long log = key(sent.topic, sent.user);
        Long gap = openGaps.get(log);
        if (gap != null && gap < sent.sequence) {
            client.toldOf(log, gap, sent.sequence);
            openGaps.remove(log);
        }
    }

    private boolean isExcused(long log, long sequence) {
        Long gap = openGaps.get(log);
        return (gap != null && sequence > gap) || client.wasToldOf(log, sequence);
    }

    /** Everything up to a sequence has come. */
    private void checkAllUpTo(long sequence, String when) {
        starts.forEach((topic, start) -> {
            checkAllUpTo(sequence, topic, StressEngine.EVERYBODY, start, when);
            checkAllUpTo(sequence, topic, client.user(), start, when);
        });
    }

    private void checkAllUpTo(long sequence, int topic, int user, Range start, String when) {
        Places places = engine.places(topic, user);
        Integer position = positions.get(key(topic, user));
        int index = position == null ? places.firstAfter(start.high) : position;
        for (; places.at(index) <= sequence; index++) {
            if (!isExcused(key(topic, user), places.at(index))) {
                fault("has not come " + when + " " + sequence + ": " + engine.sent(places.at(index)));
                return;
            }
        }
    }

    /** All gaps of which those are told who are up to date have been told before the next message of their topic. */
    private void checkNotices(Sent sent) {
        if (onlyNew) {
            Long before = lastOfTopic.get(sent.topic);
            long from = before == null ? starts.get(sent.topic).high : before;
            for (Notice notice : engine.notices(from, before != null, sent.sequence)) {
                if (notice.concerns(sent.topic, client.user()) && !knowsOf(notice, sent.topic)) {
                    fault("not told of " + notice + " before " + sent);
                }
            }
        }
    }

    /** A gap after an earlier place, with nothing behind it, is told once for all that is lost since. */
    private boolean knowsOf(Notice notice, int topic) {
        return told.contains(Map.entry(topic, notice.after()))
                || openGaps.getOrDefault(key(topic, StressEngine.EVERYBODY), Long.MAX_VALUE) <= notice.after()
                || openGaps.getOrDefault(key(topic, client.user()), Long.MAX_VALUE) <= notice.after();
    }

    private void gap(int topic, long after) {
        if (!starts.containsKey(topic)) {
            fault("a gap of a topic not asked for: t" + topic + " after " + after);
        }
        if (!client.mayMissMessages()) {
            fault("a gap where nothing is missing: t" + topic + " after " + after);
        }
        // What is lost while it catches up may come to it as news, and be found missing in the past too.
        if (!told.add(Map.entry(topic, after)) && onlyNew) {
            fault("a gap that was told before: t" + topic + " after " + after);
        }
        if (onlyNew) {
            if (!engine.hasNotice(after, topic, client.user())) {
                fault("a gap of which nobody knows: t" + topic + " after " + after);
            }
            if (lastOfTopic.getOrDefault(topic, NOTHING) > after) {
                fault("a gap after the message that follows it: t" + topic + " after " + after);
            }
            checkAllUpTo(Math.min(after, end), "in front of the gap after");
        }
        for (int user : new int[] {StressEngine.EVERYBODY, client.user()}) {
            openGaps.merge(key(topic, user), after, Math::min);
        }
    }

    /** It asks about what it was sent: all of that has to be in front of it. */
    private void ping(long sequence) {
        checkAllUpTo(sequence, "in front of the ping for");
        asked = sequence;
        askedBeforeCommand = commands.stream().anyMatch(Command::rewinds);
    }

    private void answer(int number) {
        Command command = commands.poll();
        if (command == null || command.number() != number) {
            fault("answer " + number + " to " + command);
            return;
        }
        if (last > command.place()) {
            fault("after the command, in front of its answer: " + last + ", " + command);
        }
        if (onlyNew) {
            checkAllUpTo(command.place(), "in front of the answer at");
        }
        if (command.rewinds()) {
            positions.clear();
            lastOfTopic.clear();
            openGaps.clear();
            told.clear();
            starts.clear();
            last = NOTHING;
            onlyNew = false;
            base = StressClient.least(command.starts());
        } else {
            forgetAllBut(command.starts().keySet());
        }
        command.starts().forEach(starts::putIfAbsent);
    }

    private void forgetAllBut(Set<Integer> topics) {
        starts.keySet().removeIf(topic -> {
            if (!topics.contains(topic)) {
                positions.remove(key(topic, StressEngine.EVERYBODY));
                positions.remove(key(topic, client.user()));
                return true;
            }
            return false;
        });
        lastOfTopic.keySet().retainAll(topics);
        openGaps.keySet().removeIf(log -> !topics.contains((int) (log / 1_000)));
    }

    private void close(CloseReason reason) {
        closed = Optional.of(reason);
        if (!mayCloseWith.contains(reason)) {
            fault("closed with " + reason);
        }
        if (reason != CloseReason.TOO_SLOW) {
            checkEnd();
        }
    }

    /** All frames that it ever brings have been read. */
    void checkEnd() {
        if (onlyNew && certainEnd != NOTHING) {
            checkAllUpTo(certainEnd, "by the end at");
        }
    }

    /** Whether it has brought everything so far. */
    boolean hasAllUpTo(long sequence) {
        return starts.entrySet().stream().allMatch(entry -> hasAllUpTo(sequence, entry.getKey(), entry.getValue()));
    }

    private boolean hasAllUpTo(long sequence, int topic, Range start) {
        for (int user : new int[] {StressEngine.EVERYBODY, client.user()}) {
            Integer position = positions.get(key(topic, user));
            Places places = engine.places(topic, user);
            int index = position == null ? places.firstAfter(start.high) : position;
            while (places.at(index) <= sequence && isExcused(key(topic, user), places.at(index))) {
                index++;
            }
            if (places.at(index) <= sequence) {
                return false;
            }
        }
        return true;
    }

    /** The question that is not answered yet, once; empty if none is. */
    Optional<Long> takeQuestion() {
        Optional<Long> question = asked == NOTHING ? Optional.empty() : Optional.of(asked);
        asked = NOTHING;
        question.ifPresent(sequence -> toConfirm.removeIf(sent -> {
            boolean now = sent.sequence <= sequence;
            if (now) {
                sent.acknowledged.incrementAndGet();
            }
            return now;
        }));
        return question;
    }

    /** Whether the answer to the question that is open moves nothing, for a command has asked for the past since. */
    boolean isQuestionVoid() {
        return askedBeforeCommand;
    }

    /** A gap that was told last, and after which nothing has come, is known of up to the end. */
    void rememberGaps(long through) {
        openGaps.forEach((log, after) -> client.toldOf(log, after, through + 1));
    }

    private static long key(int topic, int user) {
        return topic * 1_000L + user + 1;
    }

    private void fault(String what) {
        client.fault(what);
    }
}
