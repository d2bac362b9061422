package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.MessageOptions.Retain;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;
import relay.testing.HandedOver;

/** Who gets a message: by name or by pattern, on one topic or several, each client once, and not who is excluded. */
class HubRecipientsTest {
    private static final List<String> TOPICS = List.of("a", "a.b", "a.c", "a.b.c", "b", "b.c");
    private static final List<String> ASKED = List.of("a", "a.b", "a.c", "b", "a.*", "a.**", "*", "**", "*.c", "b.*");
    private static final int MESSAGES = 3000;

    private final TestHub relay = new TestHub();

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void aPatternBringsWhatIsPublishedOnTopicsThatMatch() {
        FakeConnection one = relay.connected("1", "orders.*");
        FakeConnection all = relay.connected("2", "orders.**");
        assertThat(relay.publishAndWait("orders.7", "new")).isEqualTo(2);
        assertThat(relay.publishAndWait("orders.7.paid", "paid")).isEqualTo(1);
        assertThat(relay.publishAndWait("orders", "none")).isZero();
        assertThat(one.text()).isEqualTo("new\n");
        assertThat(all.text()).isEqualTo("new\npaid\n");
    }

    @Test
    void whoAsksByNameAndByPatternsGetsAMessageOnce() {
        FakeConnection connection = relay.connected("1", "a.b", "a.*", "*.b", "**");
        assertThat(relay.publishAndWait("a.b", "once")).isEqualTo(1);
        assertThat(relay.publish(Optional.of("1"), "a.b", "for you").queued()).isEqualTo(1);
        assertThat(connection.text()).isEqualTo("once\nfor you\n");
    }

    @Test
    void aMessageForAUserComesByPatternToThatUsersClientsOnly() {
        FakeConnection mine = relay.connected("1", "a.*");
        FakeConnection others = relay.connected("2", "a.*");
        assertThat(relay.publish(Optional.of("1"), "a.b", "for you").queued()).isEqualTo(1);
        assertThat(mine.text()).isEqualTo("for you\n");
        assertThat(others.text()).isEmpty();
    }

    @Test
    void aPatternThatIsLeftBringsNothingMore() {
        Client client = relay.register("1", "a.*", "b");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        relay.subscribe(client, queue, "b");
        assertThat(relay.publishAndWait("a.b", "left")).isZero();
        relay.subscribe(client, queue, "*.b");
        assertThat(relay.publishAndWait("a.b", "back")).isEqualTo(1);
        relay.hub.unregister(client);
        assertThat(relay.publishAndWait("a.b", "gone")).isZero();
        assertThat(connection.text()).isEqualTo("back\n");
    }

    @Test
    void aMessageOfSeveralTopicsComesOnceAndInOnePlace() {
        FakeConnection both = relay.connected("1", "cats", "dogs");
        FakeConnection dogs = relay.connected("2", "dogs");
        CountDownLatch gate = relay.block();
        relay.publish("cats", "before");
        CompletableFuture<Integer> queued = publish(List.of("cats", "dogs", "emus"), MessageOptions.NONE, "all");
        relay.publish("dogs", "behind");
        gate.countDown();
        assertThat(TestHub.join(queued)).isEqualTo(2);
        relay.settle();
        assertThat(both.text()).isEqualTo("before\nall\nbehind\n");
        assertThat(dogs.text()).isEqualTo("all\nbehind\n");
    }

    @Test
    void whoIsExcludedGetsNothingAndIsNotCounted() {
        Client mine = relay.register("1", "cats");
        FakeConnection connection = new FakeConnection();
        relay.connect(mine, connection);
        FakeConnection other = relay.connected("1", "cats");
        MessageOptions withoutMe = new MessageOptions(Optional.empty(), Optional.of(mine.id()), Retain.NO);
        assertThat(TestHub.join(publish(List.of("cats", "dogs"), withoutMe, "mine")))
                .isEqualTo(1);
        assertThat(connection.text()).isEmpty();
        assertThat(other.text()).isEqualTo("mine\n");
    }

