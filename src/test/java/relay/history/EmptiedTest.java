package relay.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.history.Emptied.Gone;
import relay.message.Topic;
import relay.message.UserId;

class EmptiedTest {
    private static final StrandKey CATS = new StrandKey(new Topic("cats"), Optional.empty());
    private static final StrandKey DOGS = new StrandKey(new Topic("dogs"), Optional.empty());

    private final Emptied emptied = new Emptied();

    @Test
    void whatNobodyAsksForIsForgottenAndKnownOnlyToHavePerhapsBeen() {
        emptied.put(CATS, new Gone(7, 0));
        emptied.put(DOGS, new Gone(8, 0));
        List<StrandKey> swept = emptied.sweep();
        assertThat(emptied.forgetAllBut(Set.of(DOGS), swept, 8)).containsExactly(CATS);
        assertThat(emptied.get(CATS)).isNull();
        assertThat(emptied.get(DOGS)).isEqualTo(new Gone(8, 8));
        assertThat(emptied.unknown()).isEqualTo(new Gone(0, 7));
    }

    @Test
    void whatWentFurtherWhileItWasFoundOutWhoAsksIsNotForgotten() {
        emptied.put(CATS, new Gone(7, 0));
        List<StrandKey> swept = emptied.sweep();
        emptied.put(CATS, new Gone(9, 0));
        emptied.put(DOGS, new Gone(10, 0));
        assertThat(emptied.forgetAllBut(Set.of(), swept, 8)).isEmpty();
        assertThat(emptied.get(CATS)).isEqualTo(new Gone(9, 9));
        assertThat(emptied.get(DOGS)).isNotNull();
    }

    @Test
    void theSweepsComeMoreSeldomTheMoreIsAskedFor() {
        List<StrandKey> askedFor = fill(0, 20_001);
        assertThat(emptied.isSweepDue()).isTrue();
        List<StrandKey> swept = emptied.sweep();
        fill(20_001, 45_000);
        assertThat(emptied.isSweepDue()).as("while one is under way").isFalse();
        while (!swept.isEmpty()) {
            emptied.forgetAllBut(Set.copyOf(askedFor), swept, Long.MAX_VALUE);
            swept = emptied.sweep();
        }
        assertThat(emptied.isSweepDue()).as("45,000 are there").isFalse();
        fill(45_000, 65_002);
        assertThat(emptied.isSweepDue()).isTrue();
    }

    @Test
    void aSweepLooksOnceAtAllThatWereThereInPortionsWhateverComesAndGoesMeanwhile() {
        Random random = new Random(16);
        for (int round = 0; round < 20; round++) {
            Emptied some = new Emptied();
            List<StrandKey> there = keys(0, 3000);
            there.forEach(key -> some.put(key, new Gone(1, 0)));
            Set<StrandKey> gone = new HashSet<>();
            List<StrandKey> sweptInAll = new ArrayList<>();
            for (List<StrandKey> swept = some.sweep(); !swept.isEmpty(); swept = some.sweep()) {
                assertThat(swept).hasSizeLessThanOrEqualTo(Emptied.SWEPT_AT_A_TIME);
                sweptInAll.addAll(swept);
                assertThat(some.forgetAllBut(Set.of(), swept, 0)).isEmpty();
                for (int i = 0; i < 300; i++) {
                    StrandKey any = there.get(random.nextInt(there.size()));
                    some.remove(any);
                    gone.add(any);
                    if (random.nextBoolean()) {
                        some.put(any, new Gone(2, 0));
                    }
                }
            }
            Set<StrandKey> stayed = new HashSet<>(there);
            stayed.removeAll(gone);
            assertThat(sweptInAll).containsAll(stayed).hasSizeLessThanOrEqualTo(there.size());
            assertThat(sweptInAll.stream().filter(stayed::contains)).doesNotHaveDuplicates();
        }
    }

    @Test
    void beyondTheMostTheFirstGoesAndIsPerhapsMissedByEverybody() {
        emptied.put(CATS, new Gone(1, 0));
        fill(0, 199_999);
        assertThat(emptied.unknown()).isEqualTo(new Gone(0, 0));
        fill(199_999, 200_000);
        assertThat(emptied.get(CATS)).isNull();
        assertThat(emptied.unknown()).isEqualTo(new Gone(1, 1));
    }

    private List<StrandKey> fill(int from, int to) {
        List<StrandKey> strands = keys(from, to);
        for (int i = 0; i < strands.size(); i++) {
            emptied.put(strands.get(i), new Gone(from + i + 2L, 0));
        }
        return strands;
    }

    private static List<StrandKey> keys(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> new StrandKey(CATS.topic(), Optional.of(new UserId("user " + i))))
                .toList();
    }
}
