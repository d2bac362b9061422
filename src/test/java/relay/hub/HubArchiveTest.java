package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.history.HistoryOptions;
import relay.hub.ArchivingEngine.Read;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.MessageOptions;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Text;
import relay.message.Topic;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;
import relay.outbound.SubscribeAnswer;
import relay.testing.FakeConnection;
import relay.testing.HandedOver;

/** What only the archive has comes to clients in its place, and nobody waits for it but they. */
class HubArchiveTest {
    private static final HistoryOptions NOTHING_IN_MEMORY = new HistoryOptions(10_000, Duration.ofMinutes(10), 0);

    /** There is room for two messages of one letter. */
    private static final HistoryOptions LITTLE_IN_MEMORY = new HistoryOptions(10_000, Duration.ofMinutes(10), 700);

    private ArchivingEngine engine = new ArchivingEngine();

    @AutoClose
    private TestHub relay = new TestHub(LITTLE_IN_MEMORY, engine);

    @Test
    void whatOnlyTheArchiveHasComesBeforeWhatIsInMemoryAndThatBeforeWhatIsNew() {
        relay.publishLines("cats a", "dogs -", "cats b", "cats c", "cats d", "cats e");
        FakeConnection connection = connect(after(0), "cats");
        Read read = engine.awaitRead();
        assertThat(read.sequences()).containsExactly(1L, 3L, 4L);
        engine.answer(read);
        settle();
        relay.publishAndWait("cats", "f");
        assertReceives(connection, "a\nb\nc\nd\ne\nf\n");
    }

    @Test
    void whileItIsReadOthersGetWhatIsNewAndItComesBehind() {
        relay.publishLines("cats a", "cats b", "cats c", "cats d");
        FakeConnection other = relay.connected("2", "cats");
        FakeConnection connection = connect(after(0), "cats");
        Read read = engine.awaitRead();
        relay.publishLines("cats e", "cats f", "cats g");
        assertReceives(other, "e\nf\ng\n");
        assertThat(connection.text()).isEmpty();
        engine.answersAtOnce();
        engine.answer(read);
        settle();
        relay.publishAndWait("cats", "h");
        assertReceives(connection, "a\nb\nc\nd\ne\nf\ng\nh\n");
        assertReceives(other, "e\nf\ng\nh\n");
    }

    @Test
    void aClientThatIsTheOnlyOneToReadGetsAllHoweverFewMessagesAReadBrings() {
        beginAnew(NOTHING_IN_MEMORY, new ArchivingEngine());
        List<String> lines = IntStream.range(0, 600).mapToObj(i -> "cats " + i).toList();
        relay.publishLines(lines.toArray(String[]::new));
        FakeConnection connection = connect(after(0), "cats");
        for (int done = 0, next = 1; done < 600; next = 1 + (next * 7) % 40) {
            Read read = engine.awaitRead();
            engine.answer(read, next);
            done += Math.min(next, read.sequences().size());
        }
        settle();
        assertThat(connection.text().lines())
                .containsExactlyElementsOf(
                        IntStream.range(0, 600).mapToObj(Integer::toString).toList());
        relay.publishAndWait("cats", "new");
        assertThat(connection.text()).endsWith("\n599\nnew\n");
    }

    @Test
    void aDamagedMessageIsAGapAtItsPlaceAndWhatIsBehindComes() {
        relay.publishLines("cats a", "dogs A", "cats b", "cats c", "dogs B", "cats d", "cats e", "cats f");
        engine.damage(3);
        engine.damage(4);
        FakeConnection connection = connect(after(0), "cats", "dogs");
        engine.answerNext();
        settle();
        assertReceives(connection, "a\nA\ngap cats 2 damaged\nB\nd\ne\nf\n");
        assertThat(relay.hub.figures().gaps().get(Gap.Reason.DAMAGED)).isEqualTo(1);
    }

    @Test
    void aDamagedMessageAtTheBeginningIsAGapAfterTheOneThatTheClientHas() {
        relay.publishLines("cats a", "dogs A", "cats b", "cats c", "cats d", "cats e", "cats f");
        engine.damage(3);
        FakeConnection connection = connect(after(1), "cats");
        engine.answerNext();
        settle();
        assertReceives(connection, "gap cats 1 damaged\nc\nd\ne\nf\n");
    }

