package relay.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import relay.testing.PairsChecker.Author;
import relay.testing.PairsChecker.Heard;
import relay.testing.PairsChecker.Listener;
import relay.testing.PairsChecker.Said;
import relay.testing.PairsChecker.Verdict;

/** A checker that finds nothing proves nothing: each kind of fault is shown to it once. */
class PairsCheckerTest {
    private static final Author ANN =
            new Author("1", "a", List.of(said("one", "e-1"), said("two", "e-3"), new Said("lost", Optional.empty())));
    private static final Author BOB = new Author("\"bob\"", "b", List.of(said("other", "e-2")));
    private static final Heard ONE = new Heard("e-1", "a", "1", "one");
    private static final Heard TWO = new Heard("e-3", "a", "1", "two");
    private static final Heard LOST = new Heard("e-4", "a", "1", "lost");

    @Test
    void whatIsOwedAndHeardOnceIsNoFaultAndWhatWasNotAnsweredMayComeOrNot() {
        Verdict clean = new Verdict(2, 0, 0, 0, 0, 0, List.of());
        assertThat(check(ONE, TWO)).isEqualTo(clean);
        assertThat(check(ONE, TWO, LOST)).isEqualTo(clean);
    }

    @Test
    void whatDoesNotComeIsMissing() {
        assertThat(check(TWO).missing()).isEqualTo(1);
    }

    @Test
    void whatComesTwiceIsRepeatedAlsoUnderAnotherId() {
        assertThat(check(ONE, TWO, ONE).repeated()).isEqualTo(1);
        assertThat(check(ONE, TWO, new Heard("e-9", "a", "1", "one")).repeated())
                .isEqualTo(1);
    }

    @Test
    void whatComesAfterSomethingLaterIsReordered() {
        assertThat(check(TWO, ONE).reordered()).isEqualTo(1);
        assertThat(check(ONE, LOST, TWO).reordered()).as("by the ids").isEqualTo(1);
        assertThat(check(ONE, new Heard("e-2", "a", "1", "lost"), TWO).reordered())
                .as("by what its author said")
                .isEqualTo(1);
    }

    @Test
    void whatWasAnsweredWithAnEarlierIdThanTheOneBeforeIsReordered() {
        Author twisted = new Author("1", "a", List.of(said("one", "e-3"), said("two", "e-1")));
        assertThat(PairsChecker.check(List.of(twisted), List.of()).reordered()).isEqualTo(1);
    }

    @Test
    void whatNobodySaidOrSaidElsewhereIsForeign() {
        assertThat(check(ONE, TWO, new Heard("e-9", "a", "1", "three")).foreign())
                .isEqualTo(1);
        assertThat(check(ONE, new Heard("e-2", "b", "\"bob\"", "other"), TWO).foreign())
                .isEqualTo(1);
        assertThat(check(new Heard("e-1", "b", "1", "one"), TWO).foreign()).isEqualTo(1);
    }

    @Test
    void whatComesAsFromAnotherOrUnderAnotherIdIsMisattributed() {
        assertThat(check(new Heard("e-1", "a", "2", "one"), TWO).misattributed())
                .isEqualTo(1);
        assertThat(check(new Heard("e-1", "a", "", "one"), TWO).misattributed()).isEqualTo(1);
        assertThat(check(ONE, new Heard("e-2", "a", "1", "two")).misattributed())
                .isEqualTo(1);
    }

    private static Verdict check(Heard... heard) {
        return PairsChecker.check(
                List.of(ANN, BOB),
                List.of(new Listener("eve", "a", Stream.of(heard).toList())));
    }

    private static Said said(String text, String id) {
        return new Said(text, Optional.of(id));
    }
}
