package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.client.Overflow;
import relay.engine.Registration;
import relay.engine.Registrations.Claim;
import relay.engine.Registrations.Standing;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;
import relay.message.UnavailableException;
import relay.message.UserId;
import relay.testing.RedisServer;

/** What becomes of registrations that a backend changes, in a real server. */
class RedisChangesTest {
    private static final UserId ANNA = new UserId("anna");
    private static final Topic CATS = new Topic("cats");
    private static final Topic DOGS = new Topic("dogs");

    /** The user of the second relay: so that this one alone can be kept away. */
    private static final String USER = "two";

    @AutoClose
    private final RedisServer server = RedisServer.start();

    @AutoClose
    private final TestEngine one = TestEngine.start(server.url(), "one");

    private final String url = urlOfUser();

    @AutoClose
    private final TestEngine two = TestEngine.start(url, "two");

    private String urlOfUser() {
        server.ask("ACL", "SETUSER", USER, "on", ">secret", "~*", "&*", "+@all");
        return "redis://" + USER + ":secret@127.0.0.1:" + server.port();
    }

    private void keepTwoAway() {
        server.ask("ACL", "SETUSER", USER, "off");
        server.ask("CLIENT", "KILL", "USER", USER);
        two.awaitTrouble();
    }

    private void letTwoBack() {
        server.ask("ACL", "SETUSER", USER, "on");
        two.awaitWorking();
    }

    @Test
    void whatIsNewToOneThatWaitsBeginsAfterTheNewestMessageAndTheRestGoesOn() {
        ClientId id = add(CATS);
        long before = one.store(DOGS, "before").sequence();
        assertThat(change(one, id, CATS, DOGS)).isTrue();
        one.store(DOGS, "after");
        assertThat(claim(two, id).registration().topics()).isEqualTo(Map.of(CATS, 0L, DOGS, before));
    }

    @Test
    void topicsAndPermissionsAreThoseOfTheChangeAndTheRestStays() {
        ClientId id = add(CATS);
        Standing before = standing(one, id);
        Registration after = before.registration()
                .with(Map.of(new Topic("a.*"), 0L))
                .changed(filter("a.**"), filter("b.c").and(filter("b.*")));
        assertThat(get(one.registrations().change(before, after, false))).isTrue();
        Registration found = get(two.registrations().find(id)).orElseThrow();
        assertThat(found.topics()).containsOnlyKeys(new Topic("a.*"));
        assertThat(found.allowed().lists()).isEqualTo(filter("a.**").lists());
        assertThat(found.publish().lists()).isEqualTo(after.publish().lists());
        assertThat(found.granted().lists())
                .isEqualTo(filter("cats", "dogs", "a.*").lists());
        assertThat(found.keep()).isEqualTo(Duration.ofMinutes(1));
        assertThat(found.user()).isEqualTo(ANNA);
        assertThat(claim(one, id).number()).isOne();
    }

    @Test
    void oneThatAnOlderVersionWrotePublishesNothing() {
        ClientId id = add(CATS);
        server.ask("HDEL", "{relay}:c:" + id.secret(), "publish");
        assertThat(standing(one, id).registration().publish().isNothing()).isTrue();
        assertThat(change(one, id, CATS, DOGS)).isTrue();
        assertThat(claim(one, id).registration().publish().isNothing()).isTrue();
    }

    @Test
    void oneThatHasChangedSinceItWasLookedUpIsNotChanged() {
        ClientId id = add(CATS);
        Standing before = standing(one, id);
        assertThat(change(two, id, DOGS)).isTrue();
        assertThat(change(before, CATS)).isFalse();
        assertThat(claim(one, id).registration().topics()).containsOnlyKeys(DOGS);
    }

    @Test
    void oneThatIsClaimedSinceItWasLookedUpIsNotChanged() {
        ClientId id = add(CATS);
        Standing before = standing(one, id);
        Claim claim = claim(two, id);
        assertThat(change(before, DOGS)).isFalse();
        two.registrations().release(id, claim.number(), claim.cursor());
        await().atMost(TestEngine.PATIENCE)
                .until(() -> standing(one, id).relay().isEmpty());
        assertThat(change(before, DOGS)).isFalse();
        assertThat(change(one, id, DOGS)).isTrue();
    }

