package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import relay.client.Client;
import relay.client.Permissions;
import relay.hub.JournalingEngine.Disk;
import relay.message.ClientId;
import relay.message.StartPosition;
import relay.message.UserId;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;
import relay.testing.ManualClock;

/**
 * Clients that register, come, go, ask and acknowledge, while a relay is killed or leaves again and again and another goes on: each
 * connection gets just what it has to, of each topic all after what its client has acknowledged, once and in order. What that is, the
 * test works out by itself. {@code -Drelay.stress.seed=…} repeats a run.
 */
class RestartStressTest {
    private static final int STEPS = 400;
    private static final int CLIENTS = 12;
    private static final int TOPICS = 5;
    private static final int USERS = 3;
    private static final int NOBODY = -1;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Disk disk = new Disk();
    private Instant now = Instant.parse("2026-11-27T08:00:00Z");
    private JournalingEngine engine = new JournalingEngine(disk, () -> now);
    private TestHub relay = hub(0);
    private final List<Sent> sent = new ArrayList<>();
    private final List<Known> clients = new ArrayList<>();
    private Random random = new Random();
    private int restarts;
    private int cameBack;

    private record Sent(long sequence, String topic, int user) {
        String text() {
            return "m" + sequence;
        }
    }

    private enum State {
        AWAITED,
        CONNECTED,
        DISCONNECTED
    }

    /** A registration, as whoever made it knows it. */
    private static final class Known {
        final ClientId id = ClientId.random();
        final int user;
        final Duration keep;

        /** For each topic the sequence after which it wants messages. */
        Map<String, Long> topics = new HashMap<>();

        /** Up to here it has acknowledged everything. */
        long acknowledged;

        State state = State.AWAITED;

        /** How many restarts there had been when it was connected last. */
        int restarts;

        /** When it is forgotten, unless it is connected. */
        Instant over;

        FakeConnection connection = new FakeConnection();

        @Nullable
        SendQueue queue;

        List<String> expected = new ArrayList<>();
        int answered;

        Known(int user, Duration keep, Instant over, int restarts) {
            this.restarts = restarts;
            this.user = user;
            this.keep = keep;
            this.over = over;
        }

        boolean isKept() {
            return !keep.isZero();
        }

        boolean wants(Sent message) {
            Long start = topics.get(message.topic());
            return start != null && message.sequence() > start && (message.user() == NOBODY || message.user() == user);
        }

        SendQueue queue() {
            if (queue == null) {
                throw new IllegalStateException("never connected");
            }
            return queue;
        }

        /** The last question that it has not answered. */
        Optional<Long> takeQuestion() {
            List<String> pings = connection.pingPayloads();
            boolean any =
                    pings.size() > answered && !pings.get(pings.size() - 1).isEmpty();
            answered = pings.size();
            return any ? Optional.of(Long.parseLong(pings.get(pings.size() - 1))) : Optional.empty();
        }

        @Override
        public String toString() {
            return id + " of u" + user + " keep " + keep + " " + state + " " + topics + " acknowledged " + acknowledged;
        }
    }

