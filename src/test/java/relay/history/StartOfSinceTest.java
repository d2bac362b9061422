package relay.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import relay.engine.Archive;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/**
 * Whoever wants what was accepted since a time gets what is held of that, and is told if something is not. Compared to a plain list of
 * all messages and their times, at random, from seeds that are fixed.
 */
class StartOfSinceTest {
    private static final Duration AGE = Duration.ofMinutes(10);
    private static final long MILLI = 1_000_000;
    private static final int ROUNDS = 8;
    private static final int STEPS = 1000;
    private static final List<Topic> TOPICS = List.of(new Topic("a"), new Topic("b"), new Topic("c"));
    private static final List<UserId> USERS = List.of(new UserId("1"), new UserId("2"));

    private Random random = new Random(0);
    private long clock;
    private long sequence;
    private long archiveTrimmed;
    private History history = new History(new HistoryOptions(1, AGE, 1), () -> clock);

    /** All messages there ever were, by their sequence. */
    private final TreeMap<Long, Entry> all = new TreeMap<>();

    private int gaps;
    private int whole;

    private record Entry(Message message, long time) {
        boolean isFor(Topic topic, Optional<UserId> user) {
            return message.topic().equals(topic)
                    && (message.recipient().isEmpty() || message.recipient().equals(user));
        }
    }

    private record Found(Set<Long> sequences, Set<Long> inMemory, boolean gap) {}

    @ParameterizedTest
    @CsvSource({
        "3, 1000000, false",
        "40, 1000000, false",
        "5000, 1000000, false",
        "5000, 30000, false",
        "5000, 30000, true",
        "60, 30000, true"
    })
    void whatWasAcceptedSinceATimeComesOrIsSaidToBeMissing(int messages, long bytes, boolean archived) {
        for (int round = 0; round < ROUNDS; round++) {
            begin(round, new HistoryOptions(messages, AGE, bytes), archived);
            for (int step = 0; step < STEPS; step++) {
                happens(archived);
            }
        }
        assertThat(gaps).isPositive();
        assertThat(whole).isPositive();
    }

    @Test
    void theAgeOfTheHistoryLeavesNoGapOnABusyTopic() {
        begin(1, new HistoryOptions(1_000_000, AGE, 100_000_000), false);
        for (int second = 0; second < 1500; second++) {
            for (int i = 0; i < 20; i++) {
                clock += 50 * MILLI;
                publish(TOPICS.get(0), Optional.empty(), false);
            }
            if (second > 700) {
                for (Duration since : List.of(AGE, Duration.ofMinutes(5), Duration.ofSeconds(3))) {
                    long start = history.startOfSince(TOPICS.get(0), Optional.empty(), since);
                    // The client's turn comes later.
                    clock += 100 * MILLI;
                    assertThat(read(TOPICS.get(0), Optional.empty(), start).gap())
                            .isFalse();
                }
            }
        }
    }

    @Test
    void whatALongerTimeThanTheAgeOfTheHistoryWouldHaveIsMissing() {
        begin(1, new HistoryOptions(1000, AGE, 1_000_000), false);
        publish(TOPICS.get(0), Optional.empty(), false);
        clock += AGE.toNanos() + 1;
        publish(TOPICS.get(0), Optional.empty(), false);

        assertThat(since(TOPICS.get(0), AGE).gap()).isFalse();
        assertThat(since(TOPICS.get(0), AGE.plusSeconds(1)).gap()).isTrue();
        assertThat(since(TOPICS.get(1), AGE.plusSeconds(1)).gap()).isFalse();
    }

    @Test
    void beforeAnythingHasComeThereIsNoGap() {
        begin(1, new HistoryOptions(1000, AGE, 1_000_000), false);
        assertThat(since(TOPICS.get(0), Duration.ofDays(365)).gap()).isFalse();
    }

    @Test
    void aTopicThatIsFollowedAnewHasAGapOnlyWhereItMayHave() {
        begin(1, new HistoryOptions(3, AGE, 1_000_000), false);
        history.follow(TOPICS.get(0), 700);
        history.load(TOPICS.get(0), Optional.empty(), past(2), 600);
        history.follow(TOPICS.get(1), 700);
        history.load(TOPICS.get(1), Optional.empty(), past(3), 600);

        // The engine has let go of messages because of their age in the one, and because of their number in the other.
        assertThat(since(TOPICS.get(0), AGE).gap()).isFalse();
        assertThat(since(TOPICS.get(0), AGE).sequences()).hasSize(2);
        assertThat(since(TOPICS.get(1), AGE).gap()).isTrue();
        assertThat(since(TOPICS.get(0), AGE.plusSeconds(1)).gap()).isTrue();
    }

