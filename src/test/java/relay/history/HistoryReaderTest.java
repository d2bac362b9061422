package relay.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.engine.Archive;
import relay.message.AcceptedMessage;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.MessageOptions;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/**
 * Whatever happens to the history while it is read page by page: what was published comes once and in order, or it is said
 * that it may be missing. Compared to a plain list of all that was ever published, at random, from seeds that are fixed.
 */
class HistoryReaderTest {
    private static final long AGE = Duration.ofMinutes(1).toNanos();
    private static final int ROUNDS = 40;
    private static final int STEPS = 400;

    /** Fewer logs than there are: so that a pattern is read in several goes. A message is in three at most. */
    private static final int FEW_LOGS = 8;

    private static final List<Topic> TOPICS = Stream.of("a", "b", "c", "n.a", "n.b", "n.b.c", "n..c")
            .map(Topic::new)
            .toList();
    private static final List<Topic> PATTERNS =
            Stream.of("*", "**", "n.*", "n.**", "*.b").map(Topic::new).toList();
    private static final List<UserId> USERS = List.of(new UserId("1"), new UserId("2"), new UserId("3"));
    private static final List<ClientId> CLIENTS = List.of(new ClientId(1, 1), new ClientId(1, 2));

    private Random random = new Random(0);
    private long clock;
    private long sequence;
    private History history = history(new HistoryOptions(1, Duration.ofNanos(AGE), 1));

    /** Whether there are messages with options, which the first rounds are without. */
    private boolean withOptions;

    /** All that was ever published, by sequence. */
    private final TreeMap<Long, StoredMessage> published = new TreeMap<>();

    /** What has not come, and nobody has said so yet. */
    private final Set<Long> notSaid = new HashSet<>();

    private final Set<Topic> followed = new HashSet<>();
    private final List<Way> ways = new ArrayList<>();

    /** A reading under way, and what it is known to have to bring. */
    private static final class Way {
        private final Map<TopicLogKey, Long> known = new HashMap<>();
        private final HistoryReader.Query query;
        private final int logs;
        private HistoryReader reading;
        private boolean whole;

        /** Whether it has another reader than the first. */
        private boolean goesOn;

        /** What it was told may be missing, for each topic or pattern that it asks for. */
        private final Map<Topic, Long> trimmed = new LinkedHashMap<>();

        private final List<Long> read = new ArrayList<>();

        /** What was held when it was looked up, and is not said to be missing since. */
        private final Set<Long> held = new HashSet<>();

        Way(History history, HistoryReader.Query query, int logs) {
            this.query = query;
            this.logs = logs;
            this.reading = reader(history, query.after());
        }

        private HistoryReader reader(History history, long after) {
            return new HistoryReader(
                    history,
                    new HistoryReader.Query(
                            query.starts(),
                            query.client(),
                            query.user(),
                            after,
                            query.through(),
                            query.subscribedSince(),
                            known),
                    RetainedReader.none(),
                    logs);
        }

