package relay.engine.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.engine.IdempotencyKey;
import relay.engine.Journal.Entry;
import relay.engine.Journal.Presence;
import relay.engine.Registration;
import relay.engine.disk.DiskOptions.Sync;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;
import relay.message.UserId;

class DiskEngineTest {
    private static final int MOST_KEYS = 100;
    private static final Topic CATS = new Topic("cats");

    @TempDir
    private Path directory;

    private Instant now = Instant.ofEpochSecond(1_800_000_000);
    private final InstantSource clock = () -> now;
    private final List<DiskEngine> engines = new ArrayList<>();
    private Witness witness = new Witness();

    @AfterEach
    void stop() {
        engines.forEach(DiskEngine::stop);
    }

    @Test
    void messagesOfAnEarlierRunAreThereAndTheSequenceGoesOn() {
        DiskEngine engine = start();
        assertThat(publish(engine, "one").sequence()).isEqualTo(1);
        MessageId two = publish(engine, "two");
        stop(engine);

        DiskEngine again = start();
        assertThat(witness.messages()).containsOnlyKeys(1L, 2L);
        assertThat(witness.texts(again)).containsExactly("one", "two");
        assertThat(publish(again, "three")).isEqualTo(new MessageId(two.epoch(), 3));
        assertThat(witness.texts(again)).containsExactly("one", "two", "three");
    }

    @Test
    void aRegistrationComesBackAsItWas() {
        DiskEngine engine = start();
        publish(engine, "one");
        Registration registration = new Registration(
                ClientId.random(),
                new UserId("ann"),
                Map.of(CATS, 0L, new Topic("dogs"), 7L),
                TopicFilter.of(List.of(new TopicPattern("cats"), new TopicPattern("dogs.*"))),
                TopicFilter.of(List.of(new TopicPattern("*"), new TopicPattern("cats"))),
                Duration.ofMinutes(5),
                Optional.of(now.plusSeconds(1000)));
        MessageId newest = engine.journal()
                .orElseThrow()
                .add(registration)
                .toCompletableFuture()
                .join();
        assertThat(newest.sequence()).isEqualTo(1);
        now = now.plusSeconds(3);
        stop(engine);

        start();
        Entry entry = witness.entries().get(registration.id());
        assertThat(entry.cursor()).isEqualTo(1);
        assertThat(entry.presence()).isEqualTo(Presence.AWAITED);
        assertThat(entry.since()).isEqualTo(Duration.ofSeconds(3));
        assertThat(entry.registration())
                .usingRecursiveComparison()
                .ignoringFields("allowed", "granted")
                .isEqualTo(registration);
        assertThat(entry.registration().allowed().lists())
                .isEqualTo(registration.allowed().lists());
        assertThat(entry.registration().granted().lists())
                .isEqualTo(registration.granted().lists());
    }

