package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.Permissions;
import relay.hub.TestHub;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.UserId;
import relay.schedule.Ticker;

class TopicIndexTest {
    private final TopicTable topics = new TopicTable(2, Ticker.system());
    private final TopicIndex index = new TopicIndex(topics, 1);

    @Test
    void anUnknownKeyHasNoMembers() {
        assertThat(index.members(new Topic("cats")).size()).isZero();
    }

    @Test
    void membersAreThoseWhoJoinedAndDidNotLeave() {
        Subscriber first = subscriber();
        Subscriber second = subscriber();
        Subscriber third = subscriber();
        TopicIndex.Membership membership = join("cats", first);
        join("cats", second);
        join("cats", third);
        join("dogs", first);
        assertThat(membership.shared().topic()).isEqualTo(new Topic("cats"));
        index.leave(membership);
        assertThat(members("cats")).containsExactlyInAnyOrder(second, third);
        assertThat(members("dogs")).containsExactly(first);
    }

    @Test
    void aKeyThatEverybodyLeftCanBeJoinedAgain() {
        Subscriber subscriber = subscriber();
        index.leave(join("cats", subscriber));
        assertThat(index.members(new Topic("cats")).size()).isZero();
        join("cats", subscriber);
        assertThat(members("cats")).containsExactly(subscriber);
    }

    @Test
    void theMembersOfOneWorkerAreNotThoseOfAnother() {
        join("cats", subscriber());
        assertThat(new TopicIndex(topics, 0).members(new Topic("cats")).size()).isZero();
    }

    @Test
    void aTopicThatNearlyEverybodyLeftHasTheOthersStill() {
        List<TopicIndex.Membership> memberships = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            memberships.add(join("cats", subscriber()));
        }
        for (int left = 999; left >= 1; left--) {
            index.leave(memberships.remove(left * 7 % memberships.size()));
            assertThat(members("cats"))
                    .containsExactlyInAnyOrderElementsOf(memberships.stream()
                            .map(TopicIndex.Membership::subscriber)
                            .toList());
        }
    }

    @Test
    void itAgreesWithASetAfterManyRandomSteps() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Subscriber> subscribers = new ArrayList<>();
        Map<String, TopicIndex.Membership> memberships = new TreeMap<>();
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
                memberships.put(place, join(key, subscribers.get(number)));
                members.add(subscribers.get(number));
            }
            assertThat(members(key)).as("seed %d", seed).containsExactlyInAnyOrderElementsOf(members);
        }
    }

    private List<Subscriber> members(String key) {
        TopicIndex.Members members = index.members(new Topic(key));
        List<Subscriber> all = new ArrayList<>();
        for (int i = 0; i < members.size(); i++) {
            all.add(members.get(i));
        }
        return all;
    }

    /** The topic is asked for as long as the test runs. */
    private TopicIndex.Membership join(String key, Subscriber subscriber) {
        topics.enter(TestHub.topics(key));
        return index.join(Objects.requireNonNull(topics.find(new Topic(key))), subscriber);
    }

    private static Subscriber subscriber() {
        return new Subscriber(
                new Client(ClientId.random(), Optional.of(new UserId("1")), Duration.ZERO, Permissions.EVERYTHING),
                SubscribedTopics.NONE,
                0);
    }
}
