package relay.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.testing.LossChecker.Frame;
import relay.testing.LossChecker.GapFrame;
import relay.testing.LossChecker.Life;
import relay.testing.LossChecker.Sent;
import relay.testing.LossChecker.Taken;
import relay.testing.RestartChecker.Verdict;

/** A checker that finds nothing proves nothing: each kind of fault is shown to it once. */
class RestartCheckerTest {
    private static final Sent ONE = answered("1", 1);
    private static final Sent UNANSWERED = new Sent("2", "cats", LossChecker.EVERYBODY, OptionalLong.empty(), 20);
    private static final Sent THREE = answered("3", 3);

    @Test
    void whatWasAnsweredAndCameIsNoFaultNorIsWhatWasNeitherAnsweredNorCame() {
        Verdict verdict =
                check(List.of(ONE, UNANSWERED, THREE), life(1, 3), new Life("texts", 1, topics(), 0, true, texts()));
        assertThat(verdict.isClean()).as(verdict.toString()).isTrue();
        assertThat(verdict.losses().owed()).isEqualTo(4);
    }

    @Test
    void whatWasNotAnsweredButCameToOneIsOwedToAll() {
        Verdict verdict = check(List.of(ONE, UNANSWERED, THREE), life(1, 2, 3), life(1, 3));
        assertThat(verdict.losses().missing()).isEqualTo(1);
        assertThat(verdict.isClean()).isFalse();
    }

    @Test
    void whatWasAcceptedWithoutAnIdAndCameToNobodyHasVanished() {
        Verdict verdict = RestartChecker.check(
                List.of(List.of(ONE, UNANSWERED, THREE)), Set.of(UNANSWERED.text()), List.of(life(1, 3)));
        assertThat(verdict.vanished()).isEqualTo(1);
        assertThat(verdict.isClean()).isFalse();
    }

    @Test
    void whatWasAcceptedBeforeAnybodyWasOwedItMayComeToNobody() {
        Life late = new Life("late", 1, topics(), UNANSWERED.beganAt() + 1, true, List.of(frame("3", 3)));
        Verdict verdict = RestartChecker.check(
                List.of(List.of(ONE, UNANSWERED, THREE)), Set.of(UNANSWERED.text()), List.of(late));
        assertThat(verdict.isClean()).as(verdict.toString()).isTrue();
    }

    @Test
    void anIdThatTwoMessagesHaveIsFound() {
        Verdict verdict = check(List.of(ONE, answered("2", 1)), life(1));
        assertThat(verdict.shared()).isEqualTo(1);
        assertThat(verdict.isClean()).isFalse();
    }

    @Test
    void aMessageWithTwoIdsIsFoundAlsoIfDifferentClientsGotThem() {
        Verdict verdict = check(List.of(ONE, THREE), life(1, 3), life(frame("1", 1), frame("3", 4)));
        assertThat(verdict.doubled()).isEqualTo(1);
        assertThat(verdict.isClean()).isFalse();
    }

    @Test
    void anIdThatIsSmallerThanThatOfThePublishersMessageBeforeIsFound() {
        Verdict verdict = check(List.of(answered("1", 5), answered("3", 3)), life(frame("3", 3), frame("1", 5)));
        assertThat(verdict.disordered()).isEqualTo(1);
        assertThat(verdict.isClean()).isFalse();
    }

    @Test
    void aGapIsAFaultWhereNothingMayBeMissing() {
        Verdict verdict = check(List.of(ONE, THREE), life(frame("1", 1), new GapFrame("cats", 1), frame("3", 3)));
        assertThat(verdict.losses().isClean()).isTrue();
        assertThat(verdict.isClean()).isFalse();
    }

    private static Verdict check(List<Sent> sent, Life... lives) {
        return RestartChecker.check(List.of(sent), Set.of(), List.of(lives));
    }

    private static Sent answered(String text, long sequence) {
        return new Sent(text, "cats", LossChecker.EVERYBODY, OptionalLong.of(sequence), 10 * sequence);
    }

    private static Life life(int... sequences) {
        return life(IntStream.of(sequences)
                .mapToObj(sequence -> frame(String.valueOf(sequence), sequence))
                .toArray(Frame[]::new));
    }

    private static Life life(Frame... frames) {
        return new Life("envelopes", 1, topics(), 0, true, List.of(frames));
    }

    private static Set<String> topics() {
        return Set.of("cats");
    }

    private static List<Frame> texts() {
        return List.of(new Taken("1", OptionalLong.empty()), new Taken("3", OptionalLong.empty()));
    }

    private static Frame frame(String text, long sequence) {
        return new Taken(text, OptionalLong.of(sequence));
    }
}
