package relay.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.history.TrimPoints.TrimPoint;
import relay.message.Topic;
import relay.message.UserId;

class TrimPointsTest {
    private static final TopicLogKey CATS = new TopicLogKey(new Topic("cats"), Optional.empty());
    private static final TopicLogKey DOGS = new TopicLogKey(new Topic("dogs"), Optional.empty());

    private final TrimPoints trimPoints = new TrimPoints(new LogNames());

    @Test
    void whatNobodyAsksForIsForgottenAndKnownOnlyToHavePerhapsBeen() {
        trimPoints.put(CATS, new TrimPoint(7, 0));
        trimPoints.put(DOGS, new TrimPoint(8, 0));
        List<TopicLogKey> swept = trimPoints.sweep();
        assertThat(trimPoints.forgetAllBut(Set.of(DOGS), swept, 8)).containsExactly(CATS);
        assertThat(trimPoints.get(CATS)).isNull();
        assertThat(trimPoints.get(DOGS)).isEqualTo(new TrimPoint(8, 8));
        assertThat(trimPoints.unknown()).isEqualTo(new TrimPoint(0, 7));
    }

    @Test
    void whatWentFurtherWhileItWasFoundOutWhoAsksIsNotForgotten() {
        trimPoints.put(CATS, new TrimPoint(7, 0));
        List<TopicLogKey> swept = trimPoints.sweep();
        trimPoints.put(CATS, new TrimPoint(9, 0));
        trimPoints.put(DOGS, new TrimPoint(10, 0));
        assertThat(trimPoints.forgetAllBut(Set.of(), swept, 8)).isEmpty();
        assertThat(trimPoints.get(CATS)).isEqualTo(new TrimPoint(9, 9));
        assertThat(trimPoints.get(DOGS)).isNotNull();
    }

    @Test
    void aPatternKnowsNoMoreLogsThanThereAreTrimPoints() {
        TopicLogs logs = new TopicLogs(new HistoryOptions(1, Duration.ofMinutes(1), 1), 0);
        Topic pattern = new Topic("n.*");
        logs.follow(pattern, 0);
        for (int i = 1; i <= TrimPoints.MOST + 10; i++) {
            logs.skip(new TopicLogKey(new Topic("n." + i), Optional.empty()), i);
        }
        assertThat(logs.followed().of(new Topic("n.1")).get(0).logs).hasSize(TrimPoints.MOST);
    }

    @Test
    void theSweepsComeMoreSeldomTheMoreIsAskedFor() {
        List<TopicLogKey> askedFor = fill(0, 20_001);
        assertThat(trimPoints.isSweepDue()).isTrue();
        List<TopicLogKey> swept = trimPoints.sweep();
        fill(20_001, 45_000);
        assertThat(trimPoints.isSweepDue()).as("while one is under way").isFalse();
        while (!swept.isEmpty()) {
            trimPoints.forgetAllBut(Set.copyOf(askedFor), swept, Long.MAX_VALUE);
            swept = trimPoints.sweep();
        }
        assertThat(trimPoints.isSweepDue()).as("45,000 are there").isFalse();
        fill(45_000, 65_002);
        assertThat(trimPoints.isSweepDue()).isTrue();
    }

    @Test
    void aSweepLooksOnceAtAllThatWereThereInPortionsWhateverComesAndGoesMeanwhile() {
        Random random = new Random(16);
        for (int round = 0; round < 20; round++) {
            TrimPoints some = new TrimPoints(new LogNames());
            List<TopicLogKey> there = keys(0, 3000);
            there.forEach(key -> some.put(key, new TrimPoint(1, 0)));
            Set<TopicLogKey> gone = new HashSet<>();
            List<TopicLogKey> sweptInAll = new ArrayList<>();
            for (List<TopicLogKey> swept = some.sweep(); !swept.isEmpty(); swept = some.sweep()) {
                assertThat(swept).hasSizeLessThanOrEqualTo(TrimPoints.SWEPT_AT_A_TIME);
                sweptInAll.addAll(swept);
                assertThat(some.forgetAllBut(Set.of(), swept, 0)).isEmpty();
                for (int i = 0; i < 300; i++) {
                    TopicLogKey any = there.get(random.nextInt(there.size()));
                    some.remove(any);
                    gone.add(any);
                    if (random.nextBoolean()) {
                        some.put(any, new TrimPoint(2, 0));
                    }
                }
            }
            Set<TopicLogKey> stayed = new HashSet<>(there);
            stayed.removeAll(gone);
            assertThat(sweptInAll).containsAll(stayed).hasSizeLessThanOrEqualTo(there.size());
            assertThat(sweptInAll.stream().filter(stayed::contains)).doesNotHaveDuplicates();
        }
    }

    @Test
    void beyondTheMostTheFirstGoesAndIsPerhapsMissedByEverybody() {
        trimPoints.put(CATS, new TrimPoint(1, 0));
        fill(0, 199_999);
        assertThat(trimPoints.unknown()).isEqualTo(new TrimPoint(0, 0));
        fill(199_999, 200_000);
        assertThat(trimPoints.get(CATS)).isNull();
        assertThat(trimPoints.unknown()).isEqualTo(new TrimPoint(1, 1));
    }

    private List<TopicLogKey> fill(int from, int to) {
        List<TopicLogKey> logs = keys(from, to);
        for (int i = 0; i < logs.size(); i++) {
            trimPoints.put(logs.get(i), new TrimPoint(from + i + 2L, 0));
        }
        return logs;
    }

    private static List<TopicLogKey> keys(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> new TopicLogKey(CATS.topic(), Optional.of(new UserId("user " + i))))
                .toList();
    }
}
