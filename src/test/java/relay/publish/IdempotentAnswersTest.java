package relay.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import relay.engine.IdempotencyConflictException;
import relay.engine.IdempotencyKey;
import relay.message.UnavailableException;
import relay.testing.ManualClock;

/** Which requests are done, and what the others are answered. */
class IdempotentAnswersTest {
    private static final int MOST = 3;
    private static final Duration TTL = Duration.ofMinutes(10);

    /** It overflows on the way. */
    private final ManualClock clock = new ManualClock();

    private final IdempotentAnswers answers = new IdempotentAnswers(MOST, TTL, clock);

    /** What repeats were told, in order. */
    private final List<String> told = new ArrayList<>();

    private final IdempotentAnswers.Repeat repeat = new IdempotentAnswers.Repeat() {
        @Override
        public void answered(String answer) {
            told.add(answer);
        }

        @Override
        public void refused(RuntimeException cause) {
            told.add("refused: " + cause.getMessage());
        }
    };

    @Test
    void theFirstIsDoneAndAnotherGetsItsAnswerAtOnce() {
        begin("a").answered("one");
        assertIsRepeat("a");
        assertIsRepeat("a");
        assertThat(told).containsExactly("one", "one");
        assertThat(answers.replays()).isEqualTo(2);
        assertThat(answers.size()).isEqualTo(1);
    }

    @Test
    void thoseThatComeWhileItIsUnderWayGetItsAnswerWhenItIsThere() {
        IdempotentAnswers.Attempt first = begin("a");
        assertIsRepeat("a");
        assertIsRepeat("a");
        assertThat(told).isEmpty();
        assertThat(answers.replays()).isZero();
        first.answered("one");
        assertThat(told).containsExactly("one", "one");
        assertThat(answers.replays()).isEqualTo(2);
    }

    @Test
    void oneThatIsARepeatOfAnotherRelaysCountsAsOneAndIsRemembered() {
        IdempotentAnswers.Attempt first = begin("a");
        assertIsRepeat("a");
        first.repeated("elsewhere");
        first.repeated("again");
        assertIsRepeat("a");
        assertThat(told).containsExactly("elsewhere", "elsewhere");
        assertThat(answers.replays()).isEqualTo(3);
    }

    @Test
    void oneWhoseAnswerIsNotKnownCountsAndIsNotRemembered() {
        IdempotentAnswers.Attempt first = begin("a");
        assertIsRepeat("a");
        first.repeatedUnknown("perhaps");
        assertThat(told).containsExactly("perhaps");
        assertThat(answers.replays()).isEqualTo(2);
        begin("a").answered("one");
        assertIsRepeat("a");
        assertThat(told).containsExactly("perhaps", "one");
    }

    @Test
    void keysAreApart() {
        begin("a").answered("one");
        begin("b").answered("two");
        assertIsRepeat("b");
        assertIsRepeat("a");
        assertThat(told).containsExactly("two", "one");
    }

    @Test
    void anotherContentIsAConflictUnderWayAndAfterwardsAndChangesNothing() {
        IdempotentAnswers.Attempt first = begin("a");
        assertConflict("a");
        first.answered("one");
        assertConflict("a");
        assertIsRepeat("a");
        assertThat(told).containsExactly("one");
        assertThat(answers.replays()).isEqualTo(1);
    }

    @Test
    void aRefusedOneTellsThoseThatWaitAndFreesItsKeyForAnyContent() {
        IdempotentAnswers.Attempt first = begin("a");
        assertIsRepeat("a");
        first.refused(new IllegalStateException("full"));
        assertThat(told).containsExactly("refused: full");
        assertThat(answers.size()).isZero();
        assertThat(answers.replays()).isZero();
        assertThat(answers.begin(new IdempotencyKey("a", "other content"), repeat))
                .isPresent();
    }

    @Test
    void whatIsSaidAfterTheEndCountsForNothing() {
        IdempotentAnswers.Attempt first = begin("a");
        first.refused(new IllegalStateException("full"));
        IdempotentAnswers.Attempt second = begin("a");
        assertIsRepeat("a");
        first.answered("late");
        assertThat(told).isEmpty();
        second.answered("two");
        second.answered("three");
        second.refused(new IllegalStateException("late"));
        assertIsRepeat("a");
        assertThat(told).containsExactly("two", "two");
    }