    @Test
    void whatHasExpiredWhenAWorkerComesToItGoesToNobody() {
        FakeConnection connection = relay.connected("1", "cats");
        MessageOptions second = new MessageOptions(Optional.of(Duration.ofSeconds(1)), Optional.empty(), Retain.NO);
        CountDownLatch gate = relay.block();
        CompletableFuture<Integer> late = publish(List.of("cats"), second, "late");
        relay.letPass(Duration.ofSeconds(1));
        CompletableFuture<Integer> inTime = publish(List.of("cats", "dogs"), second, "in time");
        gate.countDown();
        assertThat(TestHub.join(late)).isZero();
        assertThat(TestHub.join(inTime)).isEqualTo(1);
        assertThat(connection.text()).isEqualTo("in time\n");
    }

    /** A client, what it asks for, and what it is to have received. */
    private static final class Model {
        private final Client client;
        private final SendQueue queue;
        private final FakeConnection connection = new FakeConnection();
        private final StringBuilder expected = new StringBuilder();
        private Set<String> asked;

        Model(TestHub relay, String user, Set<String> asked) {
            this.asked = asked;
            client = relay.register(user, asked.toArray(String[]::new));
            queue = relay.connect(client, connection);
        }

        boolean receives(Message message) {
            return message.options().isFor(client.id())
                    && (message.recipient().isEmpty() || message.recipient().equals(client.user()))
                    && message.topics().stream()
                            .anyMatch(
                                    topic -> asked.stream().map(Topic::new).anyMatch(wanted -> wanted.matches(topic)));
        }
    }

    @Test
    void everybodyGetsExactlyWhatTheyAskForWhateverOthersAskFor() {
        try (TestHub relay = new TestHub(2, 64 << 20)) {
            everybodyGetsExactlyWhatTheyAskFor(relay, new Random(11));
        }
    }

    private static void everybodyGetsExactlyWhatTheyAskFor(TestHub relay, Random random) {
        List<Model> clients = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            clients.add(new Model(relay, "user " + i % 4, some(random, ASKED)));
        }
        List<CompletableFuture<Integer>> counts = new ArrayList<>();
        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < MESSAGES; i++) {
            if (random.nextInt(10) == 0) {
                Model changed = clients.get(random.nextInt(clients.size()));
                changed.asked = some(random, ASKED);
                relay.subscribe(changed.client, changed.queue, changed.asked.toArray(String[]::new));
            }
            Message message = message(random, clients, "m" + i);
            clients.stream()
                    .filter(client -> client.receives(message))
                    .forEach(client -> client.expected.append(message.text()).append('\n'));
            expected.add((int)
                    clients.stream().filter(client -> client.receives(message)).count());
            counts.add(publish(relay, message));
        }
        assertThat(counts.stream().map(TestHub::join)).isEqualTo(expected);
        clients.forEach(client ->
                assertThat(client.connection.text()).as("%s", client.asked).isEqualTo(client.expected.toString()));
    }

    private static Message message(Random random, List<Model> clients, String text) {
        Set<String> topics =
                random.nextInt(3) == 0 ? some(random, TOPICS) : Set.of(TOPICS.get(random.nextInt(TOPICS.size())));
        Optional<UserId> recipient =
                random.nextInt(4) == 0 ? Optional.of(new UserId("user " + random.nextInt(5))) : Optional.empty();
        Optional<ClientId> exclude = random.nextInt(4) == 0
                ? Optional.of(clients.get(random.nextInt(clients.size())).client.id())
                : Optional.empty();
        return new Message(
                topics.stream().map(Topic::new).toList(),
                recipient,
                Text.of(text),
                new MessageOptions(Optional.empty(), exclude, Retain.NO));
    }

    /** One to three of these. */
    private static Set<String> some(Random random, List<String> names) {
        Set<String> some = new LinkedHashSet<>();
        IntStream.range(0, 1 + random.nextInt(3)).forEach(i -> some.add(names.get(random.nextInt(names.size()))));
        return new HashSet<>(some);
    }

    private CompletableFuture<Integer> publish(List<String> topics, MessageOptions options, String text) {
        return publish(
                relay, new Message(topics.stream().map(Topic::new).toList(), Optional.empty(), Text.of(text), options));
    }

    private static CompletableFuture<Integer> publish(TestHub relay, Message message) {
        CompletableFuture<Integer> queued = new CompletableFuture<>();
        relay.hub.publish(message, Optional.empty(), HandedOver.to((id, count) -> queued.complete(count)));
        return queued;
    }
}
