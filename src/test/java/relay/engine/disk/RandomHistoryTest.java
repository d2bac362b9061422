package relay.engine.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import relay.client.Overflow;
import relay.engine.IdempotencyKey;
import relay.engine.Journal;
import relay.engine.Journal.Entry;
import relay.engine.Receiver;
import relay.engine.Registration;
import relay.engine.disk.DiskOptions.Sync;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.MessageOptions;
import relay.message.MessageOptions.Retain;
import relay.message.Text;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;

/**
 * Random histories on a disk that dies in the middle of any of its calls, several times in a row: everything that was answered is
 * there, what was not is there whole or not at all, and no id is given twice.
 */
class RandomHistoryTest {
    private static final int RUNS = 5;

    /** Of messages that are not retained. */
    private static final Duration SHORT_TTL = Duration.ofSeconds(20);

    /** What the outside knows, over all runs. */
    private static final class World {
        private final Random random;
        private final Sync sync;
        private final Map<MessageId, String> answered = new HashMap<>();
        private final Map<String, Message> sent = new HashMap<>();
        private final Map<String, Instant> sentAt = new HashMap<>();

        /** Of messages that have been seen. */
        private final Map<Long, Long> times = new TreeMap<>();

        /** Whether a message was deleted before it was seen: it may have been a value. */
        private boolean hasMissedOne;

        private final Map<String, MessageId> keys = new HashMap<>();
        private final Map<String, String> answers = new HashMap<>();
        private final Map<ClientId, Known> registrations = new HashMap<>();
        private final Set<ClientId> gone = new HashSet<>();
        private Instant now = Instant.ofEpochSecond(1_800_000_000);
        private int counter;

        World(long seed, Sync sync) {
            this.random = new Random(seed);
            this.sync = sync;
        }
    }

    /** What is known of a registration: what was settled, and what was said since. */
    private static final class Known {
        private long settledCursor;
        private long cursor;
        private Map<Topic, Long> topics = Map.of();

        /** The topics that it may have: those that were settled, and what was said since. */
        private final Set<Map<Topic, Long>> possibleTopics = new HashSet<>();

        private boolean ended;
    }