    @Test
    void anAnswerIsHeldForItsTimeCountedFromWhenItWasGiven() {
        IdempotentAnswers.Attempt first = begin("a");
        pass(TTL.multipliedBy(2));
        assertIsRepeat("a");
        first.answered("one");
        pass(TTL.minusNanos(1));
        assertIsRepeat("a");
        assertThat(told).containsExactly("one", "one");
        pass(Duration.ofNanos(1));
        assertThat(answers.size()).isZero();
        begin("a").answered("two");
    }

    @Test
    void onlyThoseWhoseTimeIsUpAreForgotten() {
        begin("a").answered("one");
        pass(TTL.minusSeconds(1));
        begin("b").answered("two");
        IdempotentAnswers.Attempt third = begin("c");
        pass(Duration.ofSeconds(1));
        assertThat(answers.size()).isEqualTo(2);
        assertIsRepeat("b");
        assertIsRepeat("c");
        third.answered("three");
        assertThat(told).containsExactly("two", "three");
    }

    @Test
    void atTheBoundTheOldestAnswerMakesRoom() {
        IdempotentAnswers.Attempt slow = begin("slow");
        begin("b").answered("two");
        begin("a").answered("one");
        assertIsRepeat("b");
        begin("d").answered("four");
        assertThat(answers.size()).isEqualTo(MOST);
        assertIsRepeat("a");
        assertIsRepeat("slow");
        slow.answered("slow");
        assertThat(told).containsExactly("two", "one", "slow");
        begin("b");
    }

    @Test
    void whenAllAreUnderWayAnotherKeyIsRefusedAndAKnownOneIsNot() {
        IdempotentAnswers.Attempt first = begin("a");
        begin("b");
        begin("c");
        assertThatThrownBy(() -> begin("d"))
                .isInstanceOfSatisfying(
                        UnavailableException.class,
                        full -> assertThat(full.detail()).contains("Idempotency-Key under way", "come back later"));
        assertIsRepeat("b");
        assertThat(answers.size()).isEqualTo(MOST);
        first.answered("one");
        begin("d").answered("four");
        assertThat(answers.size()).isEqualTo(MOST);
    }

    @Test
    void amongManyThreadsOneIsTheFirstAndAllGetOneAnswer() throws Exception {
        int threads = 8;
        int rounds = 500;
        IdempotentAnswers shared = new IdempotentAnswers(2, TTL, clock);
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        CyclicBarrier together = new CyclicBarrier(threads);
        AtomicInteger wrong = new AtomicInteger();
        AtomicInteger firsts = new AtomicInteger();
        CountDownLatch answered = new CountDownLatch(rounds * (threads - 1));
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                all.add(executor.submit(() -> {
                    for (int round = 0; round < rounds; round++) {
                        together.await(20, TimeUnit.SECONDS);
                        String answer = "answer " + round;
                        shared.begin(new IdempotencyKey("key " + round, ""), expecting(answer, wrong, answered))
                                .ifPresent(attempt -> {
                                    firsts.incrementAndGet();
                                    attempt.answered(answer);
                                });
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
            assertThat(answered.await(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            executor.shutdownNow();
        }
        assertThat(firsts).hasValue(rounds);
        assertThat(wrong).hasValue(0);
        assertThat(shared.replays()).isEqualTo((long) rounds * (threads - 1));
        assertThat(shared.size()).isEqualTo(2);
    }

    private static IdempotentAnswers.Repeat expecting(String answer, AtomicInteger wrong, CountDownLatch answered) {
        return new IdempotentAnswers.Repeat() {
            @Override
            public void answered(String given) {
                if (!given.equals(answer)) {
                    wrong.incrementAndGet();
                }
                answered.countDown();
            }

            @Override
            public void refused(RuntimeException cause) {
                wrong.incrementAndGet();
            }
        };
    }

    private IdempotentAnswers.Attempt begin(String key) {
        return answers.begin(new IdempotencyKey(key, "content"), repeat).orElseThrow();
    }

    private void assertIsRepeat(String key) {
        assertThat(answers.begin(new IdempotencyKey(key, "content"), repeat)).isEmpty();
    }

    private void assertConflict(String key) {
        assertThatThrownBy(() -> answers.begin(new IdempotencyKey(key, "other content"), repeat))
                .isInstanceOfSatisfying(
                        IdempotencyConflictException.class,
                        conflict -> assertThat(conflict.detail()).contains("send what was sent with it before"));
    }

    private void pass(Duration time) {
        clock.advance(time);
    }
}