        void readOn(History history) {
            reading = reader(history, reading.through());
            goesOn = true;
            whole = false;
        }
    }

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
    @ValueSource(ints = {0, 1, 7, 1000})
    void theLastMessagesAreThoseOfAPlainList(int count) {
        for (int round = 0; round < ROUNDS; round++) {
            beginWithSome(round);
            Topic topic = anyAsked();
            UserId user = any(USERS);
            long through = random.nextLong(sequence + 1);
            List<Long> last = published.headMap(through, true).values().stream()
                    .filter(held -> isFor(held, topic, user) && !held.isOlder(clock, AGE) && !held.isExpired(clock))
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
    void allThatIsHeldOrWasAcceptedSinceBeginsWhereItDoesInAPlainList() {
        for (int round = 0; round < ROUNDS; round++) {
            beginWithSome(round);
            Topic topic = anyAsked();
            UserId user = any(USERS);
            List<StoredMessage> held = published.values().stream()
                    .filter(one -> isFor(one, topic, user) && !one.isOlder(clock, AGE))
                    .toList();
            long all = history.startOfAll(topic, Optional.of(user), sequence);
            assertThat(held.stream().filter(one -> !one.isExpired(clock))).allMatch(one -> one.sequence() > all);
            assertThat(all).isBetween(held.isEmpty() ? sequence : held.get(0).sequence() - 1, sequence);
            long time = random.nextLong(AGE / 2);
            long since = history.startOfSince(topic, Optional.of(user), Duration.ofNanos(time));
            assertThat(held).allMatch(one -> one.sequence() > since == !one.isOlder(clock, time + 1));
        }
    }

    @Test
    void aMessageWithSeveralTopicsComesByTheFirstThatIsAskedFor() {
        begin(0, new HistoryOptions(10, Duration.ofNanos(AGE), 1 << 20));
        append(new Message(
                List.of(new Topic("z"), new Topic("n.b"), new Topic("b"), new Topic("a")),
                Optional.empty(),
                Text.of(""),
                MessageOptions.NONE));
        assertThat(topicsRead("a", "b")).containsExactly(new Topic("b"));
        assertThat(topicsRead("*")).containsExactly(new Topic("z"));
        assertThat(topicsRead("a", "n.**", "n.*")).containsExactly(new Topic("n.b"));
        assertThat(topicsRead("a", "*.x")).containsExactly(new Topic("a"));
    }

    @Test
    void whatHadExpiredWhenItWentIsNotMissing() {
        begin(0, new HistoryOptions(2, Duration.ofNanos(AGE), 1 << 20));
        append(expiring("a", 10));
        append(expiring("a", 10));
        clock += 10;
        append(expiring("a", AGE));
        append(expiring("a", AGE));
        assertThat(trimmedOf("a", "*")).isEmpty();
        append(expiring("a", AGE));
        assertThat(trimmedOf("a", "*")).isEqualTo(Map.of(new Topic("a"), 3L, new Topic("*"), 3L));
        append(expiring("b", AGE));
        append(new Message(new Topic("c"), Optional.empty(), Text.of("")));
        append(expiring("c", AGE));
        clock += AGE;
        assertThat(trimmedOf("c")).isEqualTo(Map.of(new Topic("c"), 7L));
        while (history.expire()) {
            clock++;
        }
        assertThat(trimmedOf("a", "b", "c")).isEqualTo(Map.of(new Topic("a"), 3L, new Topic("c"), 7L));
        assertThat(history.bytes()).isZero();
    }

    private static Message expiring(String topic, long ttlNanos) {
        return new Message(
                List.of(new Topic(topic)),
                Optional.empty(),
                Text.of(""),
                new MessageOptions(
                        Optional.of(Duration.ofNanos(ttlNanos)), Optional.empty(), MessageOptions.Retain.NO));
    }

    private Map<Topic, Long> trimmedOf(String... asked) {
        Map<Topic, Long> starts = new LinkedHashMap<>();
        Stream.of(asked).forEach(name -> starts.put(new Topic(name), 0L));
        HistoryReader reading =
                new HistoryReader(history, new HistoryReader.Query(starts, Optional.empty(), 0, sequence, 0));
        assertThat(reading.lookUp(Integer.MAX_VALUE)).isTrue();
        return reading.takeTrimmed();
    }

    private List<Topic> topicsRead(String... asked) {
        Map<Topic, Long> starts = new LinkedHashMap<>();
        Stream.of(asked).forEach(name -> starts.put(new Topic(name), 0L));
        HistoryReader reading =
                new HistoryReader(history, new HistoryReader.Query(starts, Optional.empty(), 0, sequence, 0));
        assertThat(reading.lookUp(Integer.MAX_VALUE)).isTrue();
        List<StoredMessage> messages = reading.next(100, 100).messages();
        assertThat(messages).noneMatch(StoredMessage::isPlain);
        return messages.stream().map(held -> held.message().topic()).toList();
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
        withOptions = seed % 2 == 1;
        clock = Long.MAX_VALUE - AGE * 3;
        sequence = 0;
        history = history(options);
        published.clear();
        notSaid.clear();
        followed.clear();
        ways.clear();
    }

    private void beginWithSome(int round) {
        begin(round, new HistoryOptions(1000, Duration.ofNanos(AGE), 1 << 20));
        for (int i = 0; i < 60; i++) {
            append(message(true));
            clock += random.nextInt(5) == 0 ? AGE / 10 : 0;
        }
    }

    private History history(HistoryOptions options) {
        return new History(options, () -> clock);
    }

    private void happens(boolean followedOnly) {
        int dice = random.nextInt(100);
        if (followedOnly && dice < 15) {
            becomesAnother(anyAsked(), dice);
        } else if (dice < 55) {
            publish(message(true), followedOnly);
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
            misses(new Message(
                    topic.isPattern() ? any(TOPICS) : topic,
                    random.nextBoolean() ? Optional.empty() : Optional.of(any(USERS)),
                    Text.of("")));
        } else if (dice < 12) {
            saysWhatIsMissing();
        } else if (dice < 13) {
            interrupt();
        } else if (dice < 14) {
            history.forget(topic);
            followed.remove(topic);
            ways.removeIf(way -> !way.query.starts().keySet().stream().allMatch(this::isFollowed));
        }
    }

    private boolean isFollowed(Topic asked) {
        return followed.stream().anyMatch(one -> one.matches(asked));
    }

    private void load(Topic asked, Optional<UserId> recipient) {
        if (!asked.isPattern()) {
            loadTopic(asked, recipient);
            return;
        }
        // Some have no past as far as the engine knows any more: the pattern tells up to where.
        List<Topic> named = TOPICS.stream()
                .filter(topic -> asked.matches(topic) && random.nextInt(4) > 0)
                .toList();
        named.forEach(topic -> loadTopic(topic, recipient));
        long rest = published.values().stream()
                .filter(held -> held.message().recipient().equals(recipient)
                        && held.message().topics().stream()
                                .anyMatch(topic -> asked.matches(topic) && !named.contains(topic)))
                .mapToLong(StoredMessage::sequence)
                .max()
                .orElse(0);
        history.load(asked, recipient, List.of(), rest);
    }

    private void loadTopic(Topic topic, Optional<UserId> recipient) {
        List<StoredMessage> all = published.values().stream()
                .filter(held -> held.message().topics().contains(topic)
                        && held.message().recipient().equals(recipient)
                        && !notSaid.contains(held.sequence())
                        && !held.isOlder(clock, AGE))
                .map(held -> StoredMessage.on(topic, held.sequence(), 0, held.message(), held.acceptedNanos()))
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
            Message message = message(false);
            boolean comes = brought.entrySet().stream()
                    .anyMatch(one -> one.getKey().matches(message.topic())
                            && message.recipient()
                                    .filter(one.getValue()::contains)
                                    .isPresent());
            if (message.recipient().isPresent() && !comes) {
                publishElsewhere(message);
            }
        }
        history.interrupt(brought, sequence);
    }

    /** Somebody begins to read. */
    private void set(boolean followedOnly) {
        Map<Topic, Long> starts = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i >= 0; i--) {
            Topic asked = anyAsked();
            if (!followedOnly || isFollowed(asked)) {
                starts.put(asked, random.nextLong(sequence + 1));
            }
        }
        long through = random.nextInt(3) == 0 ? random.nextLong(sequence + 1) : sequence;
        long after = random.nextInt(3) == 0 ? random.nextLong(sequence + 1) : 0;
        HistoryReader.Query query = new HistoryReader.Query(
                starts,
                Optional.of(any(CLIENTS)),
                Optional.of(any(USERS)),
                after,
                through,
                random.nextBoolean() ? 0 : through,
                new HashMap<>());
        ways.add(new Way(history, query, random.nextBoolean() ? FEW_LOGS : ReaderQueue.MOST));
    }