    static LongStream seeds() {
        Long seed = Long.getLong("relay.stress.seed");
        return seed == null
                ? LongStream.concat(LongStream.range(0, 15), LongStream.of(System.nanoTime()))
                : LongStream.of(seed);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whateverHappensBeforeARestartEveryConnectionGetsWhatItHasToAfterwards(long seed) throws Exception {
        random = new Random(seed);
        try {
            for (int step = 0; step < STEPS; step++) {
                act();
                check();
            }
            clients.stream().filter(one -> one.state != State.CONNECTED).forEach(this::connect);
            check();
            assertThat(cameBack).as("how many came back after a restart").isGreaterThan(10);
        } finally {
            relay.close();
        }
    }

    private void act() throws Exception {
        int what = random.nextInt(100);
        Optional<Known> some = some();
        if (some.isEmpty() || what < 10) {
            register();
        } else if (what < 50) {
            publish();
        } else if (what < 63) {
            connect(some.get());
        } else if (what < 71) {
            acknowledge(some.get());
        } else if (what < 75) {
            disconnect(some.get());
        } else if (what < 89) {
            subscribe(some.get());
        } else if (what < 92) {
            pass(Duration.ofMillis(random.nextInt(20_000)));
        } else if (what < 94) {
            remove(some.get());
        } else if (what < 95) {
            removeAllOf(random.nextInt(USERS));
        } else {
            restart(random.nextInt(3));
        }
    }

    private Optional<Known> some() {
        return clients.isEmpty() ? Optional.empty() : Optional.of(clients.get(random.nextInt(clients.size())));
    }

    private void publish() {
        String topic = "t" + random.nextInt(TOPICS);
        int user = random.nextInt(4) == 0 ? random.nextInt(USERS) : NOBODY;
        Sent message = new Sent(engine.last() + 1, topic, user);
        relay.publish(user == NOBODY ? Optional.empty() : Optional.of("u" + user), topic, message.text())
                .queued();
        sent.add(message);
        clients.stream()
                .filter(one -> one.state == State.CONNECTED && one.wants(message))
                .forEach(one -> one.expected.add(message.text()));
    }

    private void register() {
        if (clients.size() == CLIENTS) {
            return;
        }
        Duration keep = random.nextInt(5) == 0 ? Duration.ZERO : Duration.ofSeconds(50 + random.nextInt(1000));
        Known one = new Known(random.nextInt(USERS), keep, now.plus(TestHub.REGISTER_TTL), restarts);
        Set<String> topics = someTopics();
        Client client = new Client(one.id, Optional.of(new UserId("u" + one.user)), keep, Permissions.EVERYTHING);
        long cursor = TestHub.join(relay.hub
                        .registrar()
                        .add(client, TestHub.topics(topics.toArray(String[]::new)))
                        .toCompletableFuture())
                .sequence();
        assertThat(cursor).isEqualTo(engine.last());
        one.acknowledged = cursor;
        topics.forEach(topic -> one.topics.put(topic, cursor));
        clients.add(one);
    }

    private Set<String> someTopics() {
        return IntStream.range(0, random.nextInt(10) == 0 ? 0 : 1 + random.nextInt(3))
                .mapToObj(i -> "t" + random.nextInt(TOPICS))
                .collect(Collectors.toSet());
    }

    /** In place of its older connection, if it has one. */
    private void connect(Known one) {
        boolean goesBack = random.nextInt(5) == 0;
        long after = goesBack ? random.nextInt(Math.toIntExact(engine.last()) + 1) : one.acknowledged;
        if (goesBack) {
            one.topics.replaceAll((topic, start) -> after);
            one.acknowledged = one.isKept() && !one.topics.isEmpty() ? after : one.acknowledged;
        } else if (one.isKept()) {
            one.topics.replaceAll((topic, start) -> Math.max(start, one.acknowledged));
        } else {
            one.topics.replaceAll((topic, start) -> engine.last());
        }
        one.expected =
                sent.stream().filter(one::wants).map(Sent::text).collect(Collectors.toCollection(ArrayList::new));
        one.connection = new FakeConnection();
        one.answered = 0;
        one.queue = relay.connect(
                relay.registry.find(one.id).orElseThrow(),
                one.connection,
                goesBack ? new StartPosition.After(NumberingEngine.id(after)) : StartPosition.NOW);
        one.state = State.CONNECTED;
        cameBack += one.restarts < restarts ? 1 : 0;
        one.restarts = restarts;
    }

    private void acknowledge(Known one) {
        if (one.state == State.CONNECTED) {
            relay.settle();
            one.takeQuestion().ifPresent(sequence -> answer(one, sequence));
        }
    }

    private void answer(Known one, long sequence) {
        relay.hub.acknowledge(relay.registry.find(one.id).orElseThrow(), one.queue(), sequence);
        one.acknowledged = Math.max(one.acknowledged, sequence);
    }

    private void disconnect(Known one) {
        if (one.state == State.CONNECTED) {
            relay.hub.disconnect(relay.registry.find(one.id).orElseThrow(), one.queue());
            leave(one);
        }
    }

    private void leave(Known one) {
        one.state = State.DISCONNECTED;
        one.over = now.plus(one.keep);
        forgetWhoIsOver();
    }

    private void subscribe(Known one) {
        if (one.state == State.CONNECTED) {
            check(one);
            Set<String> topics = someTopics();
            relay.subscribe(relay.registry.find(one.id).orElseThrow(), one.queue(), topics.toArray(String[]::new));
            long present = engine.last();
            one.topics = topics.stream()
                    .collect(Collectors.toMap(topic -> topic, topic -> one.topics.getOrDefault(topic, present)));
        }
    }

    private void remove(Known one) {
        TestHub.join(relay.hub.registrar().remove(one.id.secret()).toCompletableFuture());
        clients.remove(one);
    }

    private void removeAllOf(int user) {
        long theirs = clients.stream().filter(one -> one.user == user).count();
        CompletableFuture<Integer> removed =
                relay.hub.registrar().removeAllOf(new UserId("u" + user)).toCompletableFuture();
        assertThat(TestHub.join(removed)).isEqualTo((int) theirs);
        clients.removeIf(one -> one.user == user);
    }

    private void pass(Duration time) {
        relay.settle();
        now = now.plus(time);
        relay.advance(time);
        clients.stream().filter(one -> one.state == State.CONNECTED).forEach(one -> relay.hear(one.connection));
        forgetWhoIsOver();
    }

    private void forgetWhoIsOver() {
        clients.removeIf(one -> one.state != State.CONNECTED && !one.over.isAfter(now));
    }

    /** It is killed, or stopped at once, or leaves in order; some time later another goes on. */
    private void restart(int how) {
        relay.settle();
        clients.forEach(this::check);
        if (how == 0) {
            engine.kill();
        } else if (how == 1) {
            leaveInOrder();
        }
        relay.close();
        now = now.plusSeconds(random.nextInt(60));
        engine = new JournalingEngine(disk, () -> now);
        relay = hub(random.nextLong());
        restarts++;
        clients.stream().filter(one -> one.state == State.CONNECTED).toList().forEach(this::leave);
        forgetWhoIsOver();
        assertThat(relay.registry.after(Optional.empty(), CLIENTS + 1).stream().map(Client::id))
                .containsExactlyInAnyOrderElementsOf(
                        clients.stream().map(one -> one.id).toList());
    }

    private void leaveInOrder() {
        relay.hub.refuseNewcomers();
        relay.hub.goAway(Duration.ZERO);
        relay.settle();
        for (Known one : clients) {
            if (one.state == State.CONNECTED) {
                assertThat(one.connection.closeReasons()).isNotEmpty();
                if (random.nextBoolean()) {
                    one.takeQuestion().ifPresent(sequence -> answer(one, sequence));
                }
                relay.registry.find(one.id).ifPresent(client -> relay.hub.gone(client, one.queue()));
            }
        }
    }

    private TestHub hub(long ticker) {
        return new TestHub(engine, CLIENTS, CLIENTS, new ManualClock(TimeUnit.DAYS.toNanos(ticker % 1000)), () -> now);
    }

    private void check() {
        clients.forEach(this::check);
    }

    private void check(Known one) {
        if (one.state == State.CONNECTED) {
            await("what " + one + " gets")
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(1))
                    .untilAsserted(() ->
                            assertThat(one.connection.text().lines().toList()).isEqualTo(one.expected));
        }
    }
}
