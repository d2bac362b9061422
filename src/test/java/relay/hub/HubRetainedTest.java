package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.client.TopicInfo;
import relay.history.HistoryOptions;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.MessageOptions;
import relay.message.MessageOptions.Retain;
import relay.message.StartPosition;
import relay.message.Text;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;
import relay.outbound.Encoding;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;
import relay.testing.HandedOver;
import relay.testing.LineEncoding;

/** The retained value of a topic is the first thing that a new subscriber gets, and comes to whoever missed it. */
class HubRetainedTest {
    private static final HistoryOptions SHORT = new HistoryOptions(2, Duration.ofMinutes(10), 1 << 20);
    private static final Encoding MARKED = new Marked();

    private TestHub relay = new TestHub(1, 64 << 20, SHORT);

    /** A line for each message, with a mark before a retained value. */
    private static final class Marked implements Encoding {
        private static final byte[] MARK = "=".getBytes(StandardCharsets.UTF_8);

        private final LineEncoding lines = new LineEncoding("");

        @Override
        public long maxSize(Message message) {
            return lines.maxSize(message) + MARK.length;
        }

        @Override
        public void encode(AcceptedMessage accepted, ByteBuffer target) {
            if (accepted.retained()) {
                target.put(MARK);
            }
            lines.encode(accepted, target);
        }

        @Override
        public boolean ping(long sequence, ByteBuffer target) {
            return false;
        }

        @Override
        public ByteBuffer encode(Gap gap) {
            return lines.encode(gap);
        }
    }

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void aNewSubscriberGetsTheValueFirstAndThenWhatIsNew() {
        retain("cats", "one");
        retain("cats", "two");
        relay.publish("cats", "not retained");
        FakeConnection connection = connect(relay.register("1", "cats"), StartPosition.NOW);
        assertThat(relay.publishAndWait("cats", "three")).isEqualTo(1);
        assertThat(lines(connection)).containsExactly("=two", "three");
    }

    @Test
    void theValuesOfAllItsTopicsComeInTheOrderOfTheirIdsThoseForItsUserToo() {
        retain("b", "1");
        retain("a.x", "2");
        retain("a.y", "3");
        publish(List.of("b"), Optional.of("ann"), "4", retained());
        publish(List.of("b"), Optional.of("bob"), "5", retained());
        retain("c", "6");
        retain("a.x", "7");
        FakeConnection connection = connect(relay.register("ann", "b", "a.*"), StartPosition.NOW);
        assertThat(lines(connection)).containsExactly("=1", "=3", "=4", "=7");
    }

    @Test
    void aClearedValueComesToNobodyAndWhatClearsItIsDelivered() {
        FakeConnection before = connect(relay.register("1", "cats"), StartPosition.NOW);
        retain("cats", "one");
        publish(List.of("cats"), Optional.empty(), "null", options(Retain.CLEAR));
        FakeConnection after = connect(relay.register("1", "cats"), StartPosition.NOW);
        assertThat(lines(before)).containsExactly("one", "null");
        assertThat(lines(after)).isEmpty();
    }

    @Test
    void anExpiredValueComesToNobody() {
        Duration ttl = Duration.ofSeconds(5);
        publish(
                List.of("cats"),
                Optional.empty(),
                "one",
                new MessageOptions(Optional.of(ttl), Optional.empty(), Retain.VALUE));
        relay.letPass(ttl.minusNanos(1));
        FakeConnection inTime = connect(relay.register("1", "cats"), StartPosition.NOW);
        assertThat(lines(inTime)).containsExactly("=one");
        relay.letPass(Duration.ofNanos(1));
        FakeConnection late = connect(relay.register("1", "cats"), StartPosition.NOW);
        assertThat(lines(late)).isEmpty();
    }

    @Test
    void theExcludedClientGetsNoValue() {
        Client excluded = relay.register("1", "cats");
        retain("cats", "one");
        publish(
                List.of("cats"),
                Optional.empty(),
                "two",
                new MessageOptions(Optional.empty(), Optional.of(excluded.id()), Retain.VALUE));
        assertThat(lines(connect(excluded, StartPosition.NOW))).isEmpty();
        assertThat(lines(connect(relay.register("1", "cats"), StartPosition.NOW)))
                .containsExactly("=two");
    }

