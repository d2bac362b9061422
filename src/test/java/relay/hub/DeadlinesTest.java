package relay.hub;

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
import relay.client.ClientId;
import relay.client.Grant;
import relay.message.UserId;

class DeadlinesTest {
    private long clock = Long.MAX_VALUE - 5;
    private final Deadlines deadlines = new Deadlines(() -> clock);

    @Test
    void whoeverIsDueComesOutInOrderAfterAnySettingMovingAndClearing() {
        Random random = new Random(7);
        List<Subscriber> all =
                IntStream.range(0, 500).mapToObj(i -> subscriber()).toList();
        Set<Subscriber> waiting = new HashSet<>();
        for (int i = 0; i < 20_000; i++) {
            Subscriber one = all.get(random.nextInt(all.size()));
            if (random.nextInt(3) == 0) {
                deadlines.clear(one);
                waiting.remove(one);
            } else {
                deadlines.set(one, random.nextInt(1000));
                waiting.add(one);
            }
        }
        clock += 2000;
        List<Subscriber> due = Stream.generate(deadlines::pollDue)
                .takeWhile(Optional::isPresent)
                .map(Optional::get)
                .toList();
        assertThat(due).containsExactlyInAnyOrderElementsOf(waiting);
        assertThat(due).isSortedAccordingTo(Comparator.comparingLong(s -> s.deadline));
    }

    @Test
    void nobodyComesOutBeforeTheMoment() {
        deadlines.set(subscriber(), 10);
        assertThat(deadlines.untilNext(100)).isEqualTo(10);
        clock += 9;
        assertThat(deadlines.pollDue()).isEmpty();
        clock += 1;
        assertThat(deadlines.pollDue()).isPresent();
        assertThat(deadlines.untilNext(100)).isEqualTo(100);
    }

    private static Subscriber subscriber() {
        return new Subscriber(
                new Client(ClientId.random(), new UserId("1"), Duration.ZERO, Grant.EVERYTHING), AskedTopics.NONE, 0);
    }
}
