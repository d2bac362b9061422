package relay.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.engine.Archive;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/**
 * Whatever happens to the history while it is read page by page: what was published comes once and in order, or it is said
 * that it may be missing. Compared to a plain list of all that was ever published, at random, from seeds that are fixed.
 */
class HistoryReaderTest {
    private static final long AGE = Duration.ofMinutes(1).toNanos();
    private static final int ROUNDS = 150;
    private static final int STEPS = 400;
    private static final List<Topic> TOPICS =
            List.of(new Topic("a"), new Topic("b"), new Topic("c"), new Topic("d"), new Topic("e"));
    private static final List<UserId> USERS = List.of(new UserId("1"), new UserId("2"), new UserId("3"));

    private Random random = new Random(0);
    private long clock;
    private long sequence;
    private History history = history(new HistoryOptions(1, Duration.ofNanos(AGE), 1));

    /** All that was ever published, by sequence. */
    private final TreeMap<Long, StoredMessage> published = new TreeMap<>();

    /** What has not come, and nobody has said so yet. */
    private final Set<Long> notSaid = new HashSet<>();

    private final Set<Topic> followed = new HashSet<>();
    private final List<Way> ways = new ArrayList<>();

    /** A reading under way, and what it is known to have to bring. */
    private record Way(
            HistoryReader reading,
            HistoryReader.Query query,
            Map<Topic, Long> trimmed,
            List<Long> read,
            AtomicBoolean whole) {}

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 40})
    void whereAllMessagesComeNothingIsSkippedOrRepeatedOrLostInSilence(int messages) {
        for (int round = 0; round < ROUNDS; round++) {
            begin(round, new HistoryOptions(messages, Duration.ofNanos(AGE), 2_000 + 30_000L * (round % 3)));
            for (int step = 0; step < STEPS; step++) {
                happens(false);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 40})
    void whereTopicsAreFollowedNothingIsSkippedOrRepeatedOrLostInSilence(int messages) {
        for (int round = 0; round < ROUNDS; round++) {
            begin(round, new HistoryOptions(messages, Duration.ofNanos(AGE), 2_000 + 30_000L * (round % 3)));
            for (int step = 0; step < STEPS; step++) {
                happens(true);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1000})
    void theLastMessagesAreThoseOfAPlainList(int count) {
        for (int round = 0; round < ROUNDS; round++) {
            begin(round, new HistoryOptions(1000, Duration.ofNanos(AGE), 1 << 20));
            for (int i = 0; i < 60; i++) {
                publish();
                clock += random.nextInt(5) == 0 ? AGE / 10 : 0;
            }
            Topic topic = any(TOPICS);
            UserId user = any(USERS);
            long through = random.nextLong(sequence + 1);
            List<Long> last = published.headMap(through, true).values().stream()
                    .filter(held -> isFor(held, topic, user) && !held.isOlder(clock, AGE))
                    .map(StoredMessage::sequence)
                    .sorted(Comparator.reverseOrder())
                    .limit(count)
                    .toList();
            long expected = last.isEmpty() ? through : last.get(last.size() - 1) - 1;
            assertThat(history.startOfLast(topic, Optional.of(user), count, through))
                    .isEqualTo(expected);
        }
    }

    @Test
    void aGreatManyThatAgeTogetherAreGoneAtOnceForThoseWhoReadAndLetGoALittleAtATime() {
        begin(0, new HistoryOptions(100_000, Duration.ofNanos(AGE), 1L << 40));
        int many = 10_000;
        for (int i = 0; i < many; i++) {
            append(new Message(TOPICS.get(0), Optional.empty(), Text.of("")));
        }
        long bytes = history.bytes();
        clock += AGE;
        HistoryReader reading = new HistoryReader(
                history, new HistoryReader.Query(Map.of(TOPICS.get(0), 0L), Optional.of(USERS.get(0)), 0, sequence, 0));
        assertThat(reading.lookUp(1)).isTrue();
        assertThat(reading.takeTrimmed()).isEqualTo(Map.of(TOPICS.get(0), sequence));
        assertThat(reading.next(10, 10).rest()).isEqualTo(HistoryReader.Rest.NOTHING);
        assertThat(history.stored(TOPICS.get(0))).isEqualTo(new History.Stored(0, 0));
        append(new Message(TOPICS.get(1), Optional.empty(), Text.of("")));
        assertThat(history.bytes()).isBetween(bytes * 9 / 10, bytes);
        int calls = 1;
        while (history.expire()) {
            calls++;
        }
        assertThat(calls).isBetween(4, 10);
        assertThat(history.bytes()).isLessThan(1000);
    }

    private void begin(int seed, HistoryOptions options) {
        random = new Random(seed);
        clock = Long.MAX_VALUE - AGE * 3;
        sequence = 0;
        history = history(options);
        published.clear();
        notSaid.clear();
        followed.clear();
        ways.clear();
    }

    private History history(HistoryOptions options) {
        return new History(options, () -> clock);
    }

    private void happens(boolean followedOnly) {
        int dice = random.nextInt(100);
        if (followedOnly && dice < 15) {
            becomesAnother(any(TOPICS), dice);
        } else if (dice < 55) {
            Message message = message();
            if (!followedOnly || followed.contains(message.topic())) {
                append(message);
            } else {
                publishElsewhere(message);
            }
        } else if (dice < 58) {
            clock += random.nextLong(AGE);
        } else if (dice < 60) {
            history.expire();
        } else if (dice < 70) {
            set(followedOnly);
        } else if (!ways.isEmpty()) {
            goOn(ways.get(random.nextInt(ways.size())), !followedOnly);
        }
    }

    private void becomesAnother(Topic topic, int dice) {
        boolean follows = followed.contains(topic);
        if (!follows) {
            history.follow(topic, sequence);
            followed.add(topic);
        } else if (dice < 8) {
            load(topic, random.nextBoolean() ? Optional.empty() : Optional.of(any(USERS)));
        } else if (dice < 10) {
            misses(new Message(topic, random.nextBoolean() ? Optional.empty() : Optional.of(any(USERS)), Text.of("")));
        } else if (dice < 12) {
            saysWhatIsMissing();
        } else if (dice < 13) {
            interrupt();
        } else if (dice < 14) {
            history.forget(topic);
            followed.remove(topic);
            ways.removeIf(way -> way.query().starts().containsKey(topic));
        }
    }

    private void load(Topic topic, Optional<UserId> recipient) {
        List<StoredMessage> all = published.values().stream()
                .filter(held -> held.message().topic().equals(topic)
                        && held.message().recipient().equals(recipient)
                        && !notSaid.contains(held.sequence())
                        && !held.isOlder(clock, AGE))
                .map(held -> new StoredMessage(held.sequence(), 0, held.message(), held.acceptedNanos()))
                .toList();
        int from = random.nextInt(all.size() + 1);
        long before = from == all.size() ? sequence : all.get(from).sequence() - 1;
        history.load(topic, recipient, all.subList(from, all.size()), before);
    }

    private void misses(Message message) {
        publishElsewhere(message);
        notSaid.add(sequence);
    }

    private void saysWhatIsMissing() {
        for (long missed : notSaid) {
            Message message = published.get(missed).message();
            history.miss(message.topic(), message.recipient(), sequence);
        }
        notSaid.clear();
    }

    private void interrupt() {
        saysWhatIsMissing();
        Map<Topic, Set<UserId>> brought = new HashMap<>();
        followed.forEach(topic -> brought.put(topic, Set.of(any(USERS))));
        for (int i = 0; i < 3; i++) {
            Message message = message();
            Set<UserId> users = brought.getOrDefault(message.topic(), Set.of());
            if (message.recipient().filter(user -> !users.contains(user)).isPresent()) {
                publishElsewhere(message);
            }
        }
        history.interrupt(brought, sequence);
    }

    /** Somebody begins to read. */
    private void set(boolean followedOnly) {
        Map<Topic, Long> starts = new LinkedHashMap<>();
        for (Topic topic : TOPICS) {
            if (random.nextBoolean() && (!followedOnly || followed.contains(topic))) {
                starts.put(topic, random.nextLong(sequence + 1));
            }
        }
        long through = random.nextInt(3) == 0 ? random.nextLong(sequence + 1) : sequence;
        long after = random.nextInt(3) == 0 ? random.nextLong(sequence + 1) : 0;
        HistoryReader.Query query = new HistoryReader.Query(
                starts, Optional.of(any(USERS)), after, through, random.nextBoolean() ? 0 : through);
        ways.add(new Way(
                new HistoryReader(history, query),
                query,
                new LinkedHashMap<>(),
                new ArrayList<>(),
                new AtomicBoolean()));
    }

    private void goOn(Way way, boolean exact) {
        if (!way.whole().get()) {
            way.whole().set(way.reading().lookUp(1));
            way.trimmed().putAll(way.reading().takeTrimmed());
            if (exact) {
                assertThat(way.trimmed()).isEqualTo(trimmed(way.query()));
            }
            return;
        }
        HistoryReader.Page page = way.reading().next(1 + random.nextInt(7), 20);
        for (StoredMessage held : page.messages()) {
            assertThat(held.isOlder(clock, AGE)).isFalse();
            way.read().add(held.sequence());
        }
        if (page.rest() != HistoryReader.Rest.MORE) {
            ways.remove(way);
        }
        if (page.rest() == HistoryReader.Rest.INVALIDATED) {
            assertThat(exact).isFalse();
            return;
        }
        assertThat(way.read()).isSorted().doesNotHaveDuplicates().isSubsetOf(wanted(way.query()));
        long reached = way.read().isEmpty() ? 0 : way.read().get(way.read().size() - 1);
        assertThat(missing(way)).allMatch(missing -> missing > reached && page.rest() != HistoryReader.Rest.NOTHING);
        if (exact && page.rest() == HistoryReader.Rest.LOST) {
            assertThat(trimmed(way.query()).values()).anyMatch(trimmed -> trimmed > reached);
        }
    }

    /** What it should have had by its end, and was not told that it may miss it. */
    private List<Long> missing(Way way) {
        return wanted(way.query()).stream()
                .filter(wanted -> !way.read().contains(wanted) && !notSaid.contains(wanted))
                .filter(wanted -> wanted
                        > way.trimmed()
                                .getOrDefault(published.get(wanted).message().topic(), 0L))
                .toList();
    }

    private List<Long> wanted(HistoryReader.Query query) {
        return published.values().stream()
                .filter(held -> {
                    Long start = query.starts().get(held.message().topic());
                    return start != null
                            && held.sequence() > Math.max(start, query.after())
                            && held.sequence() <= query.through()
                            && isFor(held, held.message().topic(), query.user().orElseThrow());
                })
                .map(StoredMessage::sequence)
                .toList();
    }

    /** Of each topic the last that was wanted and is not to be had now, if that can be told: another one says what is held. */
    private Map<Topic, Long> trimmed(HistoryReader.Query query) {
        Map<Topic, Long> expected = new HashMap<>();
        Set<Long> held = new HashSet<>();
        query.starts().keySet().forEach(topic -> {
            HistoryReader all = new HistoryReader(
                    history, new HistoryReader.Query(Map.of(topic, 0L), query.user(), 0, sequence, 0));
            all.lookUp(1);
            all.next(Integer.MAX_VALUE, Long.MAX_VALUE).messages().forEach(one -> held.add(one.sequence()));
        });
        for (StoredMessage one : published.values()) {
            Long start = query.starts().get(one.message().topic());
            long after = start == null ? Long.MAX_VALUE : Math.max(start, query.after());
            boolean concerned =
                    isFor(one, one.message().topic(), query.user().orElseThrow()) && after < query.through();
            if (concerned && one.sequence() > after && !held.contains(one.sequence())) {
                expected.merge(one.message().topic(), Math.min(one.sequence(), query.through()), Math::max);
            }
        }
        return expected;
    }

    private static boolean isFor(StoredMessage held, Topic topic, UserId user) {
        return held.message().topic().equals(topic)
                && held.message()
                        .recipient()
                        .filter(other -> !other.equals(user))
                        .isEmpty();
    }

    private void publish() {
        append(message());
    }

    private void append(Message message) {
        publishElsewhere(message);
        history.append(new AcceptedMessage(new MessageId("e", sequence), 0, message), clock, Archive.NOWHERE);
    }

    private void publishElsewhere(Message message) {
        sequence++;
        published.put(sequence, new StoredMessage(sequence, 0, message, clock));
    }

    private Message message() {
        Optional<UserId> user = random.nextInt(3) == 0 ? Optional.of(any(USERS)) : Optional.empty();
        return new Message(any(TOPICS), user, Text.of("x".repeat(random.nextInt(12))));
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