    private void goOn(Way way, boolean exact) {
        if (!way.whole) {
            lookUp(way, exact);
            return;
        }
        HistoryReader.Page page = way.reading.next(1 + random.nextInt(7), 20);
        for (StoredMessage held : page.messages()) {
            assertThat(held.isOlder(clock, AGE) || held.isExpired(clock)).isFalse();
            assertThat(held.message().options().isFor(way.query.client().orElseThrow()))
                    .isTrue();
            way.read.add(held.sequence());
        }
        boolean hasMore = page.rest() == HistoryReader.Rest.NOTHING && way.reading.through() < way.query.through();
        long reached = hasMore ? way.reading.through() : way.read.isEmpty() ? 0 : way.read.get(way.read.size() - 1);
        if (hasMore) {
            way.readOn(history);
        } else if (page.rest() != HistoryReader.Rest.MORE) {
            ways.remove(way);
        }
        if (page.rest() == HistoryReader.Rest.INVALIDATED) {
            assertThat(exact).isFalse();
            return;
        }
        assertThat(way.read).isSorted().doesNotHaveDuplicates().isSubsetOf(wanted(way.query));
        boolean atEnd = page.rest() == HistoryReader.Rest.NOTHING && !hasMore;
        assertThat(missing(way)).allMatch(missing -> missing > reached && !atEnd);
        if (exact) {
            assertThat(way.held.stream()
                            .filter(held -> (held <= reached || atEnd)
                                    && !way.read.contains(held)
                                    && !published.get(held).isExpired(clock)))
                    .isEmpty();
            if (page.rest() == HistoryReader.Rest.LOST) {
                assertThat(mayBeTrimmed(way.query).values()).anyMatch(trimmed -> trimmed > reached);
            }
        }
    }

