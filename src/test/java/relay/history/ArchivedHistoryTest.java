package relay.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
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
 * What memory has no room for is held by the archive alone, until that trims it: compared to a plain list of all messages, each
 * with what should have become of it, at random, from seeds that are fixed.
 */
class ArchivedHistoryTest {
    private static final long AGE = Duration.ofMinutes(1).toNanos();
    private static final int ROUNDS = 60;
    private static final int STEPS = 400;
    private static final int LONGEST = 12;
    private static final List<UserId> USERS = List.of(new UserId("1"), new UserId("2"), new UserId("3"));

    private Random random = new Random(0);
    private List<Topic> topics = List.of();
    private long clock;
    private long sequence;
    private HistoryOptions options = new HistoryOptions(1, Duration.ofNanos(AGE), 1);
    private History history = new History(options, () -> clock);

    /** All messages there ever were, by sequence. */
    private final TreeMap<Long, Entry> all = new TreeMap<>();

    private long archiveTrimmed;
    private long trimmedAtStart;
    private final List<Way> ways = new ArrayList<>();

    private enum Place {
        MEMORY,
        ARCHIVE,
        GONE
    }

    private static final class Entry {
        final long sequence;
        final Message message;
        final long at;
        final long location;
        Place place;

        Entry(long sequence, Message message, long at, long location, Place place) {
            this.sequence = sequence;
            this.message = message;
            this.at = at;
            this.location = location;
            this.place = place;
        }

        TopicLogKey key() {
            return new TopicLogKey(message.topic(), message.recipient());
        }

        long cost() {
            return new StoredMessage(sequence, 0, message, at).cost();
        }

        @Override
        public String toString() {
            return sequence + " " + place;
        }
    }

    /** A reading under way, and what it has yet to bring. */
    private record Way(HistoryReader reading, Deque<Entry> expected) {}

    @ParameterizedTest
    @CsvSource({"3, 5", "40, 5", "40, 40", "100000, 2"})
    void whatIsReadIsWhatAPlainListHolds(int messages, int topicCount) {
        for (int round = 0; round < ROUNDS; round++) {
            begin(round, topicCount, new HistoryOptions(messages, Duration.ofNanos(AGE), 3_000L * (round % 4)));
            for (int step = 0; step < STEPS; step++) {
                happens();
            }
            settleAndCompare();
        }
    }

    private void begin(int seed, int topicCount, HistoryOptions with) {
        random = new Random(seed);
        topics =
                IntStream.range(0, topicCount).mapToObj(i -> new Topic("t" + i)).toList();
        clock = Long.MAX_VALUE - AGE * 3;
        sequence = 0;
        options = with;
        history = new History(options, () -> clock);
        all.clear();
        ways.clear();
        archiveTrimmed = 0;
        trimmedAtStart = 0;
        if (seed % 2 == 0) {
            sequence = random.nextInt(50);
            trim(sequence);
            trimmedAtStart = sequence;
            IntStream.range(0, random.nextInt(100)).forEach(i -> restore());
        }
        append();
    }

    private void restore() {
        sequence += 1 + random.nextInt(2);
        Entry entry = new Entry(sequence, message(), clock, 1_000 + sequence, Place.ARCHIVE);
        all.put(sequence, entry);
        history.restore(sequence, List.of(entry.key()), entry.location, 0);
        count(entry.key());
    }

    private void happens() {
        int dice = random.nextInt(100);
        if (dice < 55) {
            append();
        } else if (dice < 58) {
            clock += random.nextLong(AGE);
        } else if (dice < 60) {
            history.expire();
        } else if (dice < 62) {
            trim(archiveTrimmed + random.nextLong(sequence - archiveTrimmed + 1) / (1 + random.nextInt(4)));
        } else if (dice < 70) {
            look();
        } else if (dice < 75) {
            compareFigures();
        } else if (!ways.isEmpty()) {
            goOn(ways.get(random.nextInt(ways.size())));
        }
    }

