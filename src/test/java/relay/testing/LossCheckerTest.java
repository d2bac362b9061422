package relay.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import relay.testing.LossChecker.Frame;
import relay.testing.LossChecker.GapFrame;
import relay.testing.LossChecker.Life;
import relay.testing.LossChecker.Sent;
import relay.testing.LossChecker.Taken;
import relay.testing.LossChecker.Verdict;

/** A checker that finds nothing proves nothing: each kind of fault is shown to it once. */
class LossCheckerTest {
    private static final Frame ONE = envelope("1", 1);
    private static final Frame TWO = envelope("2", 2);
    private static final Frame THREE = envelope("3", 3);
    private static final Frame GAP_AFTER_ONE = new GapFrame("cats", 1);

    @Test
    void whatIsOwedAndReceivedIsNoFaultAlsoIfTheSameIdsComeAgain() {
        Verdict verdict = check(ONE, TWO, TWO, ONE, TWO, THREE);
        assertThat(verdict.isClean()).as(verdict.toString()).isTrue();
        assertThat(verdict.owed()).isEqualTo(3);
    }

    @Test
    void aMessageThatDoesNotComeIsMissing() {
        assertThat(check(ONE, THREE).missing()).isEqualTo(1);
    }

    @Test
    void aMessageThatAGapTellsOfIsNotMissing() {
        Verdict verdict = check(ONE, GAP_AFTER_ONE, THREE);
        assertThat(verdict.isClean()).as(verdict.toString()).isTrue();
        assertThat(verdict.told()).isEqualTo(1);
    }

    @Test
    void aGapTellsNothingOfWhatIsBeforeItsCursorOrAfterTheNextMessageOrOfAnotherTopic() {
        assertThat(check(new GapFrame("cats", 2), ONE, THREE).missing()).isEqualTo(1);
        assertThat(check(GAP_AFTER_ONE, ONE, TWO).missing()).isEqualTo(1);
        assertThat(check(ONE, new GapFrame("dogs", 1), THREE).missing()).isEqualTo(1);
    }

    @Test
    void aMessageUnderTwoIdsIsRepeatedUnlessAGapCameBetween() {
        assertThat(check(ONE, TWO, THREE, envelope("3", 4)).repeated()).isEqualTo(1);
        Verdict told = check(ONE, TWO, THREE, new GapFrame("cats", 2), envelope("3", 4));
        assertThat(told.isClean()).as(told.toString()).isTrue();
        assertThat(told.retold()).isEqualTo(1);
    }

    @Test
    void aMessageAfterALaterOneIsReordered() {
        assertThat(check(ONE, THREE, TWO).reordered()).isEqualTo(1);
        assertThat(check(text("1"), text("3"), text("2")).reordered()).isEqualTo(1);
    }

    @Test
    void aMessageForAnotherUserOrOfAnotherTopicOrOfNobodyIsUnasked() {
        assertThat(check(ONE, TWO, THREE, text("private")).unasked()).isEqualTo(1);
        assertThat(check(ONE, TWO, THREE, text("dog")).unasked()).isEqualTo(1);
        assertThat(check(ONE, TWO, THREE, text("unknown")).unasked()).isEqualTo(1);
    }

    @Test
    void whatWasNotAnsweredOrBeganBeforeIsNotOwed() {
        assertThat(check(ONE, TWO, THREE, text("unanswered")).owed()).isEqualTo(3);
    }

    private static Frame envelope(String text, long sequence) {
        return new Taken(text, OptionalLong.of(sequence));
    }

    private static Frame text(String text) {
        return new Taken(text, OptionalLong.empty());
    }

    private static Verdict check(Frame... frames) {
        List<Sent> sent = List.of(
                sent("1", "cats", 1, 10),
                sent("2", "cats", 2, 20),
                sent("3", "cats", 3, 30),
                sent("before", "cats", 0, 1),
                sent("dog", "dogs", 4, 40),
                new Sent("private", "cats", 8, OptionalLong.of(5), 50),
                new Sent("unanswered", "cats", LossChecker.EVERYBODY, OptionalLong.empty(), 60));
        return LossChecker.check(sent, List.of(new Life("it", 7, Set.of("cats"), 5, true, List.of(frames))));
    }

    private static Sent sent(String text, String topic, long sequence, long beganAt) {
        return new Sent(text, topic, LossChecker.EVERYBODY, OptionalLong.of(sequence), beganAt);
    }
}