    static LongStream seeds() {
        return LongStream.range(Long.getLong("relay.disk.first", 0), Long.getLong("relay.disk.histories", 60));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatWasAnsweredSurvivesAPowerCut(long seed) {
        live(seed, Sync.BATCH, true);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatWasAnsweredSurvivesAKill(long seed) {
        live(seed, Sync.BATCH, false);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void withoutSyncsItSurvivesAKill(long seed) {
        live(seed, Sync.NONE, false);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void withoutSyncsAPowerCutGivesNoIdTwice(long seed) {
        live(seed, Sync.NONE, true);
    }

    private static void live(long seed, Sync sync, boolean powerCuts) {
        World world = new World(seed, sync);
        TestDisk disk = new TestDisk("boot", seed);
        for (int run = 0; run < RUNS; run++) {
            if (world.random.nextInt(10) > 0) {
                disk.diesAfter(world.random.nextInt(run == 0 ? 200 : 400));
            }
            boolean stopped = run(world, disk, powerCuts);
            boolean cut = powerCuts && !stopped && world.random.nextInt(3) > 0;
            disk.die();
            disk = cut ? disk.afterPowerCut("boot" + run, seed + run) : disk.afterKill(seed + run);
            if (sync == Sync.NONE && cut) {
                // What was answered may be lost; that no id comes again is still checked.
                world.registrations.clear();
                world.keys.clear();
                world.answers.clear();
                world.times.clear();
            }
        }
    }

    /** Returns whether it ended well. */
    private static boolean run(World world, TestDisk disk, boolean powerCuts) {
        DiskOptions options = new DiskOptions(
                Path.of("unused"),
                world.sync,
                16 << 20,
                Duration.ofHours(1),
                120,
                Duration.ofDays(1),
                1000,
                Duration.ofDays(1),
                64 << 20);
        DiskEngine engine = new DiskEngine(options, () -> world.now, () -> disk);
        Witness witness = new Witness();
        try {
            engine.start(witness);
        } catch (RuntimeException e) {
            assertThat(disk.isDead()).as("died at the start: " + e).isTrue();
            return false;
        }
        if (!disk.isDead()) {
            check(world, disk, engine, witness, powerCuts);
            if (!disk.isDead() && !(world.sync == Sync.NONE && powerCuts) && !world.hasMissedOne) {
                assertThat(retained(witness)).isEqualTo(expectedValues(world));
            }
        }
        for (int i = 0; i < 40 && !disk.isDead(); i++) {
            burst(world, disk, engine);
        }
        engine.stop();
        return !disk.isDead();
    }

    private static void check(World world, TestDisk disk, DiskEngine engine, Witness witness, boolean powerCuts) {
        Map<Long, Witness.Restored> restored = witness.messages();
        Map<Long, String> texts = texts(world, engine, restored, witness, disk);
        if (disk.isDead()) {
            return;
        }
        boolean mayBeLost = world.sync == Sync.NONE && powerCuts;
        assertThat(world.sent.keySet()).containsAll(texts.values());
        assertThat(mayBeLost || isSorted(world.times.values())).as("times").isTrue();
        assertThat(new HashSet<>(texts.values())).hasSameSizeAs(texts.values());
        world.answered.forEach((id, text) -> {
            boolean sameEpoch = id.equals(witness.epochs().id(id.sequence()));
            if (texts.containsKey(id.sequence())) {
                assertThat(texts).containsEntry(id.sequence(), text);
            } else if (!mayBeLost && !mayHaveExpired(world, text)) {
                assertThat(id.sequence()).as("trimmed").isLessThanOrEqualTo(witness.trimmed());
            }
            if (!mayBeLost) {
                assertThat(sameEpoch).isTrue();
            }
            assertThat(witness.reached()).isGreaterThanOrEqualTo(id.sequence());
        });
        if (!mayBeLost) {
            witness.damaged()
                    .forEach(range -> assertThat(world.answered.keySet())
                            .noneMatch(id -> id.sequence() > range.after() && id.sequence() <= range.through()));
        }
        // From now on clients see them.
        texts.forEach((sequence, text) -> world.answered.put(witness.epochs().id(sequence), text));
        Map<ClientId, Entry> entries = witness.entries();
        assertThat(mayBeLost || Collections.disjoint(entries.keySet(), world.gone))
                .isTrue();
        world.registrations.forEach((id, known) -> {
            if (!known.ended) {
                assertThat(entries).containsKey(id);
            }
            Entry entry = entries.get(id);
            if (entry != null) {
                assertThat(entry.cursor()).isBetween(known.settledCursor, known.cursor);
                assertThat(entry.registration().topics()).isIn(known.possibleTopics);
            }
        });
        world.registrations.keySet().removeIf(id -> !entries.containsKey(id));
        world.registrations.forEach((id, known) -> {
            known.settledCursor = entries.get(id).cursor();
            known.cursor = known.settledCursor;
            known.topics = entries.get(id).registration().topics();
            known.possibleTopics.clear();
            known.possibleTopics.add(known.topics);
            known.ended = false;
        });
    }

    private static boolean mayHaveExpired(World world, String text) {
        return world.sent.get(text).options().ttl().equals(Optional.of(SHORT_TTL))
                && !world.now.minus(SHORT_TTL).isBefore(world.sentAt.get(text));
    }

    private static boolean isSorted(Collection<Long> times) {
        return List.copyOf(times).equals(times.stream().sorted().toList());
    }

    /** What is the value of what, by all messages that have been seen. */
    private static Map<String, String> expectedValues(World world) {
        Map<String, String> values = new TreeMap<>();
        world.answered.entrySet().stream()
                .sorted(Comparator.comparing(entry -> entry.getKey().sequence()))
                .forEach(entry -> {
                    Message message = world.sent.get(entry.getValue());
                    for (Topic topic : message.topics()) {
                        if (message.options().retain() == Retain.VALUE) {
                            values.put(
                                    name(message.on(topic)),
                                    value(entry.getKey().sequence(), message.on(topic)));
                        } else if (message.options().retain() == Retain.CLEAR) {
                            values.remove(name(message.on(topic)));
                        }
                    }
                });
        return values;
    }

    private static Map<String, String> retained(Witness witness) {
        Map<String, String> values = new TreeMap<>();
        witness.retained().forEach(value -> {
            String before = values.put(name(value.message()), value(value.sequence(), value.message()));
            assertThat(before).isNull();
        });
        return values;
    }

    private static String name(Message message) {
        return message.topic() + " " + message.recipient();
    }

    private static String value(long sequence, Message message) {
        return sequence + " " + message.options() + " " + message.text();
    }

    private static Message message(World world, String text) {
        Random random = world.random;
        Set<Topic> topics = new LinkedHashSet<>();
        for (int i = random.nextInt(4) == 0 ? 3 : 1; i > 0; i--) {
            topics.add(new Topic("topic " + random.nextInt(3)));
        }
        Retain retain = List.of(Retain.NO, Retain.NO, Retain.NO, Retain.VALUE, Retain.CLEAR)
                .get(random.nextInt(5));
        Duration ttl = retain == Retain.NO ? SHORT_TTL : Duration.ofDays(1);
        return new Message(
                List.copyOf(topics),
                random.nextInt(4) == 0 ? Optional.of(new UserId("user")) : Optional.empty(),
                Text.of(text),
                new MessageOptions(
                        random.nextInt(3) == 0 ? Optional.of(ttl) : Optional.empty(),
                        random.nextInt(3) == 0 ? Optional.of(ClientId.random()) : Optional.empty(),
                        retain));
    }

    private static Map<Long, String> texts(
            World world, DiskEngine engine, Map<Long, Witness.Restored> restored, Witness witness, TestDisk disk) {
        Map<Long, String> texts = new HashMap<>();
        restored.forEach((sequence, message) -> {
            List<Optional<Receiver.Past>> read = engine.archive()
                    .orElseThrow()
                    .read(new long[] {message.location()}, 1)
                    .toCompletableFuture()
                    .join();
            // It may be deleted meanwhile, and that is said a moment later.
            if (!disk.isDead() && (read.get(0).isPresent() || !witness.trims(sequence))) {
                Receiver.Past past = read.get(0).orElseThrow();
                String text = past.message().text().toString();
                texts.put(sequence, text);
                Message sent = world.sent.get(text);
                assertThat(past.message().topics()).isEqualTo(sent.topics());
                assertThat(past.message().recipient()).isEqualTo(sent.recipient());
                assertThat(past.message().options()).isEqualTo(sent.options());
                assertThat(past.message().options().isExpired(past.ageNanos())).isFalse();
                assertThat(message.topics()).isEqualTo(sent.topics());
                assertThat(Optional.ofNullable(world.times.put(sequence, past.timeMillis()))
                                .orElse(past.timeMillis()))
                        .isEqualTo(past.timeMillis());
            } else {
                world.hasMissedOne = true;
            }
        });
        return texts;
    }

    /** Many calls at once; then waits for all of them. */
    private static void burst(World world, TestDisk disk, DiskEngine engine) {
        Random random = world.random;
        Journal journal = engine.journal().orElseThrow();
        Map<Outcomes, Optional<String>> messages = new LinkedHashMap<>();
        Map<Registration, CompletionStage<MessageId>> added = new HashMap<>();
        Map<ClientId, CompletionStage<Void>> removed = new HashMap<>();
        Map<String, CompletionStage<Void>> remembered = new HashMap<>();
        int calls = 1 + random.nextInt(20);
        for (int i = 0; i < calls; i++) {
            List<ClientId> ids = List.copyOf(world.registrations.keySet());
            Optional<ClientId> one =
                    ids.isEmpty() ? Optional.empty() : Optional.of(ids.get(random.nextInt(ids.size())));
            switch (random.nextInt(10)) {
                case 0, 1, 2, 3 -> {
                    String text = "text " + world.counter++ + " "
                            + "x".repeat(random.nextInt(random.nextInt(20) == 0 ? 5000 : 50));
                    Outcomes message = new Outcomes(message(world, text), Optional.empty());
                    world.sent.put(text, message.message());
                    world.sentAt.put(text, world.now);
                    messages.put(message, Optional.empty());
                    engine.publish(message);
                }
                case 4 -> {
                    String key = "key " + random.nextInt(300);
                    String text = "keyed " + world.counter++;
                    Outcomes message = Outcomes.keyed(key, "f", text);
                    world.sent.put(text, message.message());
                    messages.put(message, Optional.of(key));
                    engine.publish(message);
                }
                case 5 -> {
                    Registration registration = new Registration(
                            ClientId.random(),
                            new UserId("user " + random.nextInt(5)),
                            Map.of(new Topic("t" + random.nextInt(5)), 0L),
                            TopicFilter.ANY,
                            TopicFilter.ANY,
                            TopicFilter.NONE,
                            Duration.ofDays(1),
                            Overflow.CLOSE,
                            Optional.empty());
                    added.put(registration, journal.add(registration));
                }
                case 6 ->
                    one.ifPresent(id -> {
                        Known known = world.registrations.get(id);
                        known.topics = Map.of(new Topic("t" + random.nextInt(5)), (long) random.nextInt(100));
                        known.possibleTopics.add(known.topics);
                        journal.connected(id, known.topics);
                    });
                case 7 ->
                    one.ifPresent(id -> {
                        Known known = world.registrations.get(id);
                        known.cursor += random.nextInt(5);
                        journal.acknowledged(id, known.cursor);
                    });
                case 8 ->
                    one.ifPresent(id -> {
                        Known known = world.registrations.get(id);
                        known.cursor += random.nextInt(2);
                        journal.disconnected(id, OptionalLong.of(known.cursor));
                    });
                default ->
                    one.ifPresent(id -> {
                        if (random.nextBoolean()) {
                            removed.put(id, journal.remove(id));
                            world.registrations.get(id).ended = true;
                        } else if (random.nextInt(3) == 0) {
                            journal.ended(id);
                            world.registrations.get(id).ended = true;
                        }
                    });
            }
            if (!world.keys.isEmpty() && random.nextInt(5) == 0) {
                String key = List.copyOf(world.keys.keySet()).get(random.nextInt(world.keys.size()));
                remembered.put(key, engine.remember(new IdempotencyKey(key, "f"), "answer to " + key));
            }
        }
        // A clock that is set back, now and then.
        world.now = world.now.plusMillis(random.nextInt(15) == 0 ? -10_000 : random.nextInt(2000));
        CompletionStage<Void> settled =
                random.nextInt(3) == 0 ? journal.settled() : CompletableFuture.failedStage(new IllegalStateException());
        messages.forEach((message, key) -> {
            String outcome = message.outcome.join();
            if (outcome.startsWith("stored")) {
                String before = world.answered.put(
                        message.id.join(), message.message().text().toString());
                assertThat(before).as("an id comes twice").isNull();
                key.ifPresent(name -> {
                    assertThat(world.keys).doesNotContainKey(name);
                    world.keys.put(name, message.id.join());
                });
            } else if (outcome.startsWith("repeated")) {
                String name = key.orElseThrow();
                MessageId first = world.keys.computeIfAbsent(name, unanswered -> message.id.join());
                assertThat(message.id.join()).isEqualTo(first);
                Optional.ofNullable(world.answers.get(name))
                        .ifPresent(answer -> assertThat(outcome).endsWith(answer));
            } else {
                assertThat(disk.isDead()).as(outcome).isTrue();
            }
        });
        added.forEach((registration, stage) -> {
            if (succeeds(stage)) {
                Known known = new Known();
                known.cursor = stage.toCompletableFuture().join().sequence();
                known.settledCursor = known.cursor;
                known.topics = registration.topics();
                known.possibleTopics.add(known.topics);
                world.registrations.put(registration.id(), known);
            }
        });
        removed.forEach((id, stage) -> {
            if (succeeds(stage)) {
                world.registrations.remove(id);
                world.gone.add(id);
            }
        });
        remembered.forEach((key, stage) -> {
            stage.toCompletableFuture().join();
            if (!disk.isDead()) {
                world.answers.put(key, "answer to " + key);
            }
        });
        if (succeeds(settled)) {
            List.copyOf(world.registrations.entrySet()).forEach(entry -> {
                Known known = entry.getValue();
                if (known.ended) {
                    world.registrations.remove(entry.getKey());
                    world.gone.add(entry.getKey());
                }
                known.settledCursor = known.cursor;
                known.possibleTopics.clear();
                known.possibleTopics.add(known.topics);
            });
        }
    }

    private static boolean succeeds(CompletionStage<?> stage) {
        return stage.handle((result, failure) -> failure == null)
                .toCompletableFuture()
                .join();
    }
}
