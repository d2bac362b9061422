package relay.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;
import relay.message.UnavailableException;
import relay.message.UserId;

/** How many clients there may be, and what they may take together. */
class ClientRegistryTest {
    private final Room room = new Room(10_000, 5);
    private final ClientRegistry registry = new ClientRegistry(100, 3, room);

    @Test
    void oneUserHasSoManyAtMostAndOthersAreNotHindered() {
        List<Client> own = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            own.add(added("1"));
        }
        assertThatThrownBy(() -> added("1"))
                .isInstanceOfSatisfying(
                        UnavailableException.class,
                        refusal -> assertThat(refusal.isOnlyForOne()).isTrue());
        added("2");
        registry.remove(own.get(0));
        added("1");
        assertThat(registry.size()).isEqualTo(4);
    }

    @Test
    void topicsOfAllClientsAreSoManyAtMost() {
        Client first = added("1", "a", "b", "c");
        assertThatThrownBy(() -> added("2", "a", "b", "c"))
                .isInstanceOfSatisfying(
                        UnavailableException.class,
                        refusal -> assertThat(refusal.isOnlyForOne()).isFalse());
        added("2", "a", "b");
        assertThat(registry.reserve(first, topics("a", "b", "c", "d"))).isEmpty();
        registry.remove(first);
        added("2", "a", "b", "c");
        assertThat(room.topics()).isEqualTo(5);
    }

    @Test
    void whatIsReservedIsTakenUntilItIsSettled() {
        Client client = added("1", "a");
        assertThat(registry.reserve(client, topics("a", "b", "c"))).isPresent();
        assertThat(registry.reserve(client, topics())).isPresent();
        assertThat(room.topics()).isEqualTo(3);
        registry.settle(client, topics("b"));
        assertThat(room.topics()).isEqualTo(1);
        Room.Share wanted = registry.reserve(client, topics("a", "b")).orElseThrow();
        assertThat(registry.reserve(client, topics("a", "b", "c"))).isPresent();
        registry.settle(client, wanted);
        assertThat(room.topics()).isEqualTo(2);
    }

    @Test
    void whoIsGoneTakesNothing() {
        Client client = added("1", "a");
        registry.remove(client);
        registry.remove(client);
        assertThat(registry.reserve(client, topics("a", "b"))).isPresent();
        registry.settle(client, topics("a", "b"));
        assertThat(room.topics()).isZero();
        assertThat(room.bytes()).isZero();
    }

    @Test
    void clientsTakeSoMuchMemoryAtMostHoweverItIsSpent() {
        added("1");
        added("2");
        String long1 = "x".repeat(256);
        assertThat(registry.reserve(added("3"), topics(long1))).isPresent();
        assertThatThrownBy(() -> fill(room)).isInstanceOf(UnavailableException.class);
        assertThat(room.bytes()).isLessThanOrEqualTo(10_000);
    }

    @Test
    void connectionsShareTheMemory() {
        assertThat(room.enterConnection()).isTrue();
        assertThat(room.enterConnection()).isTrue();
        assertThat(room.enterConnection()).isFalse();
        room.leaveConnection();
        assertThat(room.enterConnection()).isTrue();
    }

    @Test
    void whatAClientMayAskForTakesMemoryToo() {
        Set<TopicPattern> patterns = IntStream.range(0, 100)
                .mapToObj(i -> new TopicPattern("news." + i + ".*"))
                .collect(Collectors.toUnmodifiableSet());
        Client client = new Client(
                ClientId.random(),
                Optional.of(new UserId("1")),
                Duration.ZERO,
                new Permissions(TopicFilter.of(patterns), TopicFilter.ANY, Permissions.NEVER));
        assertThatThrownBy(() -> registry.add(client, Set.of())).isInstanceOf(UnavailableException.class);
        assertThat(room.bytes()).isZero();
        assertThat(registry.size()).isZero();
    }

    private void fill(Room filled) {
        for (int i = 0; i < 100; i++) {
            added("user" + i);
        }
        throw new AssertionError("there is room for " + filled.bytes());
    }

    private Client added(String user, String... topics) {
        Client client =
                new Client(ClientId.random(), Optional.of(new UserId(user)), Duration.ZERO, Permissions.EVERYTHING);
        registry.add(client, topics(topics));
        return client;
    }

    private static Set<Topic> topics(String... names) {
        return Set.of(names).stream().map(Topic::new).collect(Collectors.toUnmodifiableSet());
    }
}
