package relay.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import relay.testing.DeliveryChecker.Period;
import relay.testing.DeliveryChecker.Publish;
import relay.testing.DeliveryChecker.Received;
import relay.testing.DeliveryChecker.Session;
import relay.testing.DeliveryChecker.Verdict;

/** A checker that finds nothing proves nothing: each kind of fault is shown to it once. */
class DeliveryCheckerTest {
    private static final Publish FIRST = publish(1, "cats", DeliveryChecker.EVERYBODY, 100);
    private static final Publish SECOND = publish(2, "cats", DeliveryChecker.EVERYBODY, 200);
    private static final Publish DOG = publish(3, "dogs", DeliveryChecker.EVERYBODY, 300);
    private static final Publish FOR_USER_7 = publish(4, "cats", 7, 400);

    @Test
    void whatIsOwedAndReceivedOnceIsNoFault() {
        assertThat(check(cats(), "1", "2")).isEqualTo(new Verdict(2, 0, 0, 0, 0, 0, List.of()));
    }

    @Test
    void aMessageThatDoesNotComeIsMissing() {
        assertThat(check(cats(), "2").missing()).isEqualTo(1);
    }

    @Test
    void aMessageThatComesTwiceIsRepeated() {
        assertThat(check(cats(), "1", "1", "2").repeated()).isEqualTo(1);
    }

    @Test
    void aMessageAfterALaterOneIsReordered() {
        assertThat(check(cats(), "2", "1").reordered()).isEqualTo(1);
    }

    @Test
    void aMessageOfAnotherTopicIsUnasked() {
        assertThat(check(cats(), "1", "2", "3").unasked()).isEqualTo(1);
    }

    @Test
    void aMessageForAnotherUserIsUnasked() {
        assertThat(check(cats(), "1", "2", "4").unasked()).isEqualTo(1);
    }

    @Test
    void aMessageThatNobodyPublishedIsUnasked() {
        assertThat(check(cats(), "1", "2", "5").unasked()).isEqualTo(1);
    }

    @Test
    void aMessageOfATopicThatAnAnsweredCommandGaveUpIsUnasked() {
        List<Period> periods = List.of(new Period(Set.of("cats"), 0, 10), new Period(Set.of("dogs"), 150, 250));
        assertThat(check(periods, new Received("1", 0), new Received("2", 0), new Received("3", 1)))
                .isEqualTo(new Verdict(2, 0, 0, 0, 0, 0, List.of()));
        assertThat(check(periods, new Received("1", 0), new Received("2", 1), new Received("3", 1))
                        .unasked())
                .isEqualTo(1);
    }

    @Test
    void aMessageThatIsPublishedWhileACommandTakesEffectIsNotOwed() {
        List<Period> periods = List.of(new Period(Set.of("cats"), 0, 10), new Period(Set.of(), 195, 215));
        assertThat(check(periods, new Received("1", 0)).missing()).isZero();
    }

    @Test
    void moreCopiesThanTheAnswerSaidAreMiscounted() {
        Publish handedToNobody = new Publish("1", List.of("cats"), DeliveryChecker.EVERYBODY, 0, 1, 1, 0, 100, 110);
        assertThat(DeliveryChecker.check(List.of(handedToNobody), List.of(session(cats(), new Received("1", 0))))
                        .miscounted())
                .isEqualTo(1);
    }

    @Test
    void aPublishersMessagesThatAreNumberedOutOfOrderAreReordered() {
        Publish late = new Publish("a", List.of("cats"), DeliveryChecker.EVERYBODY, 0, 2, 1, 0, 100, 110);
        Publish early = new Publish("b", List.of("cats"), DeliveryChecker.EVERYBODY, 0, 1, 2, 0, 90, 95);
        assertThat(DeliveryChecker.check(List.of(late, early), List.of()).reordered())
                .isEqualTo(1);
    }

    @Test
    void aMessageOfSeveralTopicsIsOwedOnceToWhoeverAsksForOneOfThem() {
        Publish both = new Publish("1", List.of("cats", "dogs"), DeliveryChecker.EVERYBODY, 0, 1, 1, 1, 100, 110);
        List<Period> dogs = List.of(new Period(Set.of("dogs"), 0, 10));
        assertThat(DeliveryChecker.check(List.of(both), List.of(session(dogs, new Received("1", 0)))))
                .isEqualTo(new Verdict(1, 0, 0, 0, 0, 0, List.of()));
        assertThat(DeliveryChecker.check(List.of(both), List.of(session(dogs))).missing())
                .isEqualTo(1);
    }

    @Test
    void aPatternStandsForTheTopicsThatMatchIt() {
        Publish tom = new Publish("1", List.of("cats.tom"), DeliveryChecker.EVERYBODY, 0, 1, 1, 1, 100, 110);
        List<Period> cats = List.of(new Period(Set.of("cats.*"), 0, 10));
        List<Period> dogs = List.of(new Period(Set.of("dogs.**"), 0, 10));
        assertThat(DeliveryChecker.check(List.of(tom), List.of(session(cats))).missing())
                .isEqualTo(1);
        assertThat(DeliveryChecker.check(List.of(tom), List.of(session(dogs, new Received("1", 0))))
                        .unasked())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "cats.*, cats.tom, true",
        "cats.*, cats, false",
        "cats.*, cats.tom.1, false",
        "cats.**, cats.tom.1, true",
        "cats.**, cats, false",
        "*.tom, cats.tom, true",
        "*.tom, catsxtom, false",
        "**, cats, true",
        "cats, cats.tom, false"
    })
    void aPatternCovers(String pattern, String topic, boolean expected) {
        assertThat(DeliveryChecker.covers(Set.of(pattern), topic)).isEqualTo(expected);
    }

    @Test
    void whatIsKeptForAClientThatCatchesUpNeedNotBeCounted() {
        Publish handedToNobody = new Publish("1", List.of("cats"), DeliveryChecker.EVERYBODY, 0, 1, 1, 0, 100, 110);
        Session kept = new Session(1, cats(), false, 1000, 1010, List.of(new Received("1", 0)));
        assertThat(DeliveryChecker.check(List.of(handedToNobody), List.of(kept)))
                .isEqualTo(new Verdict(1, 0, 0, 0, 0, 0, List.of()));
    }

    private static List<Period> cats() {
        return List.of(new Period(Set.of("cats"), 0, 10));
    }

    private static Verdict check(List<Period> periods, String... texts) {
        return check(
                periods, Stream.of(texts).map(text -> new Received(text, 0)).toArray(Received[]::new));
    }

    private static Verdict check(List<Period> periods, Received... received) {
        return DeliveryChecker.check(List.of(FIRST, SECOND, DOG, FOR_USER_7), List.of(session(periods, received)));
    }

    private static Session session(List<Period> periods, Received... received) {
        return new Session(1, periods, 1000, 1010, List.of(received));
    }

    private static Publish publish(int number, String topic, int user, long beganAt) {
        return new Publish(String.valueOf(number), List.of(topic), user, 0, number, number, 1, beganAt, beganAt + 10);
    }
}