    @Test
    void oneThatIsGoneIsNotMadeAgain() {
        ClientId id = add(CATS);
        Standing before = standing(one, id);
        get(two.registrations().remove(id));
        assertThat(change(before, DOGS)).isFalse();
        assertThat(get(one.registrations().standing(id))).isEmpty();
    }

    @Test
    void oneThatARelayServesThatIsThereIsLeftToThat() {
        ClientId id = add(CATS);
        Claim claim = claim(two, id);
        assertThat(standing(one, id).relay()).contains("two");
        assertThat(change(one, id, DOGS)).isFalse();
        assertThat(standing(one, id).claim()).isEqualTo(claim.number());
        assertThat(standing(one, id).registration().topics()).containsOnlyKeys(CATS);
        assertThat(two.receiver.claims).isEmpty();
    }

    @Test
    void byForceItIsTakenFromThatRelayWhichHearsOfItBehindWhatWasPublishedBefore() {
        ClientId id = add(CATS);
        Claim claim = claim(two, id);
        two.follow(CATS);
        for (int i = 0; i < 20; i++) {
            one.engine.publish(TestPublication.of(CATS, "before " + i));
        }
        one.store(CATS, "before");
        assertThat(get(one.registrations().change(standing(one, id), withTopics(id, DOGS), true)))
                .isTrue();
        one.store(CATS, "after");
        two.awaitMessages(22);
        assertThat(two.receiver.claims)
                .containsExactly(new RecordingReceiver.Claimed("taken behind 21", id, claim.number()));
        two.registrations().topics(id, claim.number(), Map.of(CATS, 0L));
        assertThat(standing(one, id).relay()).isEmpty();
        Claim next = claim(one, id);
        assertThat(next.number()).isEqualTo(claim.number() + 2);
        assertThat(next.registration().topics()).containsOnlyKeys(DOGS);
    }

    @Test
    void aRelayThatFindsItsClaimGoneBeforeItIsToldIsToldThatItWasTaken() {
        ClientId id = add(CATS);
        Claim claim = claim(two, id);
        String key = "{relay}:c:" + id.secret();
        server.ask("HSET", key, "owner", "", "taken", Long.toString(claim.number()));
        server.ask("HINCRBY", key, "number", "1");
        two.registrations().topics(id, claim.number(), Map.of(DOGS, 0L));
        await().atMost(TestEngine.PATIENCE).until(() -> two.receiver.claims.size() == 1);
        assertThat(two.receiver.claims.get(0).toString()).contains("taken");
        assertThat(standing(one, id).registration().topics()).containsOnlyKeys(CATS);
    }

    @Test
    void oneWhoseRelayIsAwayIsTakenFromItAndThatRelayHearsOfItBeforeWhatItHasMissed() {
        ClientId id = add(CATS);
        Claim claim = claim(two, id);
        two.follow(CATS);
        one.store(CATS, "before");
        two.awaitMessages(1);
        keepTwoAway();
        one.store(CATS, "missed");
        assertThat(change(one, id, DOGS)).isTrue();
        one.store(CATS, "missed too");
        letTwoBack();
        two.awaitMessages(3);
        assertThat(two.receiver.claims)
                .containsExactly(new RecordingReceiver.Claimed("taken behind 1", id, claim.number()));
        assertThat(claim(two, id).registration().topics()).containsOnlyKeys(DOGS);
    }

    @Test
    void whatWasTakenOnceIsTakenNoMoreWhenTheRelayHasClaimedItAgain() {
        ClientId id = add(CATS);
        claim(two, id);
        keepTwoAway();
        assertThat(change(one, id, DOGS)).isTrue();
        letTwoBack();
        await().atMost(TestEngine.PATIENCE).until(() -> two.receiver.claims.size() == 1);
        Claim again = claim(two, id);
        keepTwoAway();
        letTwoBack();
        get(two.registrations().changed(id, again.number(), TopicFilter.ANY, TopicFilter.NONE, Map.of(CATS, 7L)));
        assertThat(standing(one, id).registration().topics()).isEqualTo(Map.of(CATS, 7L));
    }