    @Test
    void theFirstConnectionOfAKeptRegistrationGetsOlderValuesFlaggedAndNewerOnesAsMessages() {
        retain("cats", "old");
        retain("dogs", "older");
        Client client = relay.register(TestHub.KEEP, "1", "cats", "dogs");
        retain("cats", "new");
        relay.publish("cats", "not retained");
        assertThat(lines(connect(client, StartPosition.NOW))).containsExactly("=older", "new", "not retained");
    }

    @Test
    void aFirstConnectionThatGoesOnFromACursorGetsOlderValuesAndALaterOneDoesNot() {
        retain("cats", "old");
        relay.settle();
        relay.publish("cats", "new");
        Map<Topic, Long> starts = Map.of(new Topic("cats"), 1L);
        Client first = relay.register(TestHub.KEEP, "1", "cats");
        Client later = relay.register(TestHub.KEEP, "1", "cats");
        assertThat(lines(connect(first, new StartPosition.Resume(starts, true))))
                .containsExactly("=old", "new");
        assertThat(lines(connect(later, new StartPosition.Resume(starts)))).containsExactly("new");
    }

    /** A value and what follows it are consecutive numbers, at whichever moment a client comes. */
    @Test
    void whileTheValueChangesEveryNewSubscriberSeesNoHoleAndNoRepetition() {
        relay.close();
        relay = new TestHub(2, 64 << 20);
        CompletableFuture<Void> published =
                CompletableFuture.runAsync(() -> IntStream.range(0, 3000).forEach(i -> retain("n", String.valueOf(i))));
        List<FakeConnection> connections = new ArrayList<>();
        while (!published.isDone() && connections.size() < 600) {
            connections.add(connect(relay.register("1", "n"), StartPosition.NOW));
            Client adding = relay.register("1", "other");
            FakeConnection connection = new FakeConnection(MARKED);
            relay.subscribe(adding, relay.connect(adding, connection), "other", "n");
            connections.add(connection);
        }
        TestHub.join(published);
        assertThat(connections).allSatisfy(connection -> {
            List<String> lines = lines(connection);
            int first = Integer.parseInt(lines.get(0).replace("=", ""));
            List<String> rest =
                    IntStream.range(first + 1, 3000).mapToObj(String::valueOf).toList();
            assertThat(lines.subList(1, lines.size())).isEqualTo(rest);
        });
        assertThat(connections).anyMatch(connection -> connection.text().startsWith("="));
    }

    @Test
    void whoeverComesBackGetsNoValueThatItHasHad() {
        retain("cats", "one");
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection first = new FakeConnection(MARKED);
        SendQueue queue = relay.connect(client, first);
        assertThat(lines(first)).containsExactly("=one");
        acknowledge(client, queue, first);
        relay.hub.disconnect(client, queue);
        relay.publish("cats", "two");
        assertThat(lines(connect(client, StartPosition.NOW))).containsExactly("two");
    }

    @Test
    void whoeverLosesTheConnectionBeforeItHasAcknowledgedTheValuesGetsThemAgain() {
        retain("cats", "one");
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection first = new FakeConnection(MARKED);
        SendQueue queue = relay.connect(client, first);
        assertThat(lines(first)).containsExactly("=one");
        relay.hub.disconnect(client, queue);
        relay.publish("cats", "two");
        assertThat(lines(connect(client, StartPosition.NOW))).containsExactly("=one", "two");
    }

    @Test
    void aValueThatWasMissedAndThatTheHistoryHasNoMoreComesInItsPlace() {
        Client client = relay.register(TestHub.KEEP, "1", "cats", "dogs");
        FakeConnection first = new FakeConnection(MARKED);
        relay.hub.disconnect(client, relay.connect(client, first));
        relay.publish("dogs", "1");
        retain("cats", "2");
        relay.publish("dogs", "3");
        relay.publish("cats", "4");
        relay.publish("cats", "5");
        relay.publish("cats", "6");
        assertThat(lines(connect(client, StartPosition.NOW)))
                .containsExactly("gap cats 0 trimmed", "1", "2", "3", "5", "6");
    }