    private void lookUp(Way way, boolean exact) {
        Set<Long> held = exact ? held(way.query) : Set.of();
        way.whole = way.reading.lookUp(exact || random.nextBoolean() ? Integer.MAX_VALUE : 1);
        Map<Topic, Long> news = way.reading.takeTrimmed();
        news.forEach((asked, through) -> way.trimmed.merge(asked, through, Math::max));
        if (!exact) {
            return;
        }
        assertThat(way.whole).isTrue();
        if (way.goesOn) {
            way.held.removeIf(one -> way.query.starts().keySet().stream()
                    .anyMatch(asked ->
                            isFor(published.get(one), asked, way.query.user().orElseThrow())
                                    && one <= news.getOrDefault(asked, 0L)));
        } else {
            way.held.addAll(held);
            Map<Topic, Long> least = trimmed(way.query);
            Map<Topic, Long> most = mayBeTrimmed(way.query);
            if (way.reading.through() == way.query.through()) {
                least.forEach((asked, through) ->
                        assertThat(news.getOrDefault(asked, 0L)).isGreaterThanOrEqualTo(through));
            }
            news.forEach((asked, through) -> assertThat(through).isLessThanOrEqualTo(most.getOrDefault(asked, 0L)));
        }
    }

    /** What it should have had by its end, and was not told that it may miss it. */
    private List<Long> missing(Way way) {
        return wanted(way.query).stream()
                .filter(wanted -> !way.read.contains(wanted)
                        && !notSaid.contains(wanted)
                        && !published.get(wanted).isExpired(clock))
                .filter(wanted -> way.trimmed.entrySet().stream()
                        .noneMatch(told -> wanted <= told.getValue()
                                && published.get(wanted).message().topics().stream()
                                        .anyMatch(told.getKey()::matches)))
                .toList();
    }

    private List<Long> wanted(HistoryReader.Query query) {
        return published.values().stream()
                .filter(held -> held.message().options().isFor(query.client().orElseThrow())
                        && query.starts().keySet().stream().anyMatch(asked -> isWanted(held, asked, query)))
                .map(StoredMessage::sequence)
                .toList();
    }

    private static boolean isWanted(StoredMessage held, Topic asked, HistoryReader.Query query) {
        return held.sequence() > Math.max(query.starts().getOrDefault(asked, Long.MAX_VALUE), query.after())
                && held.sequence() <= query.through()
                && isFor(held, asked, query.user().orElseThrow());
    }

    /** What of a query can be had now: readers of single topics say so. */
    private Set<Long> held(HistoryReader.Query query) {
        Set<Long> held = new HashSet<>();
        for (Topic topic : TOPICS) {
            Set<Long> ofTopic = heldOf(topic, query.user());
            query.starts().keySet().stream()
                    .filter(asked -> asked.matches(topic))
                    .forEach(asked -> ofTopic.stream()
                            .filter(one -> isWanted(published.get(one), asked, query))
                            .forEach(held::add));
        }
        held.removeIf(one ->
                !published.get(one).message().options().isFor(query.client().orElseThrow()));
        return held;
    }

