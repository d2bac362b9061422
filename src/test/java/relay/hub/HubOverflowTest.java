package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.history.HistoryOptions;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.MessageOptions;
import relay.message.Text;
import relay.message.Topic;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;
import relay.publish.PublishListener;
import relay.testing.FakeConnection;
import relay.testing.HandedOver;

/** Whoever may catch up is not closed when its queue is full: it goes on from the history, and is told of what that has no more. */
class HubOverflowTest {
    private static final int HELD = 20;

    /** Room for a few messages such as "m 12". */
    private static final int QUEUE_BYTES = 20;

    /** More than a batch has room for. */
    private static final int LARGE = 3 << 20;

    private static final Duration INSTANT = Duration.ofMillis(1);

    private final NumberingEngine engine = new NumberingEngine();

    @AutoClose
    private final TestHub relay = new TestHub(new HistoryOptions(HELD, Duration.ofDays(1), 1 << 20), engine);

    /** Of each message that was published, by its number. */
    private final Map<Integer, Long> sequences = new HashMap<>();

    private final FakeConnection slow = new FakeConnection().takesPerWrite(0);

    @Test
    void whoFallsBehindGetsEverythingInOrderAndStaysConnected() {
        connect("cats");
        publish("cats", 1, 15);
        assertThat(slow.text()).isEmpty();
        readAll();
        publish("cats", 16, 17);
        readAll();
        assertThat(lines()).isEqualTo(messages(1, 17));
        assertThat(slow.closeReasons()).isEmpty();
        assertThat(slow.overlaps()).isZero();
        assertThat(relay.hub.figures().gaps().get(Gap.Reason.TRIMMED)).isZero();
    }

    @Test
    void othersAreClosedAndGetNothingElse() {
        FakeConnection other = new FakeConnection().takesPerWrite(0);
        Client client = relay.register(TestHub.KEEP, "2", "cats");
        relay.connect(client, other, QUEUE_BYTES);
        relay.settle();
        connect("cats");
        publish("cats", 1, 15);
        readAll();
        assertThat(other.closeReasons()).containsExactly(CloseReason.TOO_SLOW);
        assertThat(lines()).isEqualTo(messages(1, 15));
    }

    @Test
    void eachTimeThatAQueueIsFullCounts() {
        connect("cats");
        assertThat(relay.hub.figures().catchUps()).isZero();
        publish("cats", 1, 15);
        assertThat(relay.hub.figures().catchUps()).isEqualTo(1);
        readAll();
        publish("cats", 16, 30);
        assertThat(relay.hub.figures().catchUps()).isEqualTo(2);
        readAll();
        assertThat(lines()).isEqualTo(messages(1, 30));
    }

    @Test
    void aMessageThatTheQueueHasNoRoomForIsNotCountedAsQueued() {
        connect("cats");
        List<Integer> queued = IntStream.rangeClosed(1, 10)
                .mapToObj(i -> relay.publishAndWait("cats", "m " + i))
                .toList();
        assertThat(queued.subList(0, 3)).containsOnly(1);
        assertThat(queued.subList(6, 10)).containsOnly(0);
    }

    @Test
    void whatIsTrimmedMeanwhileIsToldOnceAndExactlyThere() {
        connect("cats");
        publish("cats", 1, 50);
        readAll();
        assertIsWholeButForGaps(50);
        assertThat(lines()).endsWith(messages(50 - HELD + 1, 50).toArray(String[]::new));
        assertThat(lines()).filteredOn(line -> line.startsWith("gap")).hasSize(1);
        assertThat(slow.closeReasons()).isEmpty();
    }

    @Test
    void whatIsTrimmedOnTheWayToThePresentIsToldAgainAndAgain() {
        connect("cats");
        int next = 1;
        for (int round = 0; round < 6; round++) {
            publish("cats", next, next + 2 * HELD - 1);
            next += 2 * HELD;
            for (int page = 0; page < 3; page++) {
                slow.takeRest();
                relay.settle();
            }
        }
        readAll();
        assertIsWholeButForGaps(next - 1);
        assertThat(lines().stream().filter(line -> line.startsWith("gap")).count())
                .isGreaterThan(3);
        assertThat(slow.closeReasons()).isEmpty();
    }

    @Test
    void whoFallsBehindASecondTimeIsToldOfWhatIsTrimmedTheSecondTime() {
        connect("cats");
        publish("cats", 1, 50);
        readAll();
        publish("cats", 51, 100);
        readAll();
        assertIsWholeButForGaps(100);
        assertThat(lines().stream().filter(line -> line.startsWith("gap"))).hasSize(2);
    }