    @Test
    void whoServesItStoresItsChange() {
        ClientId id = add(CATS);
        long claim = claim(two, id).number();
        get(two.registrations().changed(id, claim, filter("a.*"), filter("b"), Map.of(DOGS, 5L)));
        Registration found = get(one.registrations().find(id)).orElseThrow();
        assertThat(found.topics()).isEqualTo(Map.of(DOGS, 5L));
        assertThat(found.allowed().lists()).isEqualTo(filter("a.*").lists());
        assertThat(found.publish().lists()).isEqualTo(filter("b").lists());
        assertThat(found.granted().lists())
                .isEqualTo(filter("cats", "dogs", "a.*").lists());
    }

    @Test
    void theChangeOfAnOlderClaimIsRefusedAndNotStored() {
        ClientId id = add(CATS);
        long claim = claim(two, id).number();
        claim(one, id);
        CompletionStage<Void> changed =
                two.registrations().changed(id, claim, TopicFilter.NONE, filter("b"), Map.of(DOGS, 5L));
        assertThat(changed.toCompletableFuture())
                .failsWithin(TestEngine.PATIENCE)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(UnavailableException.class);
        assertThat(standing(one, id).registration().topics()).containsOnlyKeys(CATS);
        assertThat(standing(one, id).registration().allowed()).isEqualTo(TopicFilter.ANY);
    }

    @Test
    void aChangeIsPutBackWithWhatTheServerHasLost() {
        ClientId id = add(CATS);
        long claim = claim(two, id).number();
        get(two.registrations().changed(id, claim, filter("a.*"), filter("b"), Map.of(DOGS, 5L)));
        server.ask("DEL", "{relay}:c:" + id.secret());
        await().atMost(TestEngine.PATIENCE)
                .until(() -> get(one.registrations().find(id)).isPresent());
        Registration back = get(one.registrations().find(id)).orElseThrow();
        assertThat(back.allowed().lists()).isEqualTo(filter("a.*").lists());
        assertThat(back.publish().lists()).isEqualTo(filter("b").lists());
        assertThat(back.topics()).isEqualTo(Map.of(DOGS, 5L));
    }

    @Test
    void aChangeThatCouldNotBeStoredIsStoredWhenTheServerIsBack() {
        ClientId id = add(CATS);
        long claim = claim(two, id).number();
        keepTwoAway();
        assertThat(two.registrations()
                        .changed(id, claim, TopicFilter.ANY, filter("b"), Map.of(DOGS, 5L))
                        .toCompletableFuture())
                .failsWithin(TestEngine.PATIENCE);
        assertThat(standing(one, id).registration().topics()).containsOnlyKeys(CATS);
        letTwoBack();
        await().atMost(TestEngine.PATIENCE)
                .until(() -> standing(one, id).registration().topics().equals(Map.of(DOGS, 5L)));
        assertThat(standing(one, id).registration().publish().lists())
                .isEqualTo(filter("b").lists());
    }

    private ClientId add(Topic... topics) {
        ClientId id = ClientId.random();
        get(one.registrations()
                .add(
                        new Registration(
                                id,
                                ANNA,
                                starts(topics),
                                TopicFilter.ANY,
                                filter("cats", "dogs", "a.*"),
                                TopicFilter.NONE,
                                Duration.ofMinutes(1),
                                Overflow.CLOSE,
                                Optional.empty()),
                        Duration.ofMinutes(1)));
        return id;
    }

    private static Map<Topic, Long> starts(Topic... topics) {
        return Set.of(topics).stream().collect(Collectors.toMap(topic -> topic, topic -> 0L));
    }

    private boolean change(TestEngine engine, ClientId id, Topic... topics) {
        return get(engine.registrations().change(standing(engine, id), withTopics(id, topics), false));
    }

    private boolean change(Standing before, Topic... topics) {
        return get(one.registrations().change(before, before.registration().with(starts(topics)), false));
    }

    private Registration withTopics(ClientId id, Topic... topics) {
        return standing(one, id).registration().with(starts(topics));
    }

    private static Standing standing(TestEngine engine, ClientId id) {
        return get(engine.registrations().standing(id)).orElseThrow();
    }

    private static Claim claim(TestEngine engine, ClientId id) {
        return get(engine.registrations().claim(id)).orElseThrow();
    }

    private static TopicFilter filter(String... patterns) {
        return TopicFilter.of(Stream.of(patterns).map(TopicPattern::new).toList());
    }

    private static <T> T get(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(TestEngine.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
