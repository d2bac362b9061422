package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.Permissions;
import relay.message.ClientId;
import relay.message.UserId;

class ClientTableTest {
    private final ClientTable table = new ClientTable();
    private final Random random = new Random();
    private final List<Subscriber> there = new ArrayList<>();

    @Test
    void anUnknownUserHasNoClients() {
        assertThat(table.of(user(1))).isEmpty();
        assertThat(table.after(user(1), Optional.empty(), 10)).isEmpty();
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
                table.remove(clients.remove(some));
            } else {
                Subscriber newcomer = subscriber(user);
                table.add(newcomer);
                clients.put(newcomer.client.id(), newcomer);
            }
            assertThat(table.of(user(user))).as("seed %d", seed).containsExactlyElementsOf(clients.values());
            ClientId place = ClientId.random();
            assertThat(table.after(user(user), Optional.of(place), 2))
                    .as("seed %d", seed)
                    .containsExactlyElementsOf(clients.tailMap(place, false).values().stream()
                            .limit(2)
                            .toList());
        }
    }

    @Test
    void afterAClientComeThoseBehindIt() {
        for (int i = 0; i < 5; i++) {
            table.add(subscriber(1));
        }
        List<Subscriber> all = List.copyOf(table.of(user(1)));
        assertThat(table.after(user(1), Optional.empty(), 2)).containsExactlyElementsOf(all.subList(0, 2));
        assertThat(table.after(user(1), Optional.of(all.get(1).client.id()), 9))
                .containsExactlyElementsOf(all.subList(2, 5));
        assertThat(table.after(user(1), Optional.of(all.get(4).client.id()), 9)).isEmpty();
        all.subList(1, 5).forEach(table::remove);
        assertThat(table.after(user(1), Optional.empty(), 2)).containsExactly(all.get(0));
        assertThat(table.after(user(1), Optional.of(all.get(0).client.id()), 2)).isEmpty();
    }

    @RepeatedTest(200)
    void whoeverIsHereAndStaysIsSeenWhoeverElseComesAndGoes() {
        long seed = random.nextLong();
        random.setSeed(seed);
        for (int i = 0; i < 50; i++) {
            add();
        }
        Set<Subscriber> before = new HashSet<>(there);
        Set<Subscriber> seen = new HashSet<>();
        Iterator<Subscriber> walk = table.iterator();
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
            table.remove(there.remove(random.nextInt(there.size())));
        }
    }

    private void add() {
        Subscriber subscriber = subscriber(random.nextInt(10));
        there.add(subscriber);
        table.add(subscriber);
    }

    private static UserId user(int number) {
        return new UserId("" + number);
    }

    private static Subscriber subscriber(int user) {
        return new Subscriber(
                new Client(ClientId.random(), Optional.of(user(user)), Duration.ZERO, Permissions.EVERYTHING),
                SubscribedTopics.NONE,
                0);
    }
}
