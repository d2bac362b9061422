package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import relay.engine.Engine.Hold;
import relay.engine.Engine.Reader;
import relay.engine.Outbox;
import relay.engine.Registrations;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

/** An engine of one relay, with a receiver that writes down what comes. */
final class TestEngine implements AutoCloseable {
    /** As long as it may take on a busy machine. */
    static final Duration PATIENCE = Duration.ofSeconds(20);

    static final Duration KEY_LIFE = Duration.ofMinutes(7);

    static final Timings QUICK = new Timings(
            Duration.ofMillis(100),
            Duration.ofSeconds(2),
            Duration.ofMillis(200),
            Duration.ofSeconds(5),
            Duration.ofMillis(50),
            Duration.ofMinutes(10),
            Duration.ofMillis(200),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1));

    /** A registration that is served outlives its relay by a second only. */
    static final Timings BRIEF_LEASES = new Timings(
            QUICK.probe(),
            QUICK.probeWithin(),
            QUICK.sweep(),
            QUICK.begin(),
            QUICK.write(),
            Duration.ofSeconds(1),
            QUICK.renewal(),
            QUICK.hook(),
            QUICK.restoring());

    /** A relay takes the events for as long as a test lasts, unless it leaves that to others. */
    static final Timings LONG_HOOK_LEASE = new Timings(
            QUICK.probe(),
            QUICK.probeWithin(),
            QUICK.sweep(),
            QUICK.begin(),
            QUICK.write(),
            QUICK.lease(),
            QUICK.renewal(),
            Duration.ofMinutes(1),
            QUICK.restoring());

    final RecordingReceiver receiver = new RecordingReceiver();
    final RedisEngine engine;
    final String relay;

    private TestEngine(RedisOptions options, String relay, Timings times) {
        this.relay = relay;
        engine = new RedisEngine(options, relay, times);
        engine.start(receiver);
    }

    static TestEngine start(String url, String relay) {
        return start(url, relay, QUICK);
    }

    /** One whose probes are too rare to find out before a message does. */
    static TestEngine startSeldomProbing(String url, String relay) {
        return start(url, relay, Timings.USUAL);
    }

    private static TestEngine start(String url, String relay, Timings times) {
        TestEngine started = starting(options(url, 100), relay, times);
        started.awaitWorking();
        return started;
    }

    static TestEngine starting(RedisOptions options, String relay, Timings times) {
        return new TestEngine(options, relay, times);
    }

    static final int MOST_OF_USER = 20;

    /** One whose backend hears of events, of which so many may wait. */
    static TestEngine startHeard(String url, String relay, int hookQueue) {
        return startHeard(url, relay, hookQueue, BRIEF_LEASES);
    }

    static TestEngine startHeard(String url, String relay, int hookQueue, Timings times) {
        TestEngine started = starting(options(url, 100, hookQueue), relay, times);
        started.awaitWorking();
        started.outbox().start();
        return started;
    }

    Outbox outbox() {
        return engine.outbox().orElseThrow();
    }

    static RedisOptions options(String url, int historyMessages) {
        return options(url, historyMessages, 0);
    }

    static RedisOptions options(String url, int historyMessages, int hookQueue) {
        return new RedisOptions(
                EngineUrl.parse(url),
                "relay",
                historyMessages,
                Duration.ofHours(1),
                8 << 20,
                1 << 20,
                KEY_LIFE,
                MOST_OF_USER,
                hookQueue);
    }

    void awaitWorking() {
        await().atMost(PATIENCE).until(() -> engine.trouble().isEmpty());
    }

    void awaitTrouble() {
        awaitTrouble("");
    }

    /** @param parts of the reason */
    void awaitTrouble(String... parts) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(engine.trouble())
                        .hasValueSatisfying(why -> assertThat(why).contains(parts)));
    }

    /** At least so many in all. */
    void awaitMessages(int count) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(receiver.came).hasSizeGreaterThanOrEqualTo(count));
    }

    Hold follow(Topic... topics) {
        return follow(Optional.empty(), topics);
    }

    Hold follow(Optional<UserId> pastOf, Topic... topics) {
        try {
            for (Topic topic : topics) {
                receiver.wanted.put(topic, pastOf.map(Set::of).orElse(Set.of()));
            }
            return engine.follow(Set.of(topics), pastOf.map(user -> new Reader(pastOf)))
                    .toCompletableFuture()
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    TestPublication publish(TestPublication publication) {
        engine.publish(publication);
        publication.awaitOutcome(PATIENCE);
        return publication;
    }

    TestPublication publish(Topic topic, String text) {
        return publish(TestPublication.of(topic, text));
    }

    /** Publishes a message that is stored, and returns its id. */
    MessageId store(Topic topic, String text) {
        return publish(topic, text).first().id().orElseThrow();
    }

    /** Publishes all, and waits until all are stored. */
    void storeAll(List<TestPublication> all) {
        all.forEach(engine::publish);
        await().atMost(PATIENCE).until(() -> all.stream().allMatch(TestPublication::isStored));
    }

    /** The past of a topic that has been loaded, once. */
    RecordingReceiver.Loaded loaded(Topic topic, Optional<UserId> recipient) {
        return receiver.loaded.stream()
                .filter(loaded ->
                        loaded.topic().equals(topic) && loaded.recipient().equals(recipient))
                .reduce((one, other) -> {
                    throw new AssertionError("loaded twice: " + one + " and " + other);
                })
                .orElseThrow();
    }

    Registrations registrations() {
        return engine.registrations().orElseThrow();
    }

    @Override
    public void close() {
        engine.stop();
        assertThat(receiver.wrong).isEmpty();
    }
}
