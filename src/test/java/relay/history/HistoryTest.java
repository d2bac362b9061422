package relay.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.engine.Archive;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

class HistoryTest {
    private static final Topic CATS = new Topic("cats");
    private static final Topic DOGS = new Topic("dogs");
    private static final UserId ONE = new UserId("1");
    private static final UserId TWO = new UserId("2");
    private static final int COST = 10 + 2 * 4 + History.MESSAGE_OVERHEAD_BYTES;

    private long clock = Long.MAX_VALUE - 10;
    private long sequence;

    @Test
    void messagesOfTheTopicsAskedForComeInTheOrderOfTheirSequence() {
        History history = history(100, 1 << 20);
        append(history, CATS, DOGS, new Topic("emus"), CATS, DOGS);
        assertThat(read(history, Map.of(CATS, 0L, DOGS, 0L), 0, 5)).containsExactly(1L, 2L, 4L, 5L);
        assertThat(read(history, Map.of(CATS, 1L, DOGS, 0L), 0, 4)).containsExactly(2L, 4L);
        assertThat(read(history, Map.of(CATS, 0L, DOGS, 4L), 2, 5)).containsExactly(4L, 5L);
        assertThat(read(history, Map.of(), 0, 5)).isEmpty();
    }

    @Test
    void whatIsForOneUserIsReadByThatUserOnly() {
        History history = history(100, 1 << 20);
        append(history, CATS, Optional.of(ONE));
        append(history, CATS, Optional.of(TWO));
        append(history, CATS, Optional.empty());
        assertThat(read(history, Map.of(CATS, 0L), 0, 3)).containsExactly(1L, 3L);
    }

    @Test
    void aTopicHoldsItsLastMessagesAndSaysHowFarTheOthersWent() {
        History history = history(3, 1 << 20);
        append(history, DOGS, CATS, CATS, CATS, CATS, CATS);
        assertThat(read(history, Map.of(CATS, 0L, DOGS, 0L), 0, 6)).containsExactly(1L, 4L, 5L, 6L);
        assertThat(history.trimmedThrough(CATS, Optional.of(ONE))).isEqualTo(3);
        assertThat(history.trimmedThrough(DOGS, Optional.of(ONE))).isZero();
        assertThat(trimmed(history, Map.of(CATS, 0L), 0, 6)).containsExactly(Map.entry(CATS, 3L));
        assertThat(trimmed(history, Map.of(CATS, 3L), 0, 6)).isEmpty();
    }

    @Test
    void whatIsSentToOthersPushesNothingOut() {
        History history = history(2, 1 << 20);
        append(history, CATS, Optional.of(ONE));
        IntStream.range(0, 10).forEach(i -> append(history, CATS, Optional.of(TWO)));
        assertThat(read(history, Map.of(CATS, 0L), 0, 11)).containsExactly(1L);
        assertThat(history.trimmedThrough(CATS, Optional.of(ONE))).isZero();
        assertThat(history.trimmedThrough(CATS, Optional.of(TWO))).isEqualTo(9);
    }

    @Test
    void overAllTopicsTheOldestGoesFirstWhenTheBytesRunOut() {
        History history = history(100, 3 * COST);
        append(history, CATS, DOGS, CATS, DOGS);
        assertThat(read(history, Map.of(CATS, 0L, DOGS, 0L), 0, 4)).containsExactly(2L, 3L, 4L);
        assertThat(history.bytes()).isEqualTo(3 * COST);
        assertThat(history.trimmedThrough(CATS, Optional.of(ONE))).isEqualTo(1);
        assertThat(history.trimmedThrough(DOGS, Optional.of(ONE))).isZero();
    }

    @Test
    void oneMessageLargerThanAllBytesIsNotHeld() {
        History history = history(100, COST - 1);
        append(history, CATS);
        assertThat(history.bytes()).isZero();
        assertThat(history.trimmedThrough(CATS, Optional.of(ONE))).isEqualTo(1);
    }

    @Test
    void whatIsTooOldIsGoneWithoutAnyNewMessage() {
        History history = history(100, 1 << 20);
        append(history, CATS);
        clock += Duration.ofMinutes(1).toNanos();
        append(history, CATS, DOGS);
        clock += Duration.ofMinutes(9).toNanos() - 1;
        assertThat(read(history, Map.of(CATS, 0L), 0, 3)).containsExactly(1L, 2L);
        clock += 1;
        assertThat(read(history, Map.of(CATS, 0L), 0, 3)).containsExactly(2L);
        clock += Duration.ofMinutes(1).toNanos();
        assertThat(read(history, Map.of(CATS, 0L), 0, 3)).isEmpty();
        assertThat(history.expire()).isFalse();
        assertThat(history.bytes()).isZero();
        assertThat(history.trimmedThrough(CATS, Optional.of(ONE))).isEqualTo(2);
        assertThat(history.trimmedThrough(DOGS, Optional.of(ONE))).isEqualTo(3);
        assertThat(history.trimmedThrough(new Topic("emus"), Optional.of(ONE))).isZero();
    }