    @Test
    void aValueThatTheHistoryHasTooComesOnce() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        retain("cats", "1");
        relay.publish("cats", "2");
        assertThat(lines(connect(client, StartPosition.NOW))).containsExactly("1", "2");
    }

    @Test
    void allThatIsHeldIncludesTheValueWhateverItsAge() {
        retain("cats", "1");
        relay.publish("dogs", "2");
        relay.letPass(SHORT.age());
        relay.publish("cats", "3");
        FakeConnection all = connect(relay.register("1", "cats", "dogs"), StartPosition.ALL);
        assertThat(lines(all)).containsExactly("1", "3");
    }

    @Test
    void theLastMessagesIncludeTheValueIfTheHistoryHasFewer() {
        retain("cats", "1");
        relay.letPass(SHORT.age());
        relay.publish("cats", "2");
        assertThat(lines(connect(relay.register("1", "cats"), new StartPosition.Last(1))))
                .containsExactly("2");
        assertThat(lines(connect(relay.register("1", "cats"), new StartPosition.Last(2))))
                .containsExactly("1", "2");
        assertThat(lines(connect(relay.register("1", "cats"), new StartPosition.Last(0))))
                .isEmpty();
    }

    @Test
    void topicsThatAreAddedBringTheirValuesAndTheOthersDoNot() {
        retain("cats", "1");
        retain("dogs", "2");
        Client client = relay.register("1", "cats");
        FakeConnection connection = new FakeConnection(MARKED);
        SendQueue queue = relay.connect(client, connection);
        relay.subscribe(client, queue, "cats", "dogs", "emus");
        relay.publish("dogs", "3");
        relay.subscribe(client, queue, "dogs");
        relay.subscribe(client, queue, "cats", "dogs");
        assertThat(lines(connection)).containsExactly("=1", "=2", "3", "=1");
        assertThat(relay.publishAndWait("cats", "4")).isEqualTo(1);
    }

    @Test
    void whatWasNotAcknowledgedBeforeTopicsWereAddedComesAgain() {
        retain("dogs", "1");
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection first = new FakeConnection(MARKED);
        SendQueue queue = relay.connect(client, first);
        relay.publishAndWait("cats", "2");
        relay.subscribe(client, queue, "cats", "dogs");
        assertThat(lines(first)).containsExactly("2", "=1");
        relay.hub.disconnect(client, queue);
        assertThat(lines(connect(client, StartPosition.NOW))).containsExactly("=1", "2");
    }

    @Test
    void aSlowNewSubscriberGetsAllValuesThenAllThatWasPublishedMeanwhile() {
        String padding = "x".repeat(1000);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            retain("t." + i, i + padding);
            expected.add("=" + i + padding);
        }
        FakeConnection slow = new FakeConnection(MARKED).takesPerWrite(0);
        Client client = relay.register("1", "t.*", "t.1");
        relay.connect(client, slow, 100_000);
        relay.settle();
        relay.publish("t.1", "live");
        relay.publish("t.1", "live too");
        expected.add("live");
        expected.add("live too");
        await().until(() -> {
            slow.takeRest();
            return lines(slow).size() >= expected.size();
        });
        assertThat(lines(slow)).isEqualTo(expected);
        assertThat(slow.closeReasons()).isEmpty();
    }

    @Test
    void aTopicThatIsGivenUpWhileItsValuesAreSentBringsNoMore() {
        String padding = "x".repeat(1000);
        IntStream.range(0, 500).forEach(i -> retain("a." + i, i + padding));
        retain("b", "b");
        FakeConnection slow = new FakeConnection(MARKED).takesPerWrite(0);
        Client client = relay.register("1", "a.*");
        SendQueue queue = relay.connect(client, slow, 100_000);
        relay.subscribe(client, queue, "b");
        await().until(() -> {
            slow.takeRest();
            return slow.text().endsWith("=b\n");
        });
        assertThat(lines(slow)).hasSizeLessThan(100);
        assertThat(relay.publishAndWait("b", "live")).isEqualTo(1);
    }

    @Test
    void aTopicThatIsGivenUpForOneWithoutAValueBringsNoMoreEither() {
        String padding = "x".repeat(1000);
        IntStream.range(0, 500).forEach(i -> retain("a." + i, i + padding));
        FakeConnection slow = new FakeConnection(MARKED).takesPerWrite(0);
        Client client = relay.register("1", "a.*");
        SendQueue queue = relay.connect(client, slow, 100_000);
        relay.subscribe(client, queue, "c");
        relay.publish("c", "live");
        await().until(() -> {
            slow.takeRest();
            return slow.text().endsWith("live\n");
        });
        assertThat(lines(slow)).hasSizeLessThan(100);
    }

    @Test
    void aValueThatIsReplacedBeforeItIsSentComesAsTheNewMessageAndOnlyOnce() {
        retain("cats", "1");
        CountDownLatch gate = relay.block();
        FakeConnection connection = new FakeConnection(MARKED);
        relay.connect(relay.register("1", "cats"), connection);
        CompletableFuture<MessageId> second =
                publishAsync(List.of("cats"), Optional.empty(), "2", options(Retain.VALUE));
        gate.countDown();
        TestHub.join(second);
        assertThat(lines(connection)).containsExactly("2");
    }

    @Test
    void retainedTopicsAreListedWithAndWithoutSubscribers() {
        retain("b", "1");
        retain("d", "2");
        publish(List.of("e"), Optional.of("ann"), "3", retained());
        relay.register("1", "a");
        relay.register("1", "b");
        relay.settle();
        Directory directory = relay.hub.directory();
        TopicInfo a = new TopicInfo(new Topic("a"), 1, 0, false);
        TopicInfo b = new TopicInfo(new Topic("b"), 1, 0, true);
        TopicInfo d = new TopicInfo(new Topic("d"), 0, 0, true);
        assertThat(directory.topics(Optional.empty(), TopicFilter.ANY, 10)).containsExactly(a, b, d);
        assertThat(directory.topics(Optional.of(new Topic("a")), TopicFilter.ANY, 1))
                .containsExactly(b);
        assertThat(directory.topic(new Topic("d")).orElseThrow().entry()).isEqualTo(d);
        relay.letPass(SHORT.age());
        relay.settle();
        assertThat(directory.topic(new Topic("d")).orElseThrow().held()).isZero();
        assertThat(directory.topic(new Topic("e"))).isEmpty();
    }

    @Test
    void aPageOfThePastHasTheValueThatTheHistoryHasNoMore() {
        retain("cats", "1");
        relay.letPass(SHORT.age());
        relay.publishAndWait("cats", "2");
        Past.Page page = TestHub.join(relay.hub
                .past()
                .page(new Past.Question(new Topic("cats"), Optional.empty(), StartPosition.ALL, 10))
                .toCompletableFuture());
        assertThat(page.messages())
                .extracting(accepted -> accepted.message().text().toString())
                .containsExactly("1", "2");
        assertThat(page.gap()).isEmpty();
    }

    @Test
    void withoutHistoryAValueIsHeldAllTheSame() {
        relay.close();
        relay = new TestHub(1, 64 << 20, new HistoryOptions(0, Duration.ZERO, 0));
        retain("cats", "1");
        FakeConnection connection = connect(relay.register("1", "cats"), StartPosition.NOW);
        assertThat(relay.publishAndWait("cats", "2")).isEqualTo(1);
        assertThat(lines(connection)).containsExactly("=1", "2");
        assertThat(relay.hub.figures().retained()).isEqualTo(1);
        assertThat(relay.hub.figures().retainedBytes()).isPositive();
    }

    @Test
    void valuesCountAsDeliveries() {
        retain("cats", "1");
        long before = relay.hub.figures().deliveries();
        lines(connect(relay.register("1", "cats"), StartPosition.NOW));
        assertThat(relay.hub.figures().deliveries()).isEqualTo(before + 1);
    }

    private void acknowledge(Client client, SendQueue queue, FakeConnection connection) {
        await().until(() -> !connection.pingPayloads().isEmpty());
        List<String> asked = connection.pingPayloads();
        relay.hub.acknowledge(client, queue, Long.parseLong(asked.get(asked.size() - 1)));
        relay.settle();
    }

    private FakeConnection connect(Client client, StartPosition start) {
        FakeConnection connection = new FakeConnection(MARKED);
        relay.connect(client, connection, start);
        return connection;
    }

    private void retain(String topic, String text) {
        publish(List.of(topic), Optional.empty(), text, retained());
    }

    private void publish(List<String> topics, Optional<String> user, String text, MessageOptions options) {
        TestHub.join(publishAsync(topics, user, text, options));
    }

    private CompletableFuture<MessageId> publishAsync(
            List<String> topics, Optional<String> user, String text, MessageOptions options) {
        Message message =
                new Message(topics.stream().map(Topic::new).toList(), user.map(UserId::new), Text.of(text), options);
        CompletableFuture<MessageId> accepted = new CompletableFuture<>();
        relay.hub.publish(message, Optional.empty(), HandedOver.to((id, queued) -> accepted.complete(id)));
        return accepted;
    }

    private static MessageOptions retained() {
        return options(Retain.VALUE);
    }

    private static MessageOptions options(Retain retain) {
        return new MessageOptions(Optional.empty(), Optional.empty(), retain);
    }

    private List<String> lines(FakeConnection connection) {
        relay.settle();
        return Stream.of(connection.text().split("\n"))
                .filter(line -> !line.isEmpty())
                .toList();
    }
}