    @Test
    void whatHappensToARegistrationIsStored() {
        DiskEngine engine = start();
        ClientId connected = add(engine, Duration.ofMinutes(5));
        ClientId acknowledges = add(engine, Duration.ofMinutes(5));
        ClientId left = add(engine, Duration.ofMinutes(5));
        ClientId ended = add(engine, Duration.ofMinutes(5));
        ClientId removed = add(engine, Duration.ofMinutes(5));
        var journal = engine.journal().orElseThrow();
        journal.connected(connected, Map.of(new Topic("dogs"), 12L));
        journal.connected(acknowledges, Map.of(CATS, 0L));
        journal.acknowledged(acknowledges, 9);
        journal.connected(left, Map.of(CATS, 0L));
        journal.disconnected(left, OptionalLong.of(8));
        journal.ended(ended);
        journal.remove(removed).toCompletableFuture().join();
        journal.settled().toCompletableFuture().join();
        now = now.plusSeconds(60);
        stop(engine);

        start();
        assertThat(witness.entries()).containsOnlyKeys(connected, acknowledges, left);
        assertThat(witness.entries().get(connected).registration().topics()).isEqualTo(Map.of(new Topic("dogs"), 12L));
        assertThat(witness.entries().get(connected).presence()).isEqualTo(Presence.CONNECTED);
        assertThat(witness.entries().get(connected).since()).isEqualTo(Duration.ZERO);
        assertThat(witness.entries().get(acknowledges).cursor()).isEqualTo(9);
        assertThat(witness.entries().get(left).cursor()).isEqualTo(8);
        assertThat(witness.entries().get(left).presence()).isEqualTo(Presence.DISCONNECTED);
        assertThat(witness.entries().get(left).since()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void aKeyGetsItsAnswerAfterARestart() {
        DiskEngine engine = start();
        Outcomes first = Outcomes.keyed("k", "print", "one");
        engine.publish(first);
        assertThat(first.outcome.join()).isEqualTo("stored 1");
        engine.remember(new IdempotencyKey("k", "print"), "{answer}")
                .toCompletableFuture()
                .join();
        Outcomes unanswered = Outcomes.keyed("l", "print", "two");
        engine.publish(unanswered);
        unanswered.outcome.join();
        stop(engine);

        DiskEngine again = start();
        assertThat(outcome(again, Outcomes.keyed("k", "print", "one"))).isEqualTo("repeated 1 {answer}");
        assertThat(outcome(again, Outcomes.keyed("l", "print", "two"))).isEqualTo("repeated 2 ?");
        assertThat(outcome(again, Outcomes.keyed("k", "other", "one"))).startsWith("refused this Idempotency-Key");
        now = now.plus(Duration.ofHours(1));
        assertThat(outcome(again, Outcomes.keyed("k", "print", "one"))).isEqualTo("stored 3");
    }

    @Test
    void theKeysOfAClientThatFloodsPushOutThoseOfClientsAndNoneOfBackends() {
        DiskEngine engine = start();
        assertThat(outcome(engine, Outcomes.keyed("backend", "print", "one"))).isEqualTo("stored 1");
        assertThat(outcome(engine, Outcomes.keyed(ofClient("first"), "print", "two")))
                .isEqualTo("stored 2");
        List<Outcomes> flood = IntStream.range(0, MOST_KEYS)
                .mapToObj(i -> Outcomes.keyed(ofClient("flood " + i), "print", "x"))
                .toList();
        flood.forEach(engine::publish);
        flood.forEach(one -> assertThat(one.outcome.join()).startsWith("stored"));
        stop(engine);

        DiskEngine again = start();
        assertThat(outcome(again, Outcomes.keyed("backend", "print", "one"))).isEqualTo("repeated 1 ?");
        assertThat(outcome(again, Outcomes.keyed(ofClient("flood 0"), "print", "x")))
                .isEqualTo("repeated 3 ?");
        assertThat(outcome(again, Outcomes.keyed(ofClient("first"), "print", "two")))
                .isEqualTo("stored " + (MOST_KEYS + 3));
    }

    private static String ofClient(String key) {
        return IdempotencyKey.ofClient(List.of("625ac78b", key), List.of()).key();
    }

    private void stop(DiskEngine engine) {
        engine.stop();
        engines.remove(engine);
    }

    private DiskEngine start() {
        DiskOptions options = new DiskOptions(
                directory,
                Sync.BATCH,
                16 << 20,
                Duration.ofHours(1),
                1_000_000,
                Duration.ofSeconds(30),
                MOST_KEYS,
                Duration.ofHours(1),
                64 << 20);
        DiskEngine engine = new DiskEngine(options, clock);
        witness = new Witness();
        engine.start(witness);
        engines.add(engine);
        return engine;
    }

    private ClientId add(DiskEngine engine, Duration keep) {
        ClientId id = ClientId.random();
        engine.journal()
                .orElseThrow()
                .add(new Registration(
                        id,
                        new UserId("ann"),
                        Map.of(CATS, 0L),
                        TopicFilter.ANY,
                        TopicFilter.ANY,
                        keep,
                        Optional.empty()))
                .toCompletableFuture()
                .join();
        return id;
    }

    private static String outcome(DiskEngine engine, Outcomes message) {
        engine.publish(message);
        return message.outcome.join();
    }

    private static MessageId publish(DiskEngine engine, String text) {
        Outcomes message = Outcomes.of("cats", text);
        engine.publish(message);
        return message.id.join();
    }
}
