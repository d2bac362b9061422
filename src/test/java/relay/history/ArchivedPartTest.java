package relay.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import relay.message.Topic;
import relay.message.UserId;

/** What stays in memory of messages that only the archive has: a list, which takes little and is bounded. */
class ArchivedPartTest {
    private static final Topic CATS = new Topic("cats");
    private static final TopicLogKey KEY = new TopicLogKey(CATS, Optional.empty());
    private static final UserId ONE = new UserId("1");

    @Test
    void itIsAListThatGrowsAtTheEndAndShrinksAtTheFront() {
        Random random = new Random(7);
        for (int round = 0; round < 10; round++) {
            ArchiveIndex index = new ArchiveIndex(Long.MAX_VALUE);
            ArchivedPart part = new ArchivedPart(KEY, new TopicLog(new TrimPoints.TrimPoint(0, 0)), index);
            List<Long> sequences = new ArrayList<>();
            long last = 0;
            for (int step = 0; step < 150; step++) {
                int count = random.nextInt(1 + random.nextInt(200));
                if (random.nextInt(5) < 3) {
                    for (int i = 0; i < count; i++) {
                        last += 1 + random.nextInt(3);
                        sequences.add(last);
                        part.add(last, -last);
                    }
                } else if (!sequences.isEmpty()) {
                    int removed = random.nextInt(10) == 0 ? sequences.size() : Math.min(1 + count, sequences.size());
                    sequences.subList(0, removed).clear();
                    part.removeFirst(removed);
                }
                assertThat(part.size()).isEqualTo(sequences.size());
                assertThat(index.messages()).isEqualTo(sequences.size());
                for (int i = 0; i < sequences.size(); i += 1 + sequences.size() / 10) {
                    assertThat(part.sequence(i)).isEqualTo(sequences.get(i));
                    assertThat(part.location(i)).isEqualTo(-sequences.get(i));
                }
                long through = random.nextLong(last + 2);
                assertThat(part.countUpTo(through)).isEqualTo((int) sequences.stream()
                        .filter(sequence -> sequence <= through)
                        .count());
            }
        }
    }

    @Test
    void whereItTakesTooMuchMemoryTheOldestGoFirstOverAllLogs() {
        long room = 100L * ArchivedPart.ENTRY_BYTES + 4 * (ArchiveIndex.LOG_BYTES + 8);
        History history = new History(new HistoryOptions(1000, Duration.ofDays(1), 0), () -> 0, room);
        for (long sequence = 1; sequence <= 500; sequence++) {
            history.restore(
                    sequence, List.of(new TopicLogKey(new Topic("cat" + sequence % 4), Optional.empty())), sequence, 0);
        }
        assertThat(history.archived()).isEqualTo(100);
        assertThat(history.bytes()).isEqualTo(room);
        for (int topic = 0; topic < 4; topic++) {
            Topic one = new Topic("cat" + topic);
            assertThat(history.stored(one).messages()).isEqualTo(25);
            assertThat(history.trimmedThrough(one, Optional.of(ONE))).isBetween(397L, 400L);
        }
    }

    @Test
    void whatTheArchiveTrimsIsGoneAtOnceAndLetGoALittleAtATime() {
        History history = new History(new HistoryOptions(1000, Duration.ofDays(1), 0), () -> 0);
        int logs = 10_000;
        for (long sequence = 1; sequence <= logs; sequence++) {
            history.restore(
                    sequence, List.of(new TopicLogKey(new Topic("t" + sequence), Optional.empty())), sequence, 0);
        }
        long bytes = history.bytes();
        history.trimmed(logs - 1);
        assertThat(history.bytes()).isEqualTo(bytes);
        assertThat(history.stored(new Topic("t9999"))).isEqualTo(new History.Stored(0, 0));
        assertThat(history.stored(new Topic("t10000"))).isEqualTo(new History.Stored(1, 10_000));
        int calls = 1;
        while (history.expire()) {
            calls++;
        }
        assertThat(calls).isBetween(4, 20);
        assertThat(history.archived()).isEqualTo(1);
        assertThat(history.trimmedThrough(new Topic("t5"), Optional.of(ONE))).isEqualTo(9_999);
        HistoryReader reading = new HistoryReader(
                history, new HistoryReader.Query(Map.of(new Topic("t5"), 0L), Optional.of(ONE), 0, logs, 0));
        assertThat(reading.lookUp(1)).isTrue();
        assertThat(reading.takeTrimmed()).isEqualTo(Map.of(new Topic("t5"), 5L));
    }

    @Test
    void aLogThatIsDroppedWithItsArchivedPartTakesNothing() {
        History history = new History(new HistoryOptions(1000, Duration.ofDays(1), 0), () -> 0);
        history.restore(1, List.of(KEY), 1, 0);
        history.restore(2, List.of(KEY), 2, 0);
        history.miss(CATS, Optional.empty(), 3);
        assertThat(history.archived()).isZero();
        assertThat(history.bytes()).isZero();
        assertThat(history.trimmedThrough(CATS, Optional.of(ONE))).isEqualTo(3);
    }
}