    @Test
    void aTopicThatWasEmptiedRemembersHowFarItWentWhenItFillsAgain() {
        History history = history(100, 2 * COST);
        append(history, CATS, DOGS, DOGS, CATS);
        assertThat(history.trimmedThrough(CATS, Optional.of(ONE))).isEqualTo(1);
        assertThat(read(history, Map.of(CATS, 0L), 0, 4)).containsExactly(4L);
    }

    @Test
    void aHistoryThatHoldsNothingSaysSoOfEveryTopic() {
        History history = history(0, 1 << 20);
        append(history, CATS);
        assertThat(read(history, Map.of(CATS, 0L), 0, 1)).isEmpty();
        assertThat(history.bytes()).isZero();
        assertThat(history.trimmedThrough(CATS, Optional.of(ONE))).isEqualTo(1);
    }

    @Test
    void aPageEndsAtItsBoundsAndTheNextGoesOnThere() {
        History history = history(1000, 1 << 20);
        IntStream.range(0, 100).forEach(i -> append(history, i % 3 == 0 ? CATS : DOGS));
        Map<Topic, Long> all = Map.of(CATS, 0L, DOGS, 0L);
        assertThat(reading(history, all, 0, 100).next(7, 1 << 20).messages()).hasSize(7);
        assertThat(reading(history, all, 0, 100).next(7, 1 << 20).rest()).isEqualTo(HistoryReader.Rest.MORE);
        assertThat(reading(history, all, 0, 100).next(1000, 25).messages()).hasSize(2);
        assertThat(reading(history, all, 0, 100).next(1000, 1).messages()).hasSize(1);
        assertThat(reading(history, all, 0, 100).next(100, 1 << 20).rest()).isEqualTo(HistoryReader.Rest.NOTHING);
        HistoryReader one = reading(history, all, 0, 100);
        for (long expected = 1; expected <= 100; expected++) {
            assertThat(sequences(one.next(1, 1 << 20))).containsExactly(expected);
        }
        assertThat(one.next(1, 1 << 20).rest()).isEqualTo(HistoryReader.Rest.NOTHING);
    }

    @Test
    void theLastMessagesAreThoseThatTheUserWouldGet() {
        History history = history(100, 1 << 20);
        append(history, CATS, CATS, CATS);
        append(history, CATS, Optional.of(TWO));
        append(history, CATS, Optional.of(ONE));
        assertThat(history.startOfLast(CATS, Optional.of(ONE), 2, 5)).isEqualTo(2);
        assertThat(history.startOfLast(CATS, Optional.of(TWO), 2, 5)).isEqualTo(2);
        assertThat(history.startOfLast(CATS, Optional.of(ONE), 2, 4)).isEqualTo(1);
        assertThat(history.startOfLast(CATS, Optional.of(ONE), 99, 5)).isZero();
        assertThat(history.startOfLast(CATS, Optional.of(ONE), 0, 5)).isEqualTo(5);
        assertThat(history.startOfLast(DOGS, Optional.of(ONE), 2, 5)).isEqualTo(5);
    }

    @Test
    void aTopicThatIsFollowedHoldsWhatCameSinceAndWhatWasLoaded() {
        History history = history(100, 1 << 20);
        sequence = 10;
        history.follow(CATS, 10);
        append(history, CATS, CATS);
        assertThat(trimmed(history, Map.of(CATS, 5L), 0, 12)).containsExactly(Map.entry(CATS, 10L));

        history.load(CATS, Optional.empty(), List.of(held(4), held(7), held(11)), 3);

        assertThat(read(history, Map.of(CATS, 0L), 0, 12)).containsExactly(4L, 7L, 11L, 12L);
        assertThat(history.trimmedThrough(CATS, Optional.of(TWO))).isEqualTo(10);
        history.load(CATS, Optional.of(TWO), List.of(), 0);
        assertThat(history.trimmedThrough(CATS, Optional.of(TWO))).isEqualTo(3);
        history.load(CATS, Optional.of(ONE), List.of(), 2);
        assertThat(trimmed(history, Map.of(CATS, 3L), 0, 12)).isEmpty();
        assertThat(trimmed(history, Map.of(CATS, 2L), 0, 12)).containsExactly(Map.entry(CATS, 3L));
        assertThat(history.bytes()).isEqualTo(4 * COST);
    }

    @Test
    void whatIsLoadedIsTheOldestAndGoesFirst() {
        History history = history(3, 1 << 20);
        history.follow(CATS, 10);
        sequence = 10;
        append(history, CATS, CATS);
        history.load(CATS, Optional.empty(), List.of(held(8), held(9)), 0);
        assertThat(read(history, Map.of(CATS, 0L), 0, 12)).containsExactly(9L, 11L, 12L);
        assertThat(history.trimmedThrough(CATS, Optional.of(ONE))).isEqualTo(10);
        history.load(CATS, Optional.of(ONE), List.of(), 0);
        assertThat(history.trimmedThrough(CATS, Optional.of(ONE))).isEqualTo(8);
    }