    @Test
    void whoHasAcknowledgedTheGapIsNotToldOfItAgain() {
        beginAnew(NOTHING_IN_MEMORY, new ArchivingEngine());
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        relay.publishLines("cats a", "cats b");
        engine.damage(2);
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        engine.answerNext();
        relay.settleWithoutMessage(client);
        assertReceives(connection, "a\ngap cats 1 damaged\n");
        acknowledgeAll(client, queue, connection);
        relay.hub.disconnect(client, queue);
        FakeConnection again = new FakeConnection();
        relay.connect(client, again);
        settle();
        relay.publishAndWait("cats", "c");
        assertReceives(again, "c\n");
    }

    @Test
    void whatIsTrimmedWhileItIsReadIsAGapForWhoHasHadNothingYet() {
        relay.publishLines("cats a", "cats b", "cats c", "cats d", "cats e");
        FakeConnection connection = connect(after(0), "cats");
        Read read = engine.awaitRead();
        engine.trim(2);
        engine.answer(read);
        engine.answerNext();
        settle();
        assertReceives(connection, "gap cats 0 trimmed\nc\nd\ne\n");
    }

    @Test
    void whoIsOvertakenByTheTrimmingIsTooSlow() {
        relay.publishLines("cats a", "cats b", "cats c", "cats d", "cats e");
        FakeConnection connection = connect(after(0), "cats");
        engine.answer(engine.awaitRead(), 1);
        Read read = engine.awaitRead();
        engine.trim(2);
        engine.answer(read);
        settle();
        assertReceives(connection, "a\n");
        assertThat(connection.closeReasons()).containsExactly(CloseReason.TOO_SLOW);
    }

