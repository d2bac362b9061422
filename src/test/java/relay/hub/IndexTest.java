package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.ClientId;
import relay.client.Grant;
import relay.message.UserId;

class IndexTest {
    private final Index<String> index = new Index<>();

    @Test
    void anUnknownKeyHasNoMembers() {
        assertThat(index.members("cats").size()).isZero();
    }

    @Test
    void membersAreThoseWhoJoinedAndDidNotLeave() {
        Subscriber first = subscriber();
        Subscriber second = subscriber();
        Subscriber third = subscriber();
        Index.Membership<String> membership = index.join("cats", first);
        index.join("cats", second);
        index.join("cats", third);
        index.join("dogs", first);
        assertThat(membership.key()).isEqualTo("cats");
        index.leave(membership);
        assertThat(members("cats")).containsExactlyInAnyOrder(second, third);
        assertThat(members("dogs")).containsExactly(first);
    }

    @Test
    void aKeyThatEverybodyLeftCanBeJoinedAgain() {
        Subscriber subscriber = subscriber();
        index.leave(index.join("cats", subscriber));
        assertThat(index.members("cats").size()).isZero();
        index.join("cats", subscriber);
        assertThat(members("cats")).containsExactly(subscriber);
    }

    @Test
    void itAgreesWithASetAfterManyRandomSteps() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Subscriber> subscribers = new ArrayList<>();
        Map<String, Index.Membership<String>> memberships = new TreeMap<>();
        Map<String, Set<Subscriber>> expected = new TreeMap<>();
        for (int i = 0; i < 20; i++) {
            subscribers.add(subscriber());
        }
        for (int i = 0; i < 5000; i++) {
            int number = random.nextInt(subscribers.size());
            String key = "topic" + random.nextInt(4);
            String place = number + key;
            Set<Subscriber> members = expected.computeIfAbsent(key, k -> new HashSet<>());
            if (memberships.containsKey(place)) {
                index.leave(memberships.remove(place));
                members.remove(subscribers.get(number));
            } else {
                memberships.put(place, index.join(key, subscribers.get(number)));
                members.add(subscribers.get(number));
            }
            assertThat(members(key)).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(members);
        }
    }

    private List<Subscriber> members(String key) {
        Index.Members<String> members = index.members(key);
        List<Subscriber> all = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            all.add(members.get(i));
        }
        return all;
    }

    private static Subscriber subscriber() {
        return new Subscriber(
                new Client(ClientId.random(), new UserId("1"), Duration.ZERO, Grant.EVERYTHING), Set.of(), 0);
    }
}
