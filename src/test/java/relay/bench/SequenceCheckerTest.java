package relay.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SequenceCheckerTest {
    @ParameterizedTest(name = "{0} of {1} sent: {2} missing, {3} repeated, {4} reordered")
    @CsvSource({
        "'',        0, 0, 0, 0",
        "0 1 2 3,   4, 0, 0, 0",
        "0 1 2,     4, 1, 0, 0",
        "'',        4, 4, 0, 0",
        "1 2 3,     4, 1, 0, 0",
        "0 3,       4, 2, 0, 0",
        "0 0 1 2 3, 4, 0, 1, 0",
        "0 1 2 3 0, 4, 0, 1, 0",
        "0 1 1 1,   2, 0, 2, 0",
        "0 2 1 3,   4, 0, 0, 1",
        "3 2 1 0,   4, 0, 0, 3",
        "0 3 1,     4, 1, 0, 1",
        "0 2 1 1,   3, 0, 1, 1",
        "0 2 2 1,   3, 0, 1, 1",
    })
    void eachFaultIsCountedOnce(String arrivals, int sent, long missing, long repeated, long reordered) {
        SequenceChecker checker = new SequenceChecker(1, 1);
        counters(arrivals).forEach(counter -> checker.arrived(0, 0, counter));
        checker.sent(0, 0, sent);

        assertThat(checker.missing()).as("missing").isEqualTo(missing);
        assertThat(checker.repeated()).as("repeated").isEqualTo(repeated);
        assertThat(checker.reordered()).as("reordered").isEqualTo(reordered);
    }

    @Test
    void onlyWhatComesForTheFirstTimeIsNew() {
        SequenceChecker checker = new SequenceChecker(1, 1);

        assertThat(counters("0 2 0 1 1 2").map(counter -> checker.arrived(0, 0, counter)))
                .containsExactly(true, true, false, true, false, false);
    }

    @Test
    void subscribersAndPublishersAreToldApart() {
        SequenceChecker checker = new SequenceChecker(2, 2);
        for (int subscriber = 0; subscriber < 2; subscriber++) {
            for (int publisher = 0; publisher < 2; publisher++) {
                checker.arrived(subscriber, publisher, 0);
                checker.sent(subscriber, publisher, subscriber == 1 && publisher == 0 ? 2 : 1);
            }
        }

        assertThat(checker.missing()).isEqualTo(1);
        assertThat(checker.repeated()).isZero();
        assertThat(checker.reordered()).isZero();
    }

    private static Stream<Integer> counters(String words) {
        return Stream.of(words.split(" ")).filter(word -> !word.isEmpty()).map(Integer::valueOf);
    }
}
