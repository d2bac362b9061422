package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.Permissions;
import relay.message.ClientId;
import relay.message.UserId;

/** Clients that answer at once, on a clock that the test moves: how often each is asked, and when. */
class AckScheduleTest {
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final AckSchedule schedule = new AckSchedule();
    private long now;
    private long sequence;
    private int asked;

    @Test
    void aFewClientsAreAskedEvery20To25Milliseconds() {
        List<AckTracker> few = clients(10);
        int questions = stream(few, MILLI, 2 * SECOND);
        assertThat(questions).isBetween(10 * 80, 10 * 101);
    }

    @Test
    void theClientsOfAWorkerShareItsBudget() {
        List<AckTracker> many = clients(1_000);
        stream(many, 10 * MILLI, 2 * SECOND);
        int questions = stream(many, 10 * MILLI, 10 * SECOND);
        assertThat(questions).isBetween(20_000, 30_000);
    }

    @Test
    void everyClientIsAskedOnceASecondHoweverManyThereAre() {
        List<AckTracker> many = clients(10_000);
        stream(many, 50 * MILLI, SECOND);
        long[] lastAsked = many.stream().mapToLong(AckTracker::askedAtNanos).toArray();
        stream(many, 50 * MILLI, SECOND + 50 * MILLI);
        assertThat(IntStream.range(0, many.size())).allMatch(i -> many.get(i).askedAtNanos() > lastAsked[i]);
    }

    @Test
    void clientsThatWereSentNothingForASecondLeaveTheBudgetToTheOthers() {
        List<AckTracker> few = clients(10);
        stream(clients(1_000), 10 * MILLI, SECOND);
        askedWithin(50 * MILLI);
        int crowded = stream(few, MILLI, SECOND / 2);
        stream(few, MILLI, SECOND);
        int alone = stream(few, MILLI, SECOND / 2);
        assertThat(crowded).isLessThan(10 * 4);
        assertThat(alone).isGreaterThan(10 * 19);
    }

    @Test
    void theClientsOfATopicAreNotAllAskedAtTheSameTime() {
        List<AckTracker> many = clients(500);
        stream(many, 5 * MILLI, SECOND);
        int most = 0;
        for (int i = 0; i < 400; i++) {
            most = Math.max(most, stream(many, 5 * MILLI, 5 * MILLI));
        }
        assertThat(most).isLessThan(many.size() / 5);
    }

    @Test
    void aStreamThatPausesIsAskedAboutWithin50Milliseconds() {
        AckTracker alone = clients(1).get(0);
        List<AckTracker> many = clients(1_000);
        stream(many, 10 * MILLI, 2 * SECOND);
        stream(List.of(alone), MILLI, MILLI);
        sent(alone);
        assertThat(askedWithin(50 * MILLI)).isPositive();
        assertThat(alone.isWaiting()).isFalse();
        assertThat(many).noneMatch(AckTracker::isWaiting);
    }

    @Test
    void untilAStreamPausesItIsNotAskedAboutByItself() {
        AckTracker alone = clients(1).get(0);
        sent(alone);
        alone.ask(now);
        answer(alone);
        sent(alone);
        assertThat(schedule.untilNext(now, SECOND)).isEqualTo(AckSchedule.PAUSE_NANOS);
        now += AckSchedule.PAUSE_NANOS - 1;
        assertThat(schedule.next(now)).isNull();
        now++;
        assertThat(schedule.next(now)).isSameAs(alone);
        assertThat(schedule.next(now)).isNull();
        assertThat(schedule.untilNext(now, SECOND)).isEqualTo(SECOND);
    }

    @Test
    void theFirstMessageAfterAPauseIsAskedAboutAtOnce() {
        List<AckTracker> many = clients(1_000);
        stream(many, 10 * MILLI, 3 * SECOND);
        AckTracker one = many.get(0);
        askedWithin(100 * MILLI);
        assertThat(schedule.isDue(one, now)).isFalse();
        assertThat(schedule.asksWith(one, now)).isTrue();
    }

    @Test
    void whoHasNotAnsweredIsNotAskedAgain() {
        AckTracker silent = clients(1).get(0);
        sent(silent);
        silent.ask(now);
        for (int i = 0; i < 100; i++) {
            now += 20 * MILLI;
            assertThat(schedule.asksWith(silent, now)).isFalse();
            sent(silent);
            assertThat(schedule.next(now)).isNull();
        }
    }

    @Test
    void streamsThatPauseAllTheTimeCostNoMoreThanTheBudgetAndWhatGrowsOfTheSavings() {
        List<AckTracker> many = clients(2_000);
        stream(many, 100 * MILLI, 10 * SECOND);
        int questions = stream(many, 100 * MILLI, 10 * SECOND);
        assertThat(questions).isLessThan(10 * (AckSchedule.ASKED_PER_SECOND + 1_000));
        assertThat(askedWithin(SECOND)).isPositive();
        assertThat(many).noneMatch(AckTracker::isWaiting);
    }

    @Test
    void whoIsForgottenAndComesAgainStandsInItsPlaceAndNobodyIsLost() {
        List<AckTracker> all = clients(20);
        Set<AckTracker> waiting = new LinkedHashSet<>();
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            AckTracker one = all.get(random.nextInt(all.size()));
            now += random.nextInt(4) * MILLI;
            if (random.nextInt(4) == 0) {
                schedule.forget(one);
                waiting.remove(one);
            } else {
                sent(one);
                waiting.remove(one);
                waiting.add(one);
            }
            for (AckTracker next = schedule.next(now); next != null; next = schedule.next(now)) {
                assertThat(next).isSameAs(waiting.iterator().next());
                waiting.remove(next);
                next.ask(now);
                answer(next);
            }
            assertThat(waiting).allMatch(left -> now - left.sentAtNanos < AckSchedule.LONGEST_NANOS);
        }
    }

    /** Sends each of them something at each step; returns how many questions that took. */
    private int stream(List<AckTracker> clients, long step, long nanos) {
        int before = asked;
        for (long end = now + nanos; now < end; now += step) {
            pauses();
            for (AckTracker each : clients) {
                boolean asks = schedule.asksWith(each, now);
                sent(each);
                if (asks) {
                    each.ask(now);
                    asked++;
                    answer(each);
                }
            }
        }
        return asked - before;
    }

    private int askedWithin(long nanos) {
        int before = asked;
        for (long end = now + nanos; now < end; now += MILLI) {
            pauses();
        }
        pauses();
        return asked - before;
    }

    private void pauses() {
        for (AckTracker next = schedule.next(now); next != null; next = schedule.next(now)) {
            next.ask(now);
            asked++;
            answer(next);
        }
    }

    private void sent(AckTracker acks) {
        acks.sent(++sequence);
        schedule.sent(acks, now);
    }

    private void answer(AckTracker acks) {
        acks.answered(acks.ask(now), now);
    }

    private static List<AckTracker> clients(int count) {
        List<AckTracker> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Client client = new Client(
                    ClientId.random(), Optional.of(new UserId("1")), Duration.ofSeconds(60), Permissions.EVERYTHING);
            clients.add(new AckTracker(new Subscriber(client, SubscribedTopics.NONE, 0), 0));
        }
        return clients;
    }
}
