package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.client.Client;
import relay.client.ClientInfo;
import relay.client.TopicInfo;
import relay.message.ClientId;
import relay.message.StartPosition;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;
import relay.testing.HandedOver;

class DirectoryTest {
    private static final UserId ONE = new UserId("1");

    @ParameterizedTest
    @CsvSource({"1,1", "1,7", "1,1000", "3,1", "3,7", "3,41", "3,42", "3,1000"})
    void thePagesAddUpToAllClientsInTheOrderOfTheirIds(int workers, int limit) {
        try (TestHub hub = new TestHub(workers, 64 << 20)) {
            List<Client> all = register(hub, 42, "1", "2");
            assertThat(list(hub, Optional.empty(), limit)).containsExactlyElementsOf(sorted(all));
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,7", "3,1", "3,7", "3,21", "3,1000"})
    void thePagesOfAUserAddUpToItsClientsInTheOrderOfTheirIds(int workers, int limit) {
        try (TestHub hub = new TestHub(workers, 64 << 20)) {
            List<Client> all = register(hub, 42, "1", "2");
            List<Client> ofOne = all.stream()
                    .filter(client -> client.user().equals(Optional.of(ONE)))
                    .toList();
            assertThat(list(hub, Optional.of(ONE), limit)).containsExactlyElementsOf(sorted(ofOne));
            assertThat(list(hub, Optional.of(new UserId("3")), limit)).isEmpty();
        }
    }

    @Test
    void aPageThatIsJustFullIsTheLast() {
        try (TestHub hub = new TestHub()) {
            register(hub, 4, "1");
            assertThat(page(hub, Optional.empty(), Optional.empty(), 4).next()).isEmpty();
            assertThat(page(hub, Optional.of(ONE), Optional.empty(), 4).next()).isEmpty();
            assertThat(page(hub, Optional.empty(), Optional.empty(), 3).next()).isPresent();
            assertThat(page(hub, Optional.of(ONE), Optional.empty(), 3).next()).isPresent();
        }
    }

    @Test
    void aPageGoesOnWhereTheLastOneEndedThoughThatClientIsGone() {
        try (TestHub hub = new TestHub()) {
            List<Client> all = sorted(register(hub, 9, "1"));
            Optional<ClientId> next =
                    page(hub, Optional.empty(), Optional.empty(), 3).next();
            hub.hub.unregister(all.get(2));
            hub.hub.unregister(all.get(1));
            assertThat(clients(page(hub, Optional.empty(), next, 3))).containsExactlyElementsOf(all.subList(3, 6));
            assertThat(clients(page(hub, Optional.of(ONE), next, 3))).containsExactlyElementsOf(all.subList(3, 6));
        }
    }

    @Test
    void aClientIsDescribedAsItsWorkerKnowsIt() {
        try (TestHub hub = new TestHub()) {
            Client client = hub.register(TestHub.KEEP, "1", "cats");
            hub.letPass(Duration.ofSeconds(7));
            assertThat(only(hub).queue()).isEmpty();
            assertThat(only(hub).timeWithoutConnection()).hasValue(Duration.ofSeconds(7));

            FakeConnection connection = new FakeConnection();
            SendQueue queue = hub.connect(client, connection.takesPerWrite(0));
            hub.subscribe(client, queue, "dogs", "emus");
            hub.publishAndWait("dogs", "waits");
            assertThat(only(hub).topics()).isEqualTo(TestHub.topics("dogs", "emus"));
            assertThat(only(hub).queue()).hasValue(queue);
            assertThat(only(hub).queue().map(SendQueue::bytes).orElse(0)).isPositive();
            assertThat(only(hub).timeWithoutConnection()).isEmpty();

            hub.hub.disconnect(client, queue);
            hub.settle();
            hub.letPass(Duration.ofSeconds(5));
            assertThat(only(hub).queue()).isEmpty();
            assertThat(only(hub).topics()).isEqualTo(TestHub.topics("dogs", "emus"));
            assertThat(only(hub).timeWithoutConnection()).hasValue(Duration.ofSeconds(5));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void allClientsOfAUserAreRemovedAndNobodyElses(int workers) {
        try (TestHub hub = new TestHub(workers, 64 << 20)) {
            List<FakeConnection> ofOne = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                ofOne.add(hub.connected("1", "cats"));
                hub.register(TestHub.KEEP, "1", "cats");
            }
            FakeConnection other = hub.connected("2", "cats");
            assertThat(remove(hub, "1")).isEqualTo(60);
            assertThat(ofOne).allMatch(connection -> connection.closeReasons().equals(List.of(CloseReason.DELETED)));
            assertThat(hub.registry.size()).isEqualTo(1);
            assertThat(topics(hub)).containsExactly(new TopicInfo(new Topic("cats"), 1, 1));
            assertThat(remove(hub, "1")).isZero();
            assertThat(remove(hub, "3")).isZero();
            assertThat(hub.publishAndWait("cats", "still here")).isEqualTo(1);
            assertThat(other.closeReasons()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"100,1", "5,600"})
    void whatIsPublishedWhileAUsersClientsAreRemovedDoesNotWaitForAllOfThem(int clients, int topics) {
        try (TestHub hub = new TestHub()) {
            String[] names =
                    IntStream.range(0, topics).mapToObj(i -> "topic-" + i).toArray(String[]::new);
            for (int i = 0; i < clients; i++) {
                hub.register("1", names);
            }
            FakeConnection bystander = hub.connected("2", "cats");
            List<String> order = new CopyOnWriteArrayList<>();
            CountDownLatch gate = hub.block();
            CompletableFuture<Integer> removed = new CompletableFuture<>();
            hub.hub.directory().removeAllOf(ONE, count -> {
                order.add("removed");
                removed.complete(count);
            });
            hub.hub.publish(
                    TestHub.message("cats", "meanwhile"),
                    Optional.empty(),
                    HandedOver.to((id, queued) -> order.add("handed over")));
            gate.countDown();
            assertThat(TestHub.join(removed)).isEqualTo(clients);
            assertThat(order).containsExactly("handed over", "removed");
            assertThat(bystander.text()).contains("meanwhile");
        }
    }

    @ParameterizedTest
    @CsvSource({"1,199", "1,200", "1,201", "1,400", "1,1000", "3,200", "3,1000"})
    void manyClientsOfAUserAreListedToo(int workers, int limit) {
        try (TestHub hub = new TestHub(workers, 64 << 20)) {
            List<Client> all = register(hub, 801, "1");
            assertThat(list(hub, Optional.of(ONE), limit)).containsExactlyElementsOf(sorted(all));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsPublishedWhileALongPageIsGatheredDoesNotWaitForAllOfIt(boolean ofOneUser) {
        try (TestHub hub = new TestHub()) {
            register(hub, 900, "1");
            FakeConnection bystander = hub.connected("2", "cats");
            List<String> order = new CopyOnWriteArrayList<>();
            CountDownLatch gate = hub.block();
            CompletableFuture<Directory.ClientPage> found = new CompletableFuture<>();
            ask(hub, ofOneUser ? Optional.of(ONE) : Optional.empty(), Optional.empty(), 1000, page -> {
                order.add("found");
                found.complete(page);
            });
            hub.hub.publish(
                    TestHub.message("cats", "meanwhile"),
                    Optional.empty(),
                    HandedOver.to((id, queued) -> order.add("handed over")));
            gate.countDown();
            assertThat(TestHub.join(found).clients()).hasSizeGreaterThanOrEqualTo(900);
            assertThat(order).containsExactly("handed over", "found");
            assertThat(bystander.text()).contains("meanwhile");
        }
    }

    /** A client as the test knows it. */
    private static final class Model {
        private final Client client;
        private Set<Topic> topics;
        private Optional<SendQueue> queue = Optional.empty();

        Model(Client client, Set<Topic> topics) {
            this.client = client;
            this.topics = topics;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void topicsAreCountedRightAfterManyRandomSteps(int workers) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> names = List.of("a", "b", "c", "d", "e");
        try (TestHub hub = new TestHub(workers, 64 << 20)) {
            List<Model> models = new ArrayList<>();
            for (int step = 0; step < 3000; step++) {
                if (models.size() < 5 || (models.size() < 40 && random.nextInt(8) == 0)) {
                    String[] topics = some(names, random);
                    Duration keep = random.nextBoolean() ? TestHub.KEEP : Duration.ZERO;
                    models.add(new Model(hub.register(keep, "" + random.nextInt(5), topics), TestHub.topics(topics)));
                } else {
                    step(hub, models, random, some(names, random));
                }
                if (step % 20 == 0) {
                    assertThat(topics(hub)).as("seed %d, step %d", seed, step).isEqualTo(counted(models));
                }
            }
        }
    }

    private static void step(TestHub hub, List<Model> models, Random random, String... topics) {
        Model model = models.get(random.nextInt(models.size()));
        switch (random.nextInt(6)) {
            case 0, 1 -> model.queue = Optional.of(hub.connect(model.client, new FakeConnection(), start(random)));
            case 2, 3 ->
                model.queue.ifPresent(queue -> {
                    hub.subscribe(model.client, queue, topics);
                    model.topics = TestHub.topics(topics);
                });
            case 4 ->
                model.queue.ifPresent(queue -> {
                    hub.hub.disconnect(model.client, queue);
                    model.queue = Optional.empty();
                    if (model.client.keep().isZero()) {
                        models.remove(model);
                    }
                });
            default -> {
                hub.hub.unregister(model.client);
                models.remove(model);
            }
        }
    }

    private static StartPosition start(Random random) {
        return random.nextBoolean() ? StartPosition.NOW : new StartPosition.Last(3);
    }

    private static List<TopicInfo> counted(List<Model> models) {
        Map<String, Integer> subscribers = new TreeMap<>();
        Map<String, Integer> connected = new HashMap<>();
        for (Model model : models) {
            for (Topic topic : model.topics) {
                subscribers.merge(topic.name(), 1, Integer::sum);
                connected.merge(topic.name(), model.queue.isPresent() ? 1 : 0, Integer::sum);
            }
        }
        return subscribers.entrySet().stream()
                .map(entry -> new TopicInfo(new Topic(entry.getKey()), entry.getValue(), connected.get(entry.getKey())))
                .toList();
    }

    private static String[] some(List<String> names, Random random) {
        return names.stream().filter(name -> random.nextBoolean()).toArray(String[]::new);
    }

    private static List<Client> register(TestHub hub, int count, String... users) {
        List<Client> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(hub.register(users[i % users.length], "topic" + i));
        }
        return all;
    }

    private static List<Client> sorted(List<Client> clients) {
        return clients.stream().sorted(Comparator.comparing(Client::id)).toList();
    }

    private static ClientInfo only(TestHub hub) {
        List<ClientInfo> found =
                page(hub, Optional.empty(), Optional.empty(), 10).clients();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private static List<Client> list(TestHub hub, Optional<UserId> user, int limit) {
        List<Client> listed = new ArrayList<>();
        Optional<ClientId> after = Optional.empty();
        do {
            Directory.ClientPage page = page(hub, user, after, limit);
            assertThat(page.clients()).hasSizeLessThanOrEqualTo(limit);
            listed.addAll(clients(page));
            assertThat(listed).doesNotHaveDuplicates();
            after = page.next();
        } while (after.isPresent());
        return listed;
    }

    private static Directory.ClientPage page(TestHub hub, Optional<UserId> user, Optional<ClientId> after, int limit) {
        CompletableFuture<Directory.ClientPage> found = new CompletableFuture<>();
        ask(hub, user, after, limit, found::complete);
        return TestHub.join(found);
    }

    private static void ask(
            TestHub hub,
            Optional<UserId> user,
            Optional<ClientId> after,
            int limit,
            Consumer<Directory.ClientPage> found) {
        if (user.isPresent()) {
            hub.hub.directory().clientsOf(user.get(), after, limit, found);
        } else {
            hub.hub.directory().clients(after, limit, found);
        }
    }

    private static List<Client> clients(Directory.ClientPage page) {
        return page.clients().stream().map(ClientInfo::client).toList();
    }

    private static List<TopicInfo> topics(TestHub hub) {
        CompletableFuture<Void> settled = new CompletableFuture<>();
        hub.hub.directory().settle(() -> settled.complete(null));
        TestHub.join(settled);
        return hub.hub.directory().topics(Optional.empty(), TopicFilter.ANY, 100);
    }

    private static int remove(TestHub hub, String user) {
        CompletableFuture<Integer> removed = new CompletableFuture<>();
        hub.hub.directory().removeAllOf(new UserId(user), removed::complete);
        return TestHub.join(removed);
    }
}
