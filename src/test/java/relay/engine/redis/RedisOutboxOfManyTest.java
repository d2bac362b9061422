package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import relay.client.Overflow;
import relay.engine.Event;
import relay.engine.Outbox;
import relay.engine.Registration;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;
import relay.testing.RedisServer;

/** Events of clients that come and go at three relays, of which two end while they hand events on. */
class RedisOutboxOfManyTest {
    private static final int CLIENTS = 600;
    private static final Duration LONG = Duration.ofMinutes(1);

    /** What a client is to give: whether it connects at all, and what ends it. */
    private enum Life {
        IS_LEFT_BY_ITS_RELAY,
        NEVER_CONNECTS,
        LEAVES,
        IS_REMOVED,
        RUNS_OUT,
        STAYS,
        MOVES
    }

    private final Random random = new Random(22);
    private final Map<ClientId, Life> lives = new HashMap<>();

    @Test
    void eachEventComesOnceOrAgainUnderItsIdAndInItsOrderWhileRelaysStopAndDie() {
        try (RedisServer server = RedisServer.start();
                TestEngine one = TestEngine.startHeard(server.url(), "one", 100_000);
                TestEngine two = TestEngine.startHeard(server.url(), "two", 100_000);
                TestEngine three = TestEngine.startHeard(server.url(), "three", 100_000);
                TestSender first = TestSender.start(one);
                TestSender second = TestSender.start(two);
                TestSender third = TestSender.start(three)) {
            live(CLIENTS / 3, one, two, three);
            // One stops, and another dies: both serve clients that others have to find out about, or that move.
            await().atMost(TestEngine.PATIENCE)
                    .until(() -> Stream.of(first, second, third).anyMatch(sender -> !sender.batches.isEmpty()));
            one.outbox().stop();
            one.engine.stop();
            live(CLIENTS / 3, two, three);
            two.engine.stop();
            live(CLIENTS / 3, three);
            List<TestSender> senders = List.of(first, second, third);
            Set<String> expected = new HashSet<>();
            lives.forEach((id, life) -> expected.addAll(expected(id, life)));
            await().atMost(TestEngine.PATIENCE.multipliedBy(2))
                    .untilAsserted(
                            () -> assertThat(seen(senders).values()).containsExactlyInAnyOrderElementsOf(expected));
            senders.forEach(sender -> assertThat(sender.entries())
                    .extracting(Outbox.Entry::id)
                    .isSorted()
                    .doesNotHaveDuplicates());
            assertBatchesAreTheSame(senders);
            assertThat(goneBeforeTheyCame(senders)).isEmpty();
        }
    }

    private static List<String> expected(ClientId id, Life life) {
        return switch (life) {
            case NEVER_CONNECTS -> List.of();
            case STAYS, MOVES -> List.of("client.connected " + id.secret());
            case LEAVES, IS_REMOVED, RUNS_OUT, IS_LEFT_BY_ITS_RELAY ->
                List.of("client.connected " + id.secret(), "client.gone " + id.secret());
        };
    }

    /** By its id. */
    private static Map<String, String> seen(List<TestSender> senders) {
        Map<String, String> seen = new HashMap<>();
        for (TestSender sender : senders) {
            for (Outbox.Entry entry : sender.entries()) {
                assertThat(entry.dropped()).isZero();
                String before = seen.put(entry.id(), text(entry.event()));
                assertThat(before).isIn(null, text(entry.event()));
            }
        }
        return seen;
    }

    private static String text(Event event) {
        if (event instanceof Event.Connected connected) {
            return event.type() + " " + connected.client().secret();
        }
        return event.type() + " " + ((Event.Gone) event).client().secret();
    }

    private static void assertBatchesAreTheSame(List<TestSender> senders) {
        Map<String, Outbox.Batch> byId = new HashMap<>();
        senders.stream().flatMap(sender -> sender.batches.stream()).forEach(batch -> {
            Outbox.Batch before = byId.put(batch.id(), batch);
            assertThat(before).isIn(null, batch);
        });
        assertThat(byId.values().stream()
                        .mapToInt(batch -> batch.entries().size())
                        .sum())
                .isEqualTo(seen(senders).size());
    }

    private static List<String> goneBeforeTheyCame(List<TestSender> senders) {
        List<String> wrong = new ArrayList<>();
        Set<String> came = new HashSet<>();
        seen(senders).entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(entry -> {
            String[] words = entry.getValue().split(" ", -1);
            if (words[0].equals("client.connected")) {
                came.add(words[1]);
            } else if (!came.contains(words[1])) {
                wrong.add(words[1]);
            }
        });
        return wrong;
    }

    /** Some live their lives, each at one of these relays. Who moves or stays ends at the last one, which lives on. */
    private void live(int count, TestEngine... relays) {
        TestEngine last = relays[relays.length - 1];
        List<CompletionStage<?>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ClientId id = ClientId.random();
            Life life = Life.values()[random.nextInt(Life.values().length)];
            TestEngine at = relays[random.nextInt(relays.length)];
            if (life == Life.IS_LEFT_BY_ITS_RELAY && at == last) {
                life = Life.STAYS;
            }
            lives.put(id, life);
            all.add(live(id, life, at, last));
        }
        get(CompletableFuture.allOf(
                all.stream().map(CompletionStage::toCompletableFuture).toArray(CompletableFuture[]::new)));
    }

    private static CompletionStage<?> live(ClientId id, Life life, TestEngine at, TestEngine last) {
        Duration keep = switch (life) {
            case LEAVES -> Duration.ZERO;
            case RUNS_OUT, IS_LEFT_BY_ITS_RELAY -> Duration.ofMillis(300);
            default -> LONG;
        };
        CompletionStage<MessageId> added = at.registrations().add(registration(id, keep), LONG);
        return switch (life) {
            case NEVER_CONNECTS -> added;
            case LEAVES ->
                added.thenCompose(start -> at.registrations().claim(id))
                        .thenAccept(claim -> at.registrations()
                                .release(id, claim.orElseThrow().number(), OptionalLong.empty()));
            case IS_REMOVED ->
                added.thenCompose(start -> at.registrations().claim(id))
                        .thenCompose(claim -> last.registrations().remove(id));
            case RUNS_OUT ->
                added.thenCompose(start -> at.registrations().claim(id))
                        .thenAccept(claim -> at.registrations()
                                .release(id, claim.orElseThrow().number(), OptionalLong.empty()));
            case IS_LEFT_BY_ITS_RELAY ->
                added.thenCompose(start -> at.registrations().claim(id));
            case STAYS -> added.thenCompose(start -> last.registrations().claim(id));
            case MOVES ->
                added.thenCompose(start -> at.registrations().claim(id))
                        .thenCompose(claim -> last.registrations().claim(id));
        };
    }

    private static Registration registration(ClientId id, Duration keep) {
        return new Registration(
                id,
                new UserId(id.secret()),
                Map.of(new Topic("cats"), 0L),
                TopicFilter.ANY,
                TopicFilter.ANY,
                TopicFilter.NONE,
                keep,
                Overflow.CLOSE,
                Optional.empty());
    }

    private static <T> T get(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(TestEngine.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