    private List<StoredMessage> past(int count) {
        List<StoredMessage> past = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            Message message = new Message(TOPICS.get(0), Optional.empty(), Text.of("x"));
            past.add(new StoredMessage(600 + i, 0, message, clock - MILLI));
        }
        return past;
    }

    private void begin(long seed, HistoryOptions options, boolean archived) {
        random = new Random(seed);
        clock = random.nextLong() / 4;
        sequence = 0;
        archiveTrimmed = 0;
        all.clear();
        history = new History(options, () -> clock);
        for (int i = 0; archived && i < 200; i++) {
            Message message = new Message(topic(), user(), Text.of("0123456789"));
            long age = (200 - i) * 1000L * MILLI;
            all.put(++sequence, new Entry(message, clock - age));
            history.restore(sequence, List.of(new TopicLogKey(message.topic(), message.recipient())), sequence, age);
        }
    }

    private void happens(boolean archived) {
        int what = random.nextInt(20);
        if (what < 8) {
            publish(topic(), user(), archived);
        } else if (what < 14) {
            clock += (1 + random.nextInt(30)) * MILLI;
        } else if (what < 16) {
            clock += random.nextInt(20_000) * MILLI;
        } else if (what == 16) {
            history.expire();
        } else if (what == 17 && archived && sequence > 0) {
            archiveTrimmed = Math.max(archiveTrimmed, sequence - random.nextInt(100));
            history.trimmed(archiveTrimmed);
        } else {
            ask(topic(), user(), Duration.ofMillis(1 + (long) Math.exp(random.nextDouble() * 14.5)));
        }
    }

    private void publish(Topic topic, Optional<UserId> user, boolean archived) {
        Message message = new Message(topic, user, Text.of("0123456789"));
        all.put(++sequence, new Entry(message, clock));
        history.append(
                new AcceptedMessage(new MessageId("e", sequence), 0, message),
                clock,
                archived ? sequence : Archive.NOWHERE);
    }

    private void ask(Topic topic, Optional<UserId> user, Duration since) {
        Found held = read(topic, user, history.startOfAll(topic, user, sequence));
        assertThat(held.sequences()).isEqualTo(read(topic, user, 0).sequences());
        Found found = read(topic, user, history.startOfSince(topic, user, since));
        // What has less than 5 s to live is not begun with.
        long back = since.compareTo(AGE) > 0
                ? since.toNanos()
                : Math.min(since.toNanos(), AGE.minusSeconds(5).toNanos());
        long begin = clock - back;
        long roughly = 2 * (10 * MILLI + back / 256);
        TreeSet<Long> wanted = new TreeSet<>();
        all.forEach((one, entry) -> {
            boolean exact = held.inMemory().contains(one);
            if (entry.isFor(topic, user) && entry.time() >= (exact ? begin : begin + roughly)) {
                wanted.add(one);
            }
        });
        assertThat(found.sequences())
                .containsAll(wanted.stream().filter(held.sequences()::contains).toList());
        assertThat(held.sequences()).containsAll(found.sequences());
        for (long one : found.sequences()) {
            long time = all.get(one).time();
            assertThat(time).isGreaterThanOrEqualTo(found.inMemory().contains(one) ? begin : begin - roughly);
        }
        // What is not held, of what comes after those that are surely too old.
        long lastMissing = all.entrySet().stream()
                .filter(one ->
                        one.getValue().isFor(topic, user) && !held.sequences().contains(one.getKey()))
                .mapToLong(one -> one.getValue().time() - begin)
                .max()
                .orElse(Long.MIN_VALUE);
        if (lastMissing >= roughly) {
            assertThat(found.gap()).isTrue();
            gaps++;
        } else if (lastMissing < -roughly) {
            assertThat(found.gap()).isFalse();
            whole++;
        }
    }

    private Found since(Topic topic, Duration time) {
        return read(topic, Optional.empty(), history.startOfSince(topic, Optional.empty(), time));
    }

    private Found read(Topic topic, Optional<UserId> user, long start) {
        HistoryReader reader = new HistoryReader(
                history, new HistoryReader.Query(Map.of(topic, start), user, start, Long.MAX_VALUE, 0));
        assertThat(reader.lookUp(1)).isTrue();
        boolean gap = !reader.takeTrimmed().isEmpty();
        Set<Long> sequences = new TreeSet<>();
        Set<Long> inMemory = new TreeSet<>();
        HistoryReader.Page page = reader.next(1000, Long.MAX_VALUE);
        while (page.rest() == HistoryReader.Rest.MORE) {
            add(page, sequences, inMemory);
            page = reader.next(1000, Long.MAX_VALUE);
        }
        add(page, sequences, inMemory);
        assertThat(page.rest()).isEqualTo(HistoryReader.Rest.NOTHING);
        return new Found(sequences, inMemory, gap);
    }

    private static void add(HistoryReader.Page page, Set<Long> sequences, Set<Long> inMemory) {
        Set<Long> these = page.messages().stream().map(StoredMessage::sequence).collect(Collectors.toSet());
        inMemory.addAll(these);
        sequences.addAll(these);
        page.archived().forEach(message -> sequences.add(message.sequence()));
    }

    private Topic topic() {
        return TOPICS.get(random.nextInt(TOPICS.size()));
    }

    private Optional<UserId> user() {
        return random.nextBoolean() ? Optional.empty() : Optional.of(USERS.get(random.nextInt(USERS.size())));
    }
}