    private Set<Long> heldOf(Topic topic, Optional<UserId> user) {
        HistoryReader all =
                new HistoryReader(history, new HistoryReader.Query(Map.of(topic, 0L), user, 0, sequence, 0));
        all.lookUp(1);
        return all.next(Integer.MAX_VALUE, Long.MAX_VALUE).messages().stream()
                .map(StoredMessage::sequence)
                .collect(Collectors.toSet());
    }

    /** For all that is asked for the last that was wanted, is not to be had now, and has not expired. */
    private Map<Topic, Long> trimmed(HistoryReader.Query query) {
        return trimmed(query, false);
    }

    /** The same with what has expired, which may have been trimmed before, and with what is beyond the end of the query. */
    private Map<Topic, Long> mayBeTrimmed(HistoryReader.Query query) {
        return trimmed(query, true);
    }

    private Map<Topic, Long> trimmed(HistoryReader.Query query, boolean perhaps) {
        Map<Topic, Long> expected = new HashMap<>();
        for (Topic topic : TOPICS) {
            Set<Long> held = heldOf(topic, query.user());
            query.starts().forEach((asked, start) -> {
                long after = Math.max(start, query.after());
                published.tailMap(after, false).values().stream()
                        .filter(one -> asked.matches(topic) && after < query.through())
                        .filter(one -> isFor(one, topic, query.user().orElseThrow()) && !held.contains(one.sequence()))
                        .filter(one -> perhaps || (!one.isExpired(clock) && one.sequence() <= query.through()))
                        .forEach(one -> expected.merge(asked, Math.min(one.sequence(), query.through()), Math::max));
            });
        }
        return expected;
    }

    private static boolean isFor(StoredMessage held, Topic asked, UserId user) {
        return held.message().topics().stream().anyMatch(asked::matches)
                && held.message()
                        .recipient()
                        .filter(other -> !other.equals(user))
                        .isEmpty();
    }

    /** Whoever follows some topics only is brought the message for these. */
    private void publish(Message message, boolean followedOnly) {
        List<Topic> topics = followedOnly
                ? message.topics().stream().filter(this::isFollowed).toList()
                : message.topics();
        publishElsewhere(message);
        if (!topics.isEmpty()) {
            Message here = new Message(topics, message.recipient(), message.text(), message.options());
            history.append(new AcceptedMessage(new MessageId("e", sequence), 0, here), clock, Archive.NOWHERE);
        }
    }

    private void append(Message message) {
        publishElsewhere(message);
        history.append(new AcceptedMessage(new MessageId("e", sequence), 0, message), clock, Archive.NOWHERE);
    }

    private void publishElsewhere(Message message) {
        sequence++;
        published.put(sequence, new StoredMessage(sequence, 0, message, clock));
    }

    private Message message(boolean severalTopics) {
        Optional<UserId> user = random.nextInt(3) == 0 ? Optional.of(any(USERS)) : Optional.empty();
        List<Topic> topics = new ArrayList<>(TOPICS);
        Collections.shuffle(topics, random);
        int many = severalTopics && random.nextInt(3) == 0 ? 2 + random.nextInt(2) : 1;
        MessageOptions options = withOptions && random.nextInt(3) == 0
                ? new MessageOptions(
                        random.nextBoolean()
                                ? Optional.of(Duration.ofNanos(1 + random.nextLong(AGE)))
                                : Optional.empty(),
                        random.nextBoolean() ? Optional.of(any(CLIENTS)) : Optional.empty(),
                        MessageOptions.Retain.NO)
                : MessageOptions.NONE;
        return new Message(topics.subList(0, many), user, Text.of("x".repeat(random.nextInt(12))), options);
    }

    private Topic anyAsked() {
        return random.nextInt(3) == 0 ? any(PATTERNS) : any(TOPICS);
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
