package relay.hook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import relay.engine.Event;
import relay.engine.Outbox.Batch;
import relay.engine.Outbox.Entry;
import relay.message.ClientId;
import relay.message.UserId;

/**
 * Says whether the events that a backend gets are those that were added. It knows nothing of how an outbox works: the events are numbered
 * from 1, in each life of the relay anew, and what comes must be the next number, or say exactly how many are missing. For one thread.
 */
final class OutboxChecker {
    private static final UserId USER = new UserId("somebody");

    private final List<Life> lives = new ArrayList<>(List.of(new Life()));
    private final Map<String, List<Entry>> batches = new HashMap<>();
    private final Set<String> taken = new HashSet<>();
    private final Set<String> goneForGood = new HashSet<>();
    private Optional<String> underWay = Optional.empty();
    private Optional<String> takenAtLast = Optional.empty();
    private String newest = "";
    private int life;
    private long last;

    /** From a start to a kill. */
    private static final class Life {
        private long added;
        private long stored;
    }

    /** The event to add next. */
    Event next() {
        Life now = lives.get(lives.size() - 1);
        now.added++;
        return new Event.Gone(new ClientId(lives.size() - 1, now.added), USER);
    }

    /** All that was added is in the file. */
    void stored() {
        Life now = lives.get(lives.size() - 1);
        now.stored = now.added;
        takenAtLast.ifPresent(goneForGood::add);
        takenAtLast = Optional.empty();
    }

    void killed() {
        lives.add(new Life());
        // Whether it was taken may not be in the file.
        underWay = underWay.or(() -> takenAtLast);
        takenAtLast = Optional.empty();
    }

    void got(Batch batch) {
        assertThat(goneForGood).as("taken, and stored").doesNotContain(batch.id());
        List<Entry> before = batches.putIfAbsent(batch.id(), batch.entries());
        if (before != null) {
            assertThat(batch.entries()).isEqualTo(before);
            assertThat(underWay).contains(batch.id());
            return;
        }
        // After a kill, one that was taken does not have to come again.
        assertThat(underWay.filter(id -> !taken.contains(id)))
                .as("the same until it is taken")
                .isEmpty();
        batch.entries().forEach(this::got);
        underWay = Optional.of(batch.id());
    }

    void taken(Batch batch) {
        taken.add(batch.id());
        takenAtLast = underWay;
        underWay = Optional.empty();
    }

    private void got(Entry entry) {
        assertThat(entry.id()).isGreaterThan(newest);
        newest = entry.id();
        ClientId client = ((Event.Gone) entry.event()).client();
        long least = client.low() - 1 - last;
        long most = least;
        if (client.high() > life) {
            // At the end of a life, what was not stored is lost, and not counted.
            least = client.low() - 1;
            most = client.low() - 1;
            for (int i = life; i < client.high(); i++) {
                long got = i == life ? last : 0;
                least += Math.max(0, lives.get(i).stored - got);
                most += lives.get(i).added - got;
            }
        }
        assertThat(entry.dropped())
                .as(
                        "what was dropped before %s of life %s; the last was %s of life %s",
                        client.low(), client.high(), last, life)
                .isBetween(least, most);
        assertThat(client.high()).isGreaterThanOrEqualTo(life);
        life = (int) client.high();
        last = client.low();
    }

    /** That nothing is left but this. */
    void lastWas(Event event) {
        ClientId client = ((Event.Gone) event).client();
        assertThat(last).isEqualTo(client.low());
        assertThat(life).isEqualTo((int) client.high());
    }
}
