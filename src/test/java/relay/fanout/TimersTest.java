package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.Permissions;
import relay.message.ClientId;
import relay.message.UserId;

class TimersTest {
    private long clock = Long.MAX_VALUE - 5;
    private final Timers timers = new Timers(() -> clock);

    @Test
    void whoeverIsDueComesOutInOrderAfterAnySettingMovingAndClearing() {
        Random random = new Random(7);
        List<Subscriber> all =
                IntStream.range(0, 500).mapToObj(i -> subscriber()).toList();
        Set<Subscriber> waiting = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            Subscriber one = all.get(random.nextInt(all.size()));
            if (random.nextInt(3) == 0) {
                timers.clear(one);
                waiting.remove(one);
            } else {
                timers.set(one, random.nextInt(1000));
                waiting.add(one);
            }
        }
        clock += 2000;
        List<Subscriber> due = Stream.generate(timers::pollDue)
                .takeWhile(Optional::isPresent)
                .map(Optional::get)
                .toList();
        assertThat(due).containsExactlyInAnyOrderElementsOf(waiting);
        assertThat(due).isSortedAccordingTo(Comparator.comparingLong(s -> s.deadline));
    }

    @Test
    void manyComeAndGoAgainAndAgainAndNoRoomIsKeptForThemNorAnyoneLost() {
        Random random = new Random(16);
        List<Subscriber> all =
                IntStream.range(0, 5000).mapToObj(i -> subscriber()).toList();
        int least = timers.room();
        for (int time = 0; time < 5; time++) {
            all.forEach(one -> timers.set(one, random.nextInt(1000)));
            Set<Subscriber> waiting = new HashSet<>(all);
            for (int i = 0; i < 50_000; i++) {
                Subscriber one = all.get(random.nextInt(all.size()));
                if (random.nextInt(20) > 0) {
                    timers.clear(one);
                    waiting.remove(one);
                } else {
                    timers.set(one, random.nextInt(1000));
                    waiting.add(one);
                }
                assertThat(timers.room()).isLessThanOrEqualTo(Math.max(least, 4 * waiting.size() + 4));
            }
            clock += 1000;
            Set<Subscriber> due = new HashSet<>();
            for (long last = 0; !waiting.isEmpty() && due.size() < waiting.size(); ) {
                Subscriber next = timers.pollDue().orElseThrow();
                assertThat(next.deadline).isGreaterThanOrEqualTo(last);
                last = next.deadline;
                due.add(next);
            }
            assertThat(due).isEqualTo(waiting);
            assertThat(timers.pollDue()).isEmpty();
            assertThat(timers.room()).isLessThanOrEqualTo(2 * least);
        }
    }

    @Test
    void nobodyComesOutBeforeTheMoment() {
        timers.set(subscriber(), 10);
        assertThat(timers.untilNext(100)).isEqualTo(10);
        clock += 9;
        assertThat(timers.pollDue()).isEmpty();
        clock += 1;
        assertThat(timers.pollDue()).isPresent();
        assertThat(timers.untilNext(100)).isEqualTo(100);
    }

    private static Subscriber subscriber() {
        return new Subscriber(
                new Client(ClientId.random(), Optional.of(new UserId("1")), Duration.ZERO, Permissions.EVERYTHING),
                SubscribedTopics.NONE,
                0);
    }
}
