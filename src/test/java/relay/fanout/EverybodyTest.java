package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import relay.client.Client;
import relay.client.ClientId;
import relay.client.Permissions;
import relay.message.UserId;

class EverybodyTest {
    private final Random random = new Random();
    private final Everybody everybody = new Everybody();
    private final List<Subscriber> there = new ArrayList<>();

    @RepeatedTest(200)
    void whoeverIsHereAndStaysIsSeenWhoeverElseComesAndGoes() {
        long seed = random.nextLong();
        random.setSeed(seed);
        for (int i = 0; i < 50; i++) {
            add();
        }
        Set<Subscriber> before = new HashSet<>(there);
        Set<Subscriber> seen = new HashSet<>();
        Iterator<Subscriber> walk = everybody.iterator();
        while (walk.hasNext()) {
            seen.add(walk.next());
            for (int i = random.nextInt(4); i > 0; i--) {
                change();
            }
        }
        assertThat(seen)
                .as("seed %d", seed)
                .containsAll(there.stream().filter(before::contains).toList());
    }

    private void change() {
        if (random.nextBoolean() || there.isEmpty()) {
            add();
        } else {
            everybody.remove(there.remove(random.nextInt(there.size())));
        }
    }

    private void add() {
        Client client = new Client(ClientId.random(), new UserId("user"), Duration.ZERO, Permissions.EVERYTHING);
        Subscriber subscriber = new Subscriber(client, SubscribedTopics.NONE, 0);
        there.add(subscriber);
        everybody.add(subscriber);
    }
}
