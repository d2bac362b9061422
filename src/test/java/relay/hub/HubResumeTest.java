package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.history.HistoryOptions;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;
import relay.outbound.SubscribeAnswer;
import relay.publish.PublishListener;
import relay.publish.Receipt;
import relay.testing.FakeConnection;

/** Whoever comes back goes on after what it is known to have received. */
class HubResumeTest {
    /** At the latest then a client is asked about the last message of a stream. */
    private static final Duration ASKING_INTERVAL = Duration.ofMillis(50);

    private static final Duration LEAST_INTERVAL = Duration.ofMillis(20);

    private final TestHub relay = new TestHub(1, 64 << 20, new HistoryOptions(20, Duration.ofMinutes(10), 1 << 20));

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void whatWasPublishedMeanwhileComesInOrderBeforeAnythingNew() {
        Client client = relay.register(TestHub.KEEP, "1", "cats", "dogs");
        relay.hub.disconnect(client, relay.connect(client, new FakeConnection()));
        publish("cats a", "dogs b", "emus -", "cats c");
        FakeConnection second = resume(client);
        publish("dogs d");
        assertThat(lines(second)).containsExactly("a", "b", "c", "d");
    }

    @Test
    void whatWasNotAcknowledgedComesAgainAndWhatWasDoesNot() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection first = new FakeConnection();
        SendQueue queue = relay.connect(client, first);
        publish("cats a", "cats b");
        acknowledge(client, queue, lastAsked(first));
        publish("cats c");
        relay.hub.disconnect(client, queue);
        String acknowledged = lastAsked(first).equals("2") ? "" : "b";
        assertThat(String.join("", lines(resume(client)))).isEqualTo(acknowledged + "c");
    }

    @Test
    void aPongThatWasNotAskedForMovesNothing() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection first = new FakeConnection();
        SendQueue queue = relay.connect(client, first);
        publish("cats a");
        relay.settle();
        assertThat(first.pingPayloads()).containsExactly("1");
        publish("cats b");
        acknowledge(client, queue, "2");
        acknowledge(client, queue, "0");
        acknowledge(client, queue, "99");
        relay.hub.disconnect(client, queue);
        assertThat(lines(resume(client))).containsExactly("a", "b");
    }

    @Test
    void onlyTheConnectionThatServesTheClientAcknowledges() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        SendQueue first = relay.connect(client, new FakeConnection());
        FakeConnection second = resume(client);
        publish("cats a");
        relay.settle();
        acknowledge(client, first, lastAsked(second));
        assertThat(lines(resume(client))).containsExactly("a");
    }

    @Test
    void oneQuestionIsOpenAtATimeAndTheNextWaitsForItsTime() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        publish("cats a");
        publish("cats b");
        relay.advance(ASKING_INTERVAL);
        assertThat(connection.pingPayloads()).containsExactly("1");
        acknowledge(client, queue, "1");
        assertThat(connection.pingPayloads()).hasSize(2);
        String asked = lastAsked(connection);
        acknowledge(client, queue, asked);
        publish("cats c");
        relay.advance(LEAST_INTERVAL.minusNanos(1));
        assertThat(connection.pingPayloads()).hasSize(2);
        relay.advance(ASKING_INTERVAL.minus(LEAST_INTERVAL));
        assertThat(connection.pingPayloads()).hasSize(3);
    }

    @Test
    void aPublisherWhoWaitsMakesTheNextQuestionComeBeforeItsTime() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        publish("cats a");
        acknowledge(client, queue, "1");
        publish("cats b");
        relay.settle();
        assertThat(connection.pingPayloads()).containsExactly("1");
        CompletableFuture<String> answer = new CompletableFuture<>();
        confirmed("c", answer);
        relay.settle();
        acknowledge(client, queue, lastAsked(connection));
        assertThat(TestHub.join(answer)).isEqualTo("queued 1 acknowledged 1");
    }

    @Test
    void aQuestionAboutAMessageGoesOutAfterIt() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        publish("cats a");
        relay.settle();
        relay.advance(ASKING_INTERVAL);
        CountDownLatch gate = relay.block();
        relay.publish("cats", "b");
        relay.hub.acknowledge(client, queue, Long.parseLong(lastAsked(connection)));
        gate.countDown();
        relay.settle();
        assertThat(connection.events()).hasSize(4).startsWith("a\n", "ping 1", "b\n");
        assertThat(connection.events().get(3)).startsWith("ping ");
    }

    @Test
    void whoeverDoesNotKeepIsNotAsked() {
        FakeConnection connection = relay.connected("1", "cats");
        publish("cats a");
        relay.advance(ASKING_INTERVAL);
        assertThat(connection.pings()).isZero();
    }

    @Test
    void aTopicIsResumedFromWhenItWasAskedFor() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        SendQueue queue = relay.connect(client, new FakeConnection());
        publish("dogs before");
        relay.subscribe(client, queue, "dogs");
        publish("dogs after", "cats no more");
        relay.hub.disconnect(client, queue);
        publish("dogs later");
        assertThat(lines(resume(client))).containsExactly("after", "later");
    }

    @Test
    void aGapIsAnnouncedFirstAndNamesTheTopicAndTheCursor() {
        Client client = relay.register(TestHub.KEEP, "1", "cats", "dogs");
        publish("emus x");
        relay.hub.disconnect(client, relay.connect(client, new FakeConnection()));
        publish("dogs held");
        IntStream.range(0, 25).forEach(i -> publish("cats " + i));
        List<String> lines = lines(resume(client));
        assertThat(lines.subList(0, 3)).containsExactly("gap cats 1 trimmed", "held", "5");
        assertThat(lines).hasSize(22).endsWith("24");
    }

    @Test
    void withoutAnythingMissedThereIsNoGap() {
        IntStream.range(0, 50).forEach(i -> publish("cats " + i));
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        relay.hub.disconnect(client, relay.connect(client, new FakeConnection()));
        IntStream.range(0, 20).forEach(i -> publish("cats " + i));
        assertThat(lines(resume(client))).hasSize(20).startsWith("0");
    }

    @Test
    void aNewerConnectionTakesOverWhereTheHalfOpenOneStopped() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection halfOpen = new FakeConnection();
        relay.connect(client, halfOpen);
        publish("cats a", "cats b");
        FakeConnection second = resume(client);
        assertThat(halfOpen.closeReasons()).containsExactly(CloseReason.REPLACED);
        publish("cats c");
        assertThat(lines(second)).containsExactly("a", "b", "c");
        assertThat(lines(halfOpen)).containsExactly("a", "b");
    }

    @Test
    void aSlowWireCatchesUpPageByPageAndMissesNothingThatIsPublishedMeanwhile() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        relay.hub.disconnect(client, relay.connect(client, new FakeConnection()));
        List<String> sent = IntStream.range(0, 20).mapToObj(i -> "message " + i).collect(Collectors.toList());
        sent.forEach(text -> publish("cats " + text));
        FakeConnection slow = new FakeConnection().takesPerWrite(3);
        relay.connect(client, slow, 40);
        relay.settle();
        publish("cats live");
        sent.add("live");
        while (!lines(slow).equals(sent)) {
            await().until(slow::takeRest);
            relay.settle();
        }
        assertThat(slow.closeReasons()).isEmpty();
        assertThat(slow.overlaps()).isZero();
    }

    @Test
    void whoeverCatchesUpMoreSlowlyThanTheHistoryGoesIsTooSlow() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        relay.hub.disconnect(client, relay.connect(client, new FakeConnection()));
        IntStream.range(0, 20).forEach(i -> publish("cats message " + i));
        FakeConnection slow = new FakeConnection().takesPerWrite(0);
        relay.connect(client, slow, 40);
        relay.settle();
        IntStream.range(0, 20).forEach(i -> publish("cats more " + i));
        slow.takeRest();
        relay.settle();
        assertThat(slow.closeReasons()).containsExactly(CloseReason.TOO_SLOW);
        assertThat(lines(resume(client))).startsWith("gap cats 0 trimmed", "more 0");
    }

    @Test
    void topicsMayChangeWhileAClientCatchesUp() {
        Client client = relay.register(TestHub.KEEP, "1", "cats", "dogs");
        relay.hub.disconnect(client, relay.connect(client, new FakeConnection()));
        publish("cats 1", "dogs 2", "emus 3", "cats 4", "dogs 5");
        FakeConnection slow = new FakeConnection().takesPerWrite(0);
        SendQueue queue = relay.connect(client, slow, 1);
        relay.subscribe(client, queue, "dogs", "emus");
        publish("emus 6", "cats 7", "dogs 8");
        while (lines(slow).size() < 5) {
            await().until(slow::takeRest);
            relay.settle();
        }
        assertThat(lines(slow)).containsExactly("1", "2", "5", "6", "8");
    }

    @Test
    void whatIsHeldForAUserComesThoughWhatEverybodyGotIsHeldNoMoreAndTopicsChangeMeanwhile() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        relay.hub.disconnect(client, relay.connect(client, new FakeConnection()));
        String filler = "x".repeat(10_000);
        List<String> expected = new ArrayList<>();
        expected.add("gap cats 0 trimmed");
        for (int i = 0; i < 15; i++) {
            relay.publish(Optional.of("1"), "cats", "own " + i + filler);
            expected.add("own " + i + filler);
        }
        IntStream.range(0, 30).forEach(i -> publish("cats message " + i));
        IntStream.range(10, 30).forEach(i -> expected.add("message " + i));
        FakeConnection slow = new FakeConnection().takesPerWrite(0);
        SendQueue queue = relay.connect(client, slow);
        relay.settle();
        relay.subscribe(client, queue, "cats", "dogs");
        while (lines(slow).size() < expected.size() && slow.takeRest()) {
            relay.settle();
        }
        assertThat(lines(slow)).isEqualTo(expected);
        assertThat(slow.closeReasons()).isEmpty();
    }

    @Test
    void whoeverAsksForTheLastMessagesGetsThoseOfEachTopicAndThenWhatIsNew() {
        Client client = relay.register("1", "emus");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        publish("cats 1", "cats 2", "dogs 3", "cats 4", "emus 5");
        ask(client, queue, new StartPosition.Last(2), "cats", "dogs");
        publish("dogs 6", "emus 7");
        assertThat(lines(connection)).containsExactly("5", "2", "3", "4", "6");
    }

    @Test
    void aCursorOfTheClientsOwnIsGoneOnFrom() {
        MessageId second = idAfter("cats 1", "cats 2");
        publish("cats 3", "dogs 4");
        Client client = relay.register("1", "cats");
        FakeConnection connection = resume(client, new StartPosition.After(second));
        publish("cats 5");
        assertThat(lines(connection)).containsExactly("3", "5");
    }

    @Test
    void aCursorOfAnotherLogGetsAGapAndAllThatIsHeld() {
        publish("cats 1", "dogs 2");
        Client client = relay.register("1", "cats", "dogs");
        FakeConnection connection = resume(client, new StartPosition.After(new MessageId("another", 7)));
        assertThat(lines(connection)).hasSize(4).contains("gap cats 7 epoch", "gap dogs 7 epoch");
        assertThat(lines(connection)).endsWith("1", "2");
    }

    @Test
    void aCursorOfTheFutureGetsAGapAndWhatIsNew() {
        MessageId first = idAfter("cats 1");
        Client client = relay.register("1", "cats");
        FakeConnection connection =
                resume(client, new StartPosition.After(new MessageId(first.epoch(), first.sequence() + 1000)));
        publish("cats 2");
        assertThat(lines(connection)).containsExactly("gap cats 1001 future", "2");
    }

    @Test
    void whoeverGoesBackAndIsCutOffGoesOnFromThere() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection first = new FakeConnection();
        SendQueue queue = relay.connect(client, first);
        MessageId id = idAfter("cats 1");
        publish("cats 2", "cats 3");
        acknowledge(client, queue, lastAsked(first));
        relay.advance(ASKING_INTERVAL);
        acknowledge(client, queue, lastAsked(first));
        ask(client, queue, new StartPosition.After(id), "cats");
        relay.hub.disconnect(client, queue);
        assertThat(lines(resume(client))).containsExactly("2", "3");
    }

    @Test
    void aPublisherHearsHowManyHaveAcknowledged() {
        Client one = relay.register("1", "cats");
        Client two = relay.register("2", "cats");
        Client three = relay.register("3", "cats");
        FakeConnection first = new FakeConnection();
        SendQueue firstQueue = relay.connect(one, first);
        SendQueue secondQueue = relay.connect(two, new FakeConnection());
        relay.connect(three, new FakeConnection());
        CompletableFuture<String> answer = new CompletableFuture<>();
        Receipt receipt = confirmed("a", answer);
        relay.settle();
        acknowledge(one, firstQueue, lastAsked(first));
        relay.hub.disconnect(two, secondQueue);
        relay.settle();
        assertThat(answer).isNotDone();
        receipt.expire();
        assertThat(TestHub.join(answer)).isEqualTo("queued 3 acknowledged 1");
    }

    @Test
    void aPublisherHearsAtOnceWhenAllHaveAcknowledgedOrGone() {
        Client one = relay.register("1", "cats");
        Client two = relay.register("2", "cats");
        FakeConnection first = new FakeConnection();
        SendQueue firstQueue = relay.connect(one, first);
        SendQueue secondQueue = relay.connect(two, new FakeConnection());
        CompletableFuture<String> answer = new CompletableFuture<>();
        confirmed("a", answer);
        relay.settle();
        acknowledge(one, firstQueue, lastAsked(first));
        relay.hub.disconnect(two, secondQueue);
        assertThat(TestHub.join(answer)).isEqualTo("queued 2 acknowledged 1");
    }

    @Test
    void whoeverWasAskedForAPublisherIsNotAskedAgainForNobody() {
        Client client = relay.register("1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        CompletableFuture<String> answer = new CompletableFuture<>();
        confirmed("a", answer);
        relay.settle();
        acknowledge(client, queue, lastAsked(connection));
        assertThat(TestHub.join(answer)).isEqualTo("queued 1 acknowledged 1");
        publish("cats b");
        relay.advance(ASKING_INTERVAL);
        publish("cats c");
        relay.advance(ASKING_INTERVAL);
        assertThat(connection.pings()).isEqualTo(1);
    }

    @Test
    void whoeverWasAskedTooLateForAPublisherIsNotAskedAgainForNobody() {
        Client client = relay.register("1", "cats");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        CompletableFuture<String> first = new CompletableFuture<>();
        Receipt expires = confirmed("a", first);
        relay.settle();
        CompletableFuture<String> second = new CompletableFuture<>();
        Receipt expiresToo = confirmed("b", second);
        relay.settle();
        expires.expire();
        expiresToo.expire();
        acknowledge(client, queue, lastAsked(connection));
        acknowledge(client, queue, lastAsked(connection));
        int asked = connection.pings();
        publish("cats c");
        relay.advance(ASKING_INTERVAL);
        publish("cats d");
        relay.advance(ASKING_INTERVAL);
        assertThat(connection.pings()).isEqualTo(asked);
    }

    @Test
    void withoutSubscribersAPublisherDoesNotWait() {
        CompletableFuture<String> answer = new CompletableFuture<>();
        confirmed("a", answer);
        assertThat(TestHub.join(answer)).isEqualTo("queued 0 acknowledged 0");
    }

    private Receipt confirmed(String text, CompletableFuture<String> answer) {
        return relay.hub.publishConfirmed(
                TestHub.message("cats", text), Optional.empty(), Duration.ofSeconds(1), new PublishListener() {
                    @Override
                    public void published(Outcome outcome) {
                        answer.complete("queued " + outcome.queued() + " acknowledged " + outcome.acknowledged());
                    }

                    @Override
                    public void repeated(MessageId id, Optional<String> answered) {
                        throw new AssertionError("no key was given");
                    }

                    @Override
                    public void refused(RuntimeException cause) {
                        throw new AssertionError(cause);
                    }
                });
    }

    private FakeConnection resume(Client client) {
        return resume(client, StartPosition.NOW);
    }

    private FakeConnection resume(Client client, StartPosition start) {
        FakeConnection connection = new FakeConnection();
        relay.connect(client, connection, start);
        relay.settle();
        return connection;
    }

    private void ask(Client client, SendQueue queue, StartPosition start, String... topics) {
        CompletableFuture<Boolean> applied = new CompletableFuture<>();
        relay.hub.subscribe(
                client,
                queue,
                new Subscription(TestHub.topics(topics), start),
                SubscribeAnswer.NONE,
                () -> applied.complete(true),
                applied::completeExceptionally);
        TestHub.join(applied);
    }

    private void acknowledge(Client client, SendQueue queue, String sequence) {
        relay.hub.acknowledge(client, queue, Long.parseLong(sequence));
        relay.settle();
    }

    private static String lastAsked(FakeConnection connection) {
        List<String> asked = connection.pingPayloads();
        return asked.get(asked.size() - 1);
    }

    private void publish(String... lines) {
        idAfter(lines);
    }

    private MessageId idAfter(String... lines) {
        return relay.publishLines(lines);
    }

    private static List<String> lines(FakeConnection connection) {
        return connection.text().lines().toList();
    }
}
