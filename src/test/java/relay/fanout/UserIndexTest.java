package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.ClientId;
import relay.client.Permissions;
import relay.message.UserId;

class UserIndexTest {
    private final UserIndex index = new UserIndex();

    @Test
    void anUnknownUserHasNoClients() {
        assertThat(index.of(user(1))).isEmpty();
        assertThat(index.after(user(1), Optional.empty(), 10)).isEmpty();
    }

    @Test
    void itAgreesWithSortedMapsAfterManyRandomSteps() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<TreeMap<ClientId, Subscriber>> expected = List.of(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
        for (int i = 0; i < 5000; i++) {
            int user = random.nextInt(expected.size());
            TreeMap<ClientId, Subscriber> clients = expected.get(user);
            if (random.nextInt(4) < clients.size()) {
                ClientId some = new ArrayList<>(clients.keySet()).get(random.nextInt(clients.size()));
                index.remove(clients.remove(some));
            } else {
                Subscriber newcomer = subscriber(user);
                index.add(newcomer);
                clients.put(newcomer.client.id(), newcomer);
            }
            assertThat(index.of(user(user))).as("seed %d", seed).containsExactlyElementsOf(clients.values());
            ClientId place = ClientId.random();
            assertThat(index.after(user(user), Optional.of(place), 2))
                    .as("seed %d", seed)
                    .containsExactlyElementsOf(clients.tailMap(place, false).values().stream()
                            .limit(2)
                            .toList());
        }
    }

    @Test
    void afterAClientComeThoseBehindIt() {
        for (int i = 0; i < 5; i++) {
            index.add(subscriber(1));
        }
        List<Subscriber> all = List.copyOf(index.of(user(1)));
        assertThat(index.after(user(1), Optional.empty(), 2)).containsExactlyElementsOf(all.subList(0, 2));
        assertThat(index.after(user(1), Optional.of(all.get(1).client.id()), 9))
                .containsExactlyElementsOf(all.subList(2, 5));
        assertThat(index.after(user(1), Optional.of(all.get(4).client.id()), 9)).isEmpty();
        all.subList(1, 5).forEach(index::remove);
        assertThat(index.after(user(1), Optional.empty(), 2)).containsExactly(all.get(0));
        assertThat(index.after(user(1), Optional.of(all.get(0).client.id()), 2)).isEmpty();
    }

    private static UserId user(int number) {
        return new UserId("" + number);
    }

    private static Subscriber subscriber(int user) {
        return new Subscriber(
                new Client(ClientId.random(), user(user), Duration.ZERO, Permissions.EVERYTHING),
                SubscribedTopics.NONE,
                0);
    }
}