    @Test
    void aTopicThatIsNotFollowedAnyMoreHoldsNothingAndBeginsAnewWhenItIsAgain() {
        History history = history(100, 1 << 20);
        history.follow(CATS, 0);
        history.follow(DOGS, 0);
        append(history, CATS, DOGS);
        history.load(CATS, Optional.of(ONE), List.of(), 0);
        history.forget(CATS);
        assertThat(read(history, Map.of(CATS, 0L, DOGS, 0L), 0, 2)).containsExactly(2L);
        assertThat(history.bytes()).isEqualTo(COST);
        history.follow(CATS, 2);
        assertThat(history.trimmedThrough(CATS, Optional.of(ONE))).isEqualTo(2);
    }

    @Test
    void whatWasMissedLeavesNoHoleThatNobodyIsToldOf() {
        History history = history(100, 1 << 20);
        history.follow(CATS, 0);
        append(history, CATS, CATS);
        history.miss(CATS, Optional.empty(), 7);
        sequence = 7;
        append(history, CATS);
        assertThat(trimmed(history, Map.of(CATS, 1L), 0, 8)).containsExactly(Map.entry(CATS, 7L));
        assertThat(read(history, Map.of(CATS, 1L), 0, 8)).containsExactly(8L);
    }

    @Test
    void whatMayBeMissingOfOthersAfterAnInterruptionIsLoadedAnew() {
        History history = history(100, 1 << 20);
        history.follow(CATS, 0);
        history.load(CATS, Optional.of(ONE), List.of(), 0);
        append(history, CATS, Optional.of(ONE));
        append(history, CATS, Optional.of(TWO));
        append(history, CATS);
        history.interrupt(Map.of(CATS, Set.of(TWO)), 5);
        sequence = 5;
        append(history, CATS, Optional.of(ONE));
        assertThat(trimmed(history, Map.of(CATS, 0L), 0, 6)).containsExactly(Map.entry(CATS, 5L));
        assertThat(read(history, Map.of(CATS, 0L), 0, 6)).containsExactly(3L, 6L);
        assertThat(history.trimmedThrough(CATS, Optional.of(TWO))).isZero();
        history.load(CATS, Optional.of(ONE), List.of(heldFor(ONE, 1), heldFor(ONE, 4)), 0);
        assertThat(trimmed(history, Map.of(CATS, 0L), 0, 6)).isEmpty();
        assertThat(read(history, Map.of(CATS, 0L), 0, 6)).containsExactly(1L, 3L, 4L, 6L);
    }

    @Test
    void whatIsDroppedWhileOthersPublishIsLetGoOnceAndCountedOnce() throws Exception {
        History history = history(1000, 400_000);
        history.follow(CATS, 0);
        history.follow(DOGS, 0);
        CompletableFuture<Void> publisher = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < 20_000; i++) {
                append(history, CATS, DOGS);
            }
        });
        for (int i = 0; i < 200; i++) {
            history.miss(CATS, Optional.empty(), i);
            history.interrupt(Map.of(), i);
            history.follow(DOGS, i);
            history.expire();
        }
        publisher.get(60, TimeUnit.SECONDS);
        clock += Duration.ofMinutes(10).toNanos();
        while (history.expire()) {
            assertThat(history.bytes()).isPositive();
        }
        assertThat(history.bytes()).isZero();
    }

    private StoredMessage heldFor(UserId user, long number) {
        return new StoredMessage(number, 0, new Message(CATS, Optional.of(user), Text.of("0123456789")), clock);
    }

    private StoredMessage held(long number) {
        return new StoredMessage(number, 0, new Message(CATS, Optional.empty(), Text.of("0123456789")), clock);
    }

    private History history(int messages, long bytes) {
        return new History(new HistoryOptions(messages, Duration.ofMinutes(10), bytes), () -> clock);
    }

    private void append(History history, Topic... topics) {
        for (Topic topic : topics) {
            append(history, topic, Optional.empty());
        }
    }

    private void append(History history, Topic topic, Optional<UserId> user) {
        history.append(
                new AcceptedMessage(new MessageId("e", ++sequence), 0, new Message(topic, user, Text.of("0123456789"))),
                clock,
                Archive.NOWHERE);
    }

    private static List<Long> read(History history, Map<Topic, Long> starts, long after, long through) {
        return sequences(reading(history, starts, after, through).next(1000, 1 << 20));
    }

    private static Map<Topic, Long> trimmed(History history, Map<Topic, Long> starts, long after, long through) {
        return reading(history, starts, after, through).takeTrimmed();
    }

    private static List<Long> sequences(HistoryReader.Page page) {
        return page.messages().stream().map(StoredMessage::sequence).toList();
    }

    private static HistoryReader reading(History history, Map<Topic, Long> starts, long after, long through) {
        HistoryReader reading =
                new HistoryReader(history, new HistoryReader.Query(starts, Optional.of(ONE), after, through, 0));
        reading.lookUp(Integer.MAX_VALUE);
        return reading;
    }
}