    @Test
    void onlyTheTopicOfWhichSomethingIsTrimmedHasAGap() {
        connect("cats", "dogs");
        relay.publishAndWait("dogs", "d");
        publish("cats", 2, 50);
        readAll();
        assertThat(lines())
                .filteredOn(line -> line.startsWith("gap"))
                .hasSize(1)
                .allMatch(line -> line.startsWith("gap cats "));
    }

    @Test
    void aMessageWithSeveralTopicsThatIsTooLargeForABatchComesOnceToWhoFallsBehindAfterIt() {
        connect("cats");
        slow.takesPerWrite(Integer.MAX_VALUE);
        // It has a question to answer, and is asked nothing until it has.
        publish("cats", 1, 1);
        slow.takesPerWrite(0);
        List<Topic> topics = List.of(new Topic("cats"), new Topic("dogs"));
        relay.hub.publish(
                new Message(topics, Optional.empty(), Text.of("x".repeat(LARGE)), MessageOptions.NONE),
                Optional.empty(),
                HandedOver.to((id, queued) -> {}));
        publish("cats", 2, 4);
        readAll();
        assertThat(relay.hub.figures().catchUps()).isEqualTo(1);
        assertThat(lines()).hasSize(5);
        assertThat(lines().subList(2, 5)).isEqualTo(messages(2, 4));
    }

    @Test
    void aReceiptDoesNotWaitForAMessageThatTheQueueHadNoRoomFor() {
        connect("cats");
        publish("cats", 1, 3);
        PublishListener.Outcome last = null;
        for (int i = 4; i <= 10; i++) {
            CompletableFuture<PublishListener.Outcome> told = confirmed("m " + i);
            relay.settle();
            if (relay.hub.figures().catchUps() == 1) {
                assertThat(told).isCompleted();
                last = TestHub.join(told);
            }
        }
        assertThat(last).isNotNull();
        assertThat(last.queued()).isZero();
        assertThat(last.acknowledged()).isZero();
        readAll();
        assertThat(lines()).isEqualTo(messages(1, 10));
    }

    @Test
    void aReceiptWaitsForWhatIsInTheQueueOfOneThatFallsBehind() {
        Client client = relay.registerCatchingUp("1", "cats");
        SendQueue queue = relay.connect(client, slow, QUEUE_BYTES);
        relay.settle();
        CompletableFuture<PublishListener.Outcome> told = confirmed("m 1");
        publish("cats", 2, 15);
        assertThat(told).isNotDone();
        readAll();
        slow.pingPayloads().forEach(asked -> relay.hub.acknowledge(client, queue, Long.parseLong(asked)));
        relay.settle();
        assertThat(TestHub.join(told).acknowledged()).isEqualTo(1);
    }

    @Test
    void whoLeavesWhileItIsBehindGoesOnAfterWhatItHasAcknowledged() {
        Client client = relay.registerCatchingUp("1", "cats");
        SendQueue queue = relay.connect(client, slow, QUEUE_BYTES);
        relay.settle();
        publish("cats", 1, 15);
        relay.hub.disconnect(client, queue);
        FakeConnection again = new FakeConnection();
        relay.connect(client, again);
        relay.settle();
        assertThat(again.text().lines().toList()).isEqualTo(messages(1, 15));
    }

    @Test
    void topicsThatItAsksForWhileItIsBehindBeginWithThePresent() {
        Client client = relay.registerCatchingUp("1", "cats");
        SendQueue queue = relay.connect(client, slow, QUEUE_BYTES);
        relay.settle();
        publish("cats", 1, 15);
        relay.publishAndWait("dogs", "before");
        relay.subscribe(client, queue, "cats", "dogs");
        relay.publishAndWait("dogs", "d");
        readAll();
        List<String> expected = new ArrayList<>(messages(1, 15));
        expected.add("d");
        assertThat(lines()).isEqualTo(expected);
    }

    @Test
    void aGapThatTheQueueHasNoRoomForIsToldBeforeTheNextMessage() {
        connect("cats");
        publish("cats", 1, 3);
        long after = loseOn("cats");
        relay.settle();
        publish("cats", 5, 6);
        readAll();
        assertThat(lines()).startsWith("m 1", "m 2", "m 3").endsWith("m 5", "m 6");
        assertThat(lines().get(3)).isEqualTo("gap cats " + after + " epoch");
        assertThat(slow.closeReasons()).isEmpty();
    }