    private void append() {
        long location = random.nextInt(30) == 0 ? Archive.NOWHERE : 7 + 3 * sequence;
        age();
        sequence++;
        boolean held = location != Archive.NOWHERE || options.bytes() > 0;
        Entry entry = new Entry(sequence, message(), clock, location, held ? Place.MEMORY : Place.GONE);
        all.put(sequence, entry);
        history.append(new AcceptedMessage(new MessageId("e", sequence), 0, entry.message), clock, location);
        if (held) {
            count(entry.key());
            bytes();
        } else {
            goneThrough(entry);
        }
    }

    /** What is in memory and too old is gone, and so is all before it in its log. */
    private void age() {
        all.values().stream()
                .filter(entry -> entry.place == Place.MEMORY && clock - entry.at >= AGE)
                .forEach(this::goneThrough);
    }

    private void goneThrough(Entry last) {
        ofLog(last.key()).stream()
                .filter(entry -> entry.sequence <= last.sequence)
                .forEach(entry -> entry.place = Place.GONE);
    }

    private void count(TopicLogKey key) {
        List<Entry> log = ofLog(key);
        log.subList(0, Math.max(0, log.size() - options.messages())).forEach(entry -> entry.place = Place.GONE);
    }

    private void bytes() {
        long bytes = all.values().stream()
                .filter(entry -> entry.place == Place.MEMORY)
                .mapToLong(Entry::cost)
                .sum();
        for (Entry entry : all.values()) {
            if (entry.place == Place.MEMORY && bytes > options.bytes()) {
                bytes -= entry.cost();
                if (entry.location == Archive.NOWHERE || entry.sequence <= archiveTrimmed) {
                    goneThrough(entry);
                } else {
                    entry.place = Place.ARCHIVE;
                }
            }
        }
    }

    private void trim(long through) {
        archiveTrimmed = through;
        history.trimmed(through);
        all.headMap(through, true).values().stream()
                .filter(entry -> entry.place == Place.ARCHIVE)
                .forEach(entry -> entry.place = Place.GONE);
    }

    private List<Entry> ofLog(TopicLogKey key) {
        return all.values().stream().filter(entry -> entry.key().equals(key)).toList();
    }

    /** Somebody begins to read. */
    private void look() {
        age();
        Map<Topic, Long> starts = new LinkedHashMap<>();
        topics.stream()
                .filter(topic -> random.nextBoolean())
                .forEach(topic -> starts.put(topic, random.nextLong(sequence + 1)));
        UserId user = any(USERS);
        long through = random.nextInt(3) == 0 ? random.nextLong(sequence + 1) : sequence;
        long after = random.nextInt(3) == 0 ? random.nextLong(sequence + 1) : 0;
        HistoryReader reading =
                new HistoryReader(history, new HistoryReader.Query(starts, Optional.of(user), after, through, 0));
        assertThat(reading.lookUp(Integer.MAX_VALUE)).isTrue();
        List<Entry> wanted = all.values().stream()
                .filter(entry -> {
                    Long start = starts.get(entry.message.topic());
                    return start != null
                            && entry.sequence > Math.max(start, after)
                            && entry.sequence <= through
                            && isFor(entry, entry.message.topic(), user);
                })
                .toList();
        Map<Topic, Long> trimmed = new HashMap<>();
        for (Topic topic : starts.keySet()) {
            long from = Math.max(starts.get(topic), after);
            long gone = Math.min(goneThrough(topic, user), through);
            if (from < through && gone > from) {
                trimmed.put(topic, gone);
            }
        }
        assertThat(reading.takeTrimmed()).isEqualTo(trimmed);
        ways.add(new Way(
                reading,
                new ArrayDeque<>(wanted.stream()
                        .filter(entry -> entry.place != Place.GONE)
                        .toList())));
    }