    @Test
    void aConnectionThatEndsWhileItsPageIsReadGetsNothingAndTheNextOneAll() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        relay.publishLines("cats a", "cats b", "cats c", "cats d");
        FakeConnection first = new FakeConnection();
        SendQueue queue = relay.connect(client, first);
        Read read = engine.awaitRead();
        relay.hub.disconnect(client, queue);
        engine.answer(read);
        settle();
        FakeConnection second = new FakeConnection();
        relay.connect(client, second);
        engine.answerNext();
        settle();
        assertThat(first.text()).isEmpty();
        assertReceives(second, "a\nb\nc\nd\n");
    }

    @Test
    void aConnectionThatTakesTheClientOverWhileAPageIsReadGetsAllOnce() {
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        relay.publishLines("cats a", "cats b", "cats c", "cats d", "cats e");
        FakeConnection first = new FakeConnection();
        relay.connect(client, first);
        engine.answer(engine.awaitRead(), 1);
        Read read = engine.awaitRead();
        FakeConnection second = new FakeConnection();
        relay.connect(client, second);
        settle();
        assertReceives(second, "a\n");
        engine.answersAtOnce();
        engine.answer(read);
        settle();
        assertReceives(first, "a\n");
        assertReceives(second, "a\nb\nc\nd\ne\n");
        assertThat(first.closeReasons()).containsExactly(CloseReason.REPLACED);
    }

    @Test
    void whoAsksForOtherTopicsWhileAPageIsReadGetsNoneOfTheOldOnes() {
        Client client = relay.register(TestHub.KEEP, "1", "cats", "dogs");
        relay.publishLines("cats a", "dogs A", "cats b", "dogs B", "cats c", "dogs C", "emus -", "emus -");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        engine.answer(engine.awaitRead(), 2);
        Read read = engine.awaitRead();
        relay.subscribe(client, queue, "dogs", "emus");
        engine.answer(read);
        engine.answerNext();
        settle();
        relay.publishLines("emus e", "cats d", "dogs D");
        assertReceives(connection, "a\nA\nB\nC\ne\nD\n");
    }

    @Test
    void whoAsksForThePastAnewWhileAPageIsReadGetsItFromThere() {
        Client client = relay.register(TestHub.KEEP, "1", "cats", "dogs");
        relay.publishLines("cats a", "dogs A", "cats b", "dogs B", "cats c", "dogs C", "emus -", "emus -");
        FakeConnection connection = new FakeConnection();
        SendQueue queue = relay.connect(client, connection);
        engine.answer(engine.awaitRead(), 2);
        Read read = engine.awaitRead();
        CompletableFuture<Void> applied = new CompletableFuture<>();
        relay.hub.subscribe(
                client,
                queue,
                new Subscription(TestHub.topics("cats"), after(0)),
                SubscribeAnswer.NONE,
                () -> applied.complete(null),
                applied::completeExceptionally);
        relay.settleWithoutMessage(client);
        engine.answer(read);
        // The frames of the first one are known still.
        engine.answerNext();
        settle();
        assertReceives(connection, "a\nA\na\nb\nc\n");
    }

    @Test
    void manyWhoWantTheSameShareAReadAndWhoComesLaterNeedsNone() {
        relay.publishLines("cats a", "cats b", "cats c", "cats d", "cats e");
        List<FakeConnection> connections = new ArrayList<>();
        IntStream.range(0, 100).forEach(i -> connections.add(connect(after(0), "cats")));
        // However slow the machine is, one client takes its step in a turn: so all of them have asked before the
        // answer.
        settle(100);
        engine.answerNext();
        await().until(() -> connections.stream().noneMatch(one -> one.text().isEmpty()));
        connections.add(connect(after(1), "cats"));
        settle();
        assertThat(engine.readsSoFar()).isEqualTo(1);
        connections.subList(0, 100).forEach(one -> assertReceives(one, "a\nb\nc\nd\ne\n"));
        assertReceives(connections.get(100), "b\nc\nd\ne\n");
    }

    @Test
    void someReadsAreUnderWayAtATimeAndTheOthersTakeTheirTurn() {
        int clients = 200;
        for (int i = 0; i < clients; i++) {
            relay.publishLines("t" + i + " a" + i, "t" + i + " b" + i);
        }
        relay.publishLines("dogs -", "dogs -", "dogs -");
        List<FakeConnection> connections = IntStream.range(0, clients)
                .mapToObj(i -> connect(after(0), "t" + i))
                .toList();
        await().until(() -> engine.readsSoFar() == 64);
        Client gone = relay.register("1", "t1");
        SendQueue queue = relay.connect(gone, new FakeConnection(), after(0));
        settle();
        relay.hub.disconnect(gone, queue);
        for (int i = 0; i < clients; i++) {
            engine.answerNext();
            assertThat(engine.waiting()).isLessThanOrEqualTo(64);
        }
        await().until(() -> connections.stream().noneMatch(one -> one.text().isEmpty()));
        for (int i = 0; i < clients; i++) {
            assertThat(connections.get(i).text()).isEqualTo("a" + i + "\nb" + i + "\n");
        }
        assertThat(engine.waiting()).isZero();
    }

    @Test
    void readsForConnectionsThatHaveEndedGiveTheirTurnToOthers() {
        List<Client> clients = new ArrayList<>();
        List<SendQueue> queues = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            relay.publishLines("t" + i + " a" + i);
            clients.add(relay.register("1", "t" + i));
        }
        relay.publishLines("last z", "dogs -", "dogs -", "dogs -");
        clients.forEach(client -> queues.add(relay.connect(client, new FakeConnection(), after(0))));
        FakeConnection last = connect(after(0), "last");
        await().until(() -> engine.readsSoFar() == 64);
        IntStream.range(0, 100).forEach(i -> relay.hub.disconnect(clients.get(i), queues.get(i)));
        settle();
        assertThat(engine.readsSoFar()).isEqualTo(64);
        engine.answerNext();
        await().until(() -> engine.readsSoFar() == 65);
        IntStream.range(0, 64).forEach(i -> engine.answerNext());
        await().until(() -> last.text().equals("z\n"));
    }

    @Test
    void anArchiveThatFailsClosesThoseWhoWaitForItAndNobodyElse() {
        relay.publishLines("cats a", "cats b", "cats c", "cats d");
        FakeConnection other = relay.connected("2", "cats");
        FakeConnection failed = connect(after(0), "cats");
        engine.awaitRead().answer().completeExceptionally(new IllegalStateException("on purpose"));
        await().until(() -> !failed.closeReasons().isEmpty());
        assertThat(failed.closeReasons()).containsExactly(CloseReason.FAILED);
        FakeConnection deceived = connect(after(0), "cats");
        engine.awaitRead().answer().complete(List.of());
        await().until(() -> !deceived.closeReasons().isEmpty());
        relay.publishAndWait("cats", "e");
        assertReceives(other, "e\n");
    }

    @Test
    void whatIsLargerThanAPageComesAloneFromTheArchive() {
        String large = "L".repeat(300_000);
        relay.publishLines("cats a", "cats " + large, "cats b", "cats c", "cats d", "cats e");
        FakeConnection connection = connect(after(0), "cats");
        engine.answerNext();
        Read read = engine.awaitRead();
        assertThat(read.sequences()).startsWith(2L);
        engine.answer(read);
        engine.answerNext();
        settle();
        assertReceives(connection, "a\n" + large + "\nb\nc\nd\ne\n");
    }

    @Test
    void aSlowConnectionHasItsNextPageReadWhenItHasTakenTheLast() {
        relay.publishLines("cats a", "cats b", "cats c", "cats d", "cats e");
        Client client = relay.register("1", "cats");
        FakeConnection slow = new FakeConnection().takesPerWrite(0);
        relay.connect(client, slow, after(0));
        engine.answer(engine.awaitRead(), 1);
        settle();
        assertThat(engine.waiting()).isZero();
        assertThat(slow.takeRest()).isTrue();
        engine.answerNext();
        settle();
        while (slow.takeRest()) {
            settle();
        }
        assertReceives(slow, "a\nb\nc\nd\ne\n");
    }

    @Test
    void whatWasThereBeforeTheStartIsThereAfterIt() {
        beginAnew(
                LITTLE_IN_MEMORY,
                new ArchivingEngine()
                        .restores(
                                TestHub.message("cats", "a"),
                                TestHub.message("dogs", "A"),
                                TestHub.message("cats", "b")));
        FakeConnection connection = connect(after(0), "cats");
        FakeConnection last = connect(new StartPosition.Last(1), "cats");
        Directory.TopicDetails details =
                relay.hub.directory().topic(new Topic("cats")).orElseThrow();
        assertThat(details.held()).isEqualTo(2);
        assertThat(details.last()).contains(NumberingEngine.id(3));
        relay.publishLines("cats c");
        engine.answerNext();
        engine.answerNext();
        settle();
        assertReceives(connection, "a\nb\nc\n");
        assertReceives(last, "b\nc\n");
    }

    @Test
    void whatWasTrimmedBeforeTheStartIsAGapForWhoMayHaveMissedIt() {
        beginAnew(LITTLE_IN_MEMORY, new ArchivingEngine().trimmedBefore(5).restores(TestHub.message("cats", "a")));
        FakeConnection behind = connect(after(4), "cats");
        FakeConnection upToDate = connect(after(5), "cats");
        FakeConnection elsewhere = connect(after(4), "dogs");
        engine.answerNext();
        settle();
        assertReceives(behind, "gap cats 4 trimmed\na\n");
        assertReceives(upToDate, "a\n");
        assertReceives(elsewhere, "gap dogs 4 trimmed\n");
    }

    @Test
    void whatWasDamagedBeforeTheStartIsAGapOnEachTopicOnceForWhoIsBeforeIt() {
        beginAnew(
                LITTLE_IN_MEMORY,
                new ArchivingEngine()
                        .damagedBefore(3)
                        .restores(TestHub.message("cats", "a"), TestHub.message("cats", "b")));
        Client client = relay.register(TestHub.KEEP, "1", "cats");
        FakeConnection before = new FakeConnection();
        SendQueue queue = relay.connect(client, before, after(2));
        FakeConnection behind = connect(after(3), "cats");
        FakeConnection elsewhere = connect(after(2), "dogs");
        engine.answerNext();
        settle();
        acknowledgeAll(client, queue, before);
        relay.hub.disconnect(client, queue);
        FakeConnection again = new FakeConnection();
        relay.connect(client, again);
        settle();
        assertReceives(before, "gap cats 2 damaged\na\nb\n");
        assertReceives(behind, "a\nb\n");
        assertReceives(elsewhere, "gap dogs 2 damaged\n");
        assertThat(again.text()).isEmpty();
    }

    @Test
    void aPatternsTopicsComeInOneOrderWhetherTheArchiveHasThemOrMemory() {
        relay.publishLines("n.a a", "n.b b", "cats -", "n.a c", "n.c.d -", "n.b e", "n.c f");
        FakeConnection connection = connect(after(0), "n.*", "n.a");
        FakeConnection all = connect(after(4), "**");
        engine.answersAtOnce();
        while (engine.waiting() > 0) {
            engine.answerNext();
        }
        assertReceives(connection, "a\nb\nc\ne\nf\n");
        assertReceives(all, "-\ne\nf\n");
    }

    @Test
    void whatThePatternsOfAClientHaveInCommonComesOnceAndADamagedMessageIsAGapOfThePattern() {
        beginAnew(NOTHING_IN_MEMORY, new ArchivingEngine());
        engine.answersAtOnce();
        publish("a", MessageOptions.NONE, "x", "n.a", "n.b");
        publish("b", MessageOptions.NONE, "n.b");
        publish("c", MessageOptions.NONE, "n.a", "y");
        engine.damage(2);
        assertReceives(connect(after(0), "n.*", "*", "n.b"), "a\ngap n.b 1 damaged\nc\n");
        assertReceives(connect(after(0), "n.*"), "a\ngap n.* 1 damaged\nc\n");
        assertThat(messages("n.**", 10)).containsExactly("n.a a");
        assertThat(messages("*", 10)).containsExactly("x a", "y c");
    }

    @Test
    void whatHasExpiredOrExcludesTheClientIsPassedOverInTheArchive() {
        beginAnew(NOTHING_IN_MEMORY, new ArchivingEngine());
        engine.answersAtOnce();
        Client excluded = relay.register("1", "cats");
        MessageOptions exclude =
                new MessageOptions(Optional.empty(), Optional.of(excluded.id()), MessageOptions.Retain.NO);
        MessageOptions ttl =
                new MessageOptions(Optional.of(Duration.ofSeconds(5)), Optional.empty(), MessageOptions.Retain.NO);
        publish("a", exclude, "cats");
        publish("b", MessageOptions.NONE, "cats");
        publish("c", ttl, "cats");
        publish("d", exclude, "cats");
        assertReceives(connect(after(0), "cats"), "a\nb\nc\nd\n");
        FakeConnection others = new FakeConnection();
        relay.connect(excluded, others, after(0));
        assertReceives(others, "b\nc\n");
        engine.age(Duration.ofSeconds(5));
        assertReceives(connect(after(0), "cats"), "a\nb\nd\n");
        assertThat(messages("cats", 10)).containsExactly("cats a", "cats b", "cats d");
        Past.Page two = page("cats", 2);
        assertThat(two.full()).isTrue();
        assertThat(two.next()).isEqualTo(NumberingEngine.id(2));
        engine.age(Duration.ofSeconds(4));
        assertThat(messages("cats", 3)).containsExactly("cats a", "cats b", "cats c");
    }

    private void publish(String text, MessageOptions options, String... topics) {
        CompletableFuture<MessageId> accepted = new CompletableFuture<>();
        List<Topic> all = Stream.of(topics).map(Topic::new).toList();
        relay.hub.publish(
                new Message(all, Optional.empty(), Text.of(text), options),
                Optional.empty(),
                HandedOver.to((id, queued) -> accepted.complete(id)));
        TestHub.join(accepted);
    }

    private List<String> messages(String topic, int limit) {
        return page(topic, limit).messages().stream()
                .map(accepted ->
                        accepted.message().topic() + " " + accepted.message().text())
                .toList();
    }

    private Past.Page page(String topic, int limit) {
        return TestHub.join(relay.hub
                .past()
                .page(new Past.Question(new Topic(topic), Optional.empty(), after(0), limit))
                .toCompletableFuture());
    }

    private void beginAnew(HistoryOptions history, ArchivingEngine with) {
        relay.close();
        engine = with;
        relay = new TestHub(history, with);
    }

    /** Waits until the worker has done all that it can do now, without a message that would push others out of memory. */
    private void settle() {
        settle(8);
    }

    private void settle(int turns) {
        for (int turn = 0; turn < turns; turn++) {
            CompletableFuture<Void> settled = new CompletableFuture<>();
            relay.hub.directory().settle(() -> settled.complete(null));
            TestHub.join(settled);
        }
    }

    /** How many turns a client takes to catch up depends on how busy the machine is. */
    private void assertReceives(FakeConnection connection, String text) {
        await().until(() -> connection.text().length() >= text.length());
        settle();
        assertThat(connection.text()).isEqualTo(text);
    }

    /** Answers each ping until there is none for a while. */
    private void acknowledgeAll(Client client, SendQueue queue, FakeConnection connection) {
        for (int answered = 0; answered < connection.pingPayloads().size(); answered++) {
            relay.hub.acknowledge(
                    client, queue, Long.parseLong(connection.pingPayloads().get(answered)));
            relay.letPass(Duration.ofSeconds(2));
            settle();
        }
    }

    private FakeConnection connect(StartPosition start, String... topics) {
        FakeConnection connection = new FakeConnection();
        relay.connect(relay.register("1", topics), connection, start);
        return connection;
    }

    private static StartPosition after(long sequence) {
        return new StartPosition.After(NumberingEngine.id(sequence));
    }
}