    @Test
    void aGapThatComesWhileItIsBehindIsToldOnce() {
        connect("cats");
        publish("cats", 1, 10);
        loseOn("cats");
        relay.settle();
        publish("cats", 12, 13);
        readAll();
        assertThat(lines()).filteredOn(line -> line.startsWith("gap")).hasSize(1);
        assertThat(lines()).endsWith("m 12", "m 13");
        assertIsWholeButForGaps(13);
    }

    @Test
    void whoCatchesUpAfterItsFirstConnectionIsNotTooSlowEither() {
        Client client = relay.registerCatchingUp("1", "cats");
        publish("cats", 1, 20);
        relay.connect(client, slow, QUEUE_BYTES);
        relay.settle();
        publish("cats", 21, 60);
        readAll();
        assertIsWholeButForGaps(60);
        assertThat(slow.closeReasons()).isEmpty();
    }

    @Test
    void whoAnswersNoPingLivesWhileItsSocketTakesBytes() {
        Client client = connect("cats");
        publish("cats", 1, 10);
        for (int i = 0; i < 8; i++) {
            relay.advance(TestHub.PING_INTERVAL);
            publish("cats", 11 + i, 11 + i);
            assertThat(slow.takeRest()).isTrue();
            relay.settle();
        }
        assertThat(slow.aborts()).isEmpty();
        assertThat(relay.hub.figures().catchUps()).isPositive();
        assertThat(relay.knows(client)).isTrue();
    }

    @Test
    void whoseSocketTakesNothingForThreeIntervalsIsDroppedAndGoesOnLater() {
        Client client = connect("cats");
        publish("cats", 1, 10);
        relay.advance(TestHub.PING_INTERVAL);
        relay.advance(TestHub.PING_INTERVAL);
        relay.advance(TestHub.PING_INTERVAL.minus(INSTANT));
        assertThat(slow.aborts()).isEmpty();
        relay.advance(INSTANT);
        assertThat(slow.aborts()).hasSize(1);
        FakeConnection again = new FakeConnection();
        relay.connect(client, again);
        relay.settle();
        assertThat(again.text().lines().toList()).isEqualTo(messages(1, 10));
    }

    private Client connect(String... topics) {
        Client client = relay.registerCatchingUp("1", topics);
        relay.connect(client, slow, QUEUE_BYTES);
        relay.settle();
        return client;
    }

    private void publish(String topic, int from, int to) {
        for (int i = from; i <= to; i++) {
            sequences.put(i, relay.publishLines(topic + " m " + i).sequence());
        }
    }

    private CompletableFuture<PublishListener.Outcome> confirmed(String text) {
        CompletableFuture<PublishListener.Outcome> told = new CompletableFuture<>();
        relay.hub.publishConfirmed(
                TestHub.message("cats", text), Optional.empty(), Duration.ofDays(1), new PublishListener() {
                    @Override
                    public void published(Outcome outcome) {
                        told.complete(outcome);
                    }

                    @Override
                    public void repeated(MessageId id, Optional<String> answer) {
                        told.completeExceptionally(new AssertionError("repeated"));
                    }

                    @Override
                    public void refused(RuntimeException cause) {
                        told.completeExceptionally(cause);
                    }
                });
        return told;
    }

    /** The engine cannot bring a message; the sequence before. */
    private long loseOn(String topic) {
        synchronized (engine) {
            long after = engine.take(1);
            engine.receiver()
                    .missed(
                            new Topic(topic),
                            Optional.empty(),
                            NumberingEngine.id(after),
                            engine.last(),
                            Gap.Reason.EPOCH);
            engine.receiver().reached(engine.last());
            return after;
        }
    }

    private void readAll() {
        while (slow.takeRest()) {
            relay.settle();
        }
    }

    private List<String> lines() {
        return slow.text().lines().toList();
    }

    private static List<String> messages(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(i -> "m " + i).toList();
    }

    /** Everything up to a message came in order, and there is a gap wherever something is missing, and nowhere else. */
    private void assertIsWholeButForGaps(int last) {
        int before = 0;
        boolean gap = false;
        for (String line : lines()) {
            if (line.startsWith("gap")) {
                assertThat(gap).as("two gaps after message %d", before).isFalse();
                assertThat(line).isEqualTo("gap cats " + sequences.getOrDefault(before, 0L) + " trimmed");
                gap = true;
            } else {
                int number = Integer.parseInt(line.substring("m ".length()));
                assertThat(number > before + 1)
                        .as("message %d follows %d", number, before)
                        .isEqualTo(gap);
                assertThat(number).isGreaterThan(before);
                before = number;
                gap = false;
            }
        }
        assertThat(before).isEqualTo(last);
    }
}