    private void goOn(Way way) {
        age();
        int most = 1 + random.nextInt(7);
        HistoryReader.Page page = way.reading().next(most, 3 * LONGEST);
        assertThat(page.messages().isEmpty() || page.archived().isEmpty()).isTrue();
        for (StoredMessage held : page.messages()) {
            Entry next = way.expected().remove();
            assertThat(next.place).isEqualTo(Place.MEMORY);
            assertThat(held.sequence()).isEqualTo(next.sequence);
            assertThat(held.message()).isEqualTo(next.message);
        }
        for (HistoryReader.Archived archived : page.archived()) {
            Entry next = way.expected().remove();
            assertThat(next.place).isEqualTo(Place.ARCHIVE);
            assertThat(archived).isEqualTo(new HistoryReader.Archived(next.sequence, next.key(), next.location));
        }
        Optional<Entry> next = Optional.ofNullable(way.expected().peek());
        switch (page.rest()) {
            case MORE ->
                assertThat(page.messages().size() + page.archived().size()).isBetween(1, most);
            case NOTHING -> assertThat(next).isEmpty();
            case LOST -> assertThat(next.orElseThrow().place).isEqualTo(Place.GONE);
            case INVALIDATED -> throw new AssertionError("nothing was brought late");
        }
        if (page.rest() != HistoryReader.Rest.MORE) {
            ways.remove(way);
        }
    }

    private void compareFigures() {
        age();
        Topic topic = any(topics);
        UserId user = any(USERS);
        List<Entry> toAll = held(topic).stream()
                .filter(entry -> entry.message.recipient().isEmpty())
                .toList();
        assertThat(history.stored(topic))
                .isEqualTo(
                        new History.Stored(toAll.size(), toAll.isEmpty() ? 0 : toAll.get(toAll.size() - 1).sequence));
        assertThat(history.trimmedThrough(topic, Optional.of(user))).isEqualTo(perhapsGoneThrough(topic, user));
        int count = 1 + random.nextInt(10);
        long through = random.nextLong(sequence + 1);
        List<Entry> readable = held(topic).stream()
                .filter(entry -> isFor(entry, topic, user) && entry.sequence <= through)
                .toList();
        long start = readable.isEmpty() ? through : readable.get(Math.max(0, readable.size() - count)).sequence - 1;
        assertThat(history.startOfLast(topic, Optional.of(user), count, through))
                .isEqualTo(start);
    }

    /** Before the first message it was not known whose messages had been trimmed. */
    private long perhapsGoneThrough(Topic topic, UserId user) {
        return Math.max(goneThrough(topic, user), trimmedAtStart);
    }

    private List<Entry> held(Topic topic) {
        return all.values().stream()
                .filter(entry -> entry.message.topic().equals(topic) && entry.place != Place.GONE)
                .toList();
    }

    private long goneThrough(Topic topic, UserId user) {
        return all.values().stream()
                .filter(entry -> isFor(entry, topic, user) && entry.place == Place.GONE)
                .mapToLong(entry -> entry.sequence)
                .max()
                .orElse(0);
    }

    /** When all is let go that can be, no more memory is taken than for what is held. */
    private void settleAndCompare() {
        age();
        while (history.expire()) {
            assertThat(history.bytes()).isPositive();
        }
        List<Entry> archived = all.values().stream()
                .filter(entry -> entry.place == Place.ARCHIVE)
                .toList();
        long memory = all.values().stream()
                .filter(entry -> entry.place == Place.MEMORY)
                .mapToLong(Entry::cost)
                .sum();
        assertThat(history.archived()).isEqualTo(archived.size());
        long logs = archived.stream().map(Entry::key).distinct().count();
        assertThat(history.bytes() - memory - 16L * archived.size())
                .isBetween(logs * ArchiveIndex.LOG_BYTES, logs * (ArchiveIndex.LOG_BYTES + 10));
    }

    private static boolean isFor(Entry entry, Topic topic, UserId user) {
        return entry.message.topic().equals(topic)
                && entry.message.recipient().map(user::equals).orElse(true);
    }

    private Message message() {
        Optional<UserId> user = random.nextInt(3) == 0 ? Optional.of(any(USERS)) : Optional.empty();
        return new Message(any(topics), user, Text.of("x".repeat(random.nextInt(LONGEST))));
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
