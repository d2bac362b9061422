package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import relay.client.Overflow;
import relay.engine.Registration;
import relay.engine.Registrations.Claim;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.TopicPattern;
import relay.message.UnavailableException;
import relay.message.UserId;
import relay.testing.RedisServer;

/** Registrations that two relays share, in a real server. */
class RedisRegistrationsTest {
    private static final Instant LATER = Instant.ofEpochMilli(1_900_000_000_000L);
    private static final UserId ANNA = new UserId("anna");
    private static final Duration TTL = Duration.ofMinutes(1);

    private RedisServer server;
    private TestEngine one;
    private TestEngine two;

    @BeforeEach
    void start() {
        server = RedisServer.start(RedisServer.APPEND_ALWAYS);
        one = TestEngine.start(server.url(), "one");
        two = TestEngine.start(server.url(), "two");
    }

    @AfterEach
    void stop() {
        one.close();
        two.close();
        server.close();
    }

    @Test
    void whatIsAddedAtOneIsFoundAtTheOtherAsItWas() {
        TopicFilter allowed = filter("a.*", "cats");
        TopicFilter granted = filter("cats", "a.b");
        Registration registration = new Registration(
                ClientId.random(),
                ANNA,
                Map.of(new Topic("cats"), 0L, new Topic("\u2028 odd = topic"), 42L),
                allowed,
                granted,
                TopicFilter.NONE,
                Duration.ofSeconds(90),
                Overflow.CATCHUP,
                Optional.of(Instant.ofEpochMilli(1_900_000_000_123L)));
        get(one.registrations().add(registration, TTL));
        Registration found = get(two.registrations().find(registration.id())).orElseThrow();
        assertThat(found)
                .usingRecursiveComparison()
                .ignoringFields("allowed", "granted")
                .isEqualTo(registration);
        assertThat(found.allowed().lists()).isEqualTo(allowed.lists());
        assertThat(found.granted().lists()).isEqualTo(granted.lists());
        assertThat(get(two.registrations().of(ANNA))).containsExactly(registration.id());
        assertThat(claim(two, registration.id()).registration().overflow()).isEqualTo(Overflow.CATCHUP);
    }

    @Test
    void aFilterThatAllowsNothingIsNotOneThatAllowsAll() {
        ClientId none = add(one, TopicFilter.of(List.of()), Duration.ZERO);
        ClientId any = add(one, TopicFilter.ANY, Duration.ZERO);
        assertThat(get(two.registrations().find(none)).orElseThrow().allowed().allows(new Topic("cats")))
                .isFalse();
        assertThat(get(two.registrations().find(any)).orElseThrow().allowed().allows(new Topic("cats")))
                .isTrue();
    }

    @Test
    void oneThatIsKeptBeginsAtTheNewestMessageThereWasWhenItWasAdded() {
        MessageId before = add(one, registration(ClientId.random(), TopicFilter.ANY, Duration.ZERO));
        one.publish(new Topic("cats"), "before");
        ClientId kept = ClientId.random();
        ClientId unkept = ClientId.random();
        MessageId after = add(one, registration(kept, TopicFilter.ANY, Duration.ofMinutes(1)));
        add(one, registration(unkept, TopicFilter.ANY, Duration.ZERO));
        assertThat(after).isEqualTo(new MessageId(before.epoch(), before.sequence() + 1));
        two.publish(new Topic("cats"), "after");
        assertThat(claim(two, kept).cursor()).hasValue(after.sequence());
        assertThat(claim(two, unkept).cursor()).isEmpty();
    }

    @Test
    void whatNobodyClaimsInTimeIsDropped() {
        ClientId id = ClientId.random();
        get(one.registrations().add(registration(id, TopicFilter.ANY, Duration.ofHours(1)), Duration.ofMillis(50)));
        await().atMost(TestEngine.PATIENCE)
                .until(() -> get(two.registrations().find(id)).isEmpty());
        assertThat(get(two.registrations().claim(id))).isEmpty();
        assertThat(get(two.registrations().of(ANNA))).isEmpty();
    }

    @Test
    void aUserHasNoMoreThanOneMayHoweverManyRelaysTakeThemIn() {
        List<ClientId> all = new ArrayList<>();
        for (int i = 0; i < TestEngine.MOST_OF_USER; i++) {
            all.add(add(i % 2 == 0 ? one : two, TopicFilter.ANY, Duration.ZERO));
        }
        Registration more = registration(ClientId.random(), TopicFilter.ANY, Duration.ZERO);
        assertThat(two.registrations().add(more, TTL))
                .failsWithin(TestEngine.PATIENCE)
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOfSatisfying(
                        UnavailableException.class,
                        e -> assertThat(e.isOnlyForOne()).isTrue());
        assertThat(get(two.registrations().find(more.id()))).isEmpty();
        assertThat(get(two.registrations().of(ANNA))).containsExactlyInAnyOrderElementsOf(all);
        get(one.registrations().remove(all.get(0)));
        get(two.registrations().add(more, TTL));
    }

    @Test
    void whatHasGoneByItselfDoesNotCount() {
        for (int i = 0; i < TestEngine.MOST_OF_USER; i++) {
            Registration brief = registration(ClientId.random(), TopicFilter.ANY, Duration.ZERO);
            get(one.registrations().add(brief, i == 0 ? Duration.ofMillis(1) : TTL));
        }
        await().atMost(TestEngine.PATIENCE).untilAsserted(() -> add(two, TopicFilter.ANY, Duration.ZERO));
        assertThat(get(two.registrations().of(ANNA))).hasSize(TestEngine.MOST_OF_USER);
    }

    @Test
    void aClaimElsewhereReplacesTheOneHere() {
        ClientId id = add(one, TopicFilter.ANY, Duration.ofMinutes(1));
        Claim first = claim(one, id);
        Claim second = claim(two, id);
        assertThat(second.number()).isGreaterThan(first.number());
        await().atMost(TestEngine.PATIENCE).until(() -> !one.receiver.claims.isEmpty());
        assertThat(one.receiver.claims).containsExactly(new RecordingReceiver.Claimed("replaced", id, first.number()));
        assertThat(two.receiver.claims).isEmpty();
        // What the first one still says is of no interest any more.
        one.registrations().topics(id, first.number(), Map.of(new Topic("dogs"), 7L));
        one.registrations().release(id, first.number(), OptionalLong.of(99));
        two.registrations().release(id, second.number(), OptionalLong.of(5));
        awaitField(id, "owner", "");
        Claim third = claim(one, id);
        assertThat(third.cursor()).hasValue(5);
        assertThat(third.registration().topics()).containsOnlyKeys(new Topic("cats"));
    }

    @Test
    void whatAnOlderClaimOrAnotherRelaySaysIsNotWritten() {
        ClientId id = add(one, TopicFilter.ANY, Duration.ofMinutes(1));
        long claim = claim(one, id).number();
        String key = "{relay}:c:" + id.secret();
        List<String> before = server.ask("HGETALL", key);
        for (List<String> who : List.of(List.of("two", claim + ""), List.of("one", claim - 1 + ""))) {
            assertThat(run(Script.UPDATE, key, who, "9", "60000", "{relay}:n:", "=7 dogs\n", "99", "ends", "1"))
                    .doesNotContain("1");
            assertThat(run(Script.RELEASE, key, who, "99", "{relay}:n:", id.secret(), "=7 dogs\n", "ends", "1"))
                    .doesNotContain("1");
        }
        assertThat(server.ask("HGETALL", key)).isEqualTo(before);
    }

    private List<String> run(Script script, String key, List<String> who, String... arguments) {
        return server.ask(Stream.of(List.of("EVAL", script.text(), "1", key), who, List.of(arguments))
                .flatMap(List::stream)
                .toArray(String[]::new));
    }

    @Test
    void topicsAndCursorsGoAlong() {
        ClientId id = add(one, TopicFilter.ANY, Duration.ofMinutes(1));
        long claim = claim(one, id).number();
        one.registrations().topics(id, claim, Map.of(new Topic("dogs"), 7L));
        one.registrations().acknowledged(id, claim, 12);
        awaitField(id, "cursor", "12");
        Claim next = claim(two, id);
        assertThat(next.cursor()).hasValue(12);
        assertThat(next.registration().topics()).isEqualTo(Map.of(new Topic("dogs"), 7L));
    }

    @Test
    void aReleasedOneThatAskedForNothingIsGone() {
        ClientId id = add(one, TopicFilter.ANY, Duration.ZERO);
        long claim = claim(one, id).number();
        one.registrations().release(id, claim, OptionalLong.empty());
        await().atMost(TestEngine.PATIENCE)
                .until(() -> get(two.registrations().find(id)).isEmpty());
        assertThat(get(two.registrations().of(ANNA))).isEmpty();
    }

    @Test
    void removingTellsWhoServesIt() {
        ClientId id = add(one, TopicFilter.ANY, Duration.ofMinutes(1));
        long claim = claim(one, id).number();
        assertThat(get(two.registrations().remove(id))).isTrue();
        assertThat(get(two.registrations().remove(id))).isFalse();
        await().atMost(TestEngine.PATIENCE).until(() -> !one.receiver.claims.isEmpty());
        assertThat(one.receiver.claims).containsExactly(new RecordingReceiver.Claimed("removed", id, claim));
    }

    @Test
    void aLeaseIsRenewedAndEndsWithItsRelay() {
        ClientId id = add(one, TopicFilter.ANY, Duration.ofSeconds(30));
        assertThat(get(one.registrations().claim(id))).isPresent();
        String key = "{relay}:c:" + id.secret();
        server.ask("PEXPIRE", key, "5000");
        await().atMost(TestEngine.PATIENCE)
                .until(() -> Long.parseLong(server.ask("PTTL", key).get(0)) > 60_000);
        assertThat(Long.parseLong(server.ask("PTTL", key).get(0)))
                .isLessThanOrEqualTo(Duration.ofMinutes(10).plusSeconds(30).toMillis());
        assertThat(Long.parseLong(server.ask("PTTL", "{relay}:n:anna").get(0))).isGreaterThan(60_000);
    }

    @Test
    void aReleaseWaitsForAnEngineThatIsAway() {
        ClientId id = add(one, TopicFilter.ANY, Duration.ofMinutes(1));
        long claim = claim(one, id).number();
        server.kill();
        one.awaitTrouble();
        one.registrations().release(id, claim, OptionalLong.of(17));
        assertThat(one.registrations().find(id).toCompletableFuture())
                .failsWithin(TestEngine.PATIENCE)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(UnavailableException.class);
        server.startAgain();
        two.awaitWorking();
        awaitField(id, "owner", "");
        assertThat(claim(two, id).cursor()).hasValue(17);
    }

    private static MessageId add(TestEngine engine, Registration registration) {
        return get(engine.registrations().add(registration, TTL));
    }

    @Test
    void theLastOfSeveralChangesIsWrittenWhenTheEngineGoesOn() {
        ClientId id = add(one, TopicFilter.ANY, Duration.ofMinutes(1));
        long claim = claim(one, id).number();
        server.freeze();
        one.registrations().topics(id, claim, Map.of(new Topic("a"), 7L));
        one.registrations().topics(id, claim, Map.of(new Topic("b"), 8L));
        one.awaitTrouble();
        server.thaw();
        one.awaitWorking();
        await().during(Duration.ofSeconds(1))
                .atMost(TestEngine.PATIENCE)
                .until(() ->
                        server.ask("HGET", "{relay}:c:" + id.secret(), "topics").equals(List.of("8 b\n")));
    }

    @Test
    void whatWasAskedForBeforeTheConnectionEndedIsReleasedThoughTheEngineWasNotHeardSince() {
        ClientId id = add(one, TopicFilter.ANY, Duration.ofMinutes(1));
        long claim = claim(one, id).number();
        server.freeze();
        one.registrations().topics(id, claim, Map.of(new Topic("dogs"), 7L));
        one.registrations().release(id, claim, OptionalLong.of(7));
        // What was under way is lost with the server.
        server.kill();
        one.awaitTrouble();
        server.startAgain();
        one.awaitWorking();
        Claim next = claim(one, id);
        assertThat(next.registration().topics()).isEqualTo(Map.of(new Topic("dogs"), 7L));
        assertThat(next.cursor()).hasValue(7);
    }

    @Test
    void aClientThatAsksForWhatItHadBeforeGoesOnThere() {
        ClientId id = add(one, TopicFilter.ANY, Duration.ofMinutes(1));
        long claim = claim(one, id).number();
        one.registrations().acknowledged(id, claim, 12);
        awaitField(id, "cursor", "12");
        one.registrations().topics(id, claim, Map.of(new Topic("cats"), 5L));
        awaitField(id, "cursor", "5");
        one.registrations().acknowledged(id, claim, 9);
        awaitField(id, "cursor", "9");
    }

    @Test
    void anotherCredentialGoesAlong() {
        ClientId id = add(one, filter("a.*"), Duration.ofMinutes(1));
        long claim = claim(one, id).number();
        get(one.registrations().renewed(id, claim, filter("a.b"), Optional.of(LATER)));
        get(one.registrations().renewed(id, claim, filter("a.c", "a.d"), Optional.of(LATER)));
        Registration next = claim(two, id).registration();
        assertThat(next.allowed().lists()).isEqualTo(filter("a.*").lists());
        assertThat(next.granted().lists()).isEqualTo(filter("a.c", "a.d").lists());
        assertThat(next.ends()).contains(LATER);
    }

    @Test
    void anotherCredentialOfAnOlderClaimIsRefusedAndNotWritten() {
        ClientId id = add(one, TopicFilter.ANY, Duration.ofMinutes(1));
        long claim = claim(one, id).number();
        claim(two, id);
        await().atMost(TestEngine.PATIENCE).until(() -> !one.receiver.claims.isEmpty());
        assertIsUnavailable(one.registrations().renewed(id, claim, filter("a.b"), Optional.of(LATER)));
        assertThat(get(two.registrations().find(id)).orElseThrow().ends()).isEmpty();
    }

    @Test
    void aRegistrationThatAnOlderVersionWroteKeepsAllItsLimitsWhateverItsNextCredentialIs() {
        Registration old = new Registration(
                ClientId.random(),
                ANNA,
                Map.of(),
                TopicFilter.ANY,
                filter("a.*"),
                TopicFilter.NONE,
                Duration.ofMinutes(1),
                Overflow.CLOSE,
                Optional.of(LATER));
        add(one, old);
        server.ask("HDEL", "{relay}:c:" + old.id().secret(), "own");
        Claim claim = claim(one, old.id());
        assertThat(claim.registration().granted()).isEqualTo(TopicFilter.ANY);
        get(one.registrations().renewed(old.id(), claim.number(), TopicFilter.ANY, Optional.of(LATER)));
        Registration renewed = get(two.registrations().find(old.id())).orElseThrow();
        assertThat(renewed.allowed().lists()).isEqualTo(filter("a.*").lists());
        assertThat(renewed.granted()).isEqualTo(TopicFilter.ANY);
    }

    @Test
    void anotherCredentialIsPutBackWithWhatTheEngineHasLost() {
        ClientId id = add(one, filter("a.*"), Duration.ofMinutes(1));
        long claim = claim(one, id).number();
        server.ask("DEL", "{relay}:c:" + id.secret());
        get(one.registrations().renewed(id, claim, filter("a.b"), Optional.of(LATER)));
        Registration back = get(two.registrations().find(id)).orElseThrow();
        assertThat(back.allowed().lists()).isEqualTo(filter("a.*").lists());
        assertThat(back.granted().lists()).isEqualTo(filter("a.b").lists());
        assertThat(back.ends()).contains(LATER);
    }

    @Test
    void anotherCredentialIsWrittenWhenTheEngineIsBackThoughTheConnectionHasEndedMeanwhile() {
        ClientId stays = add(one, TopicFilter.ANY, Duration.ofMinutes(1));
        ClientId goes = add(one, TopicFilter.ANY, Duration.ofMinutes(1));
        long staying = claim(one, stays).number();
        long going = claim(one, goes).number();
        server.kill();
        one.awaitTrouble();
        assertIsUnavailable(one.registrations().renewed(stays, staying, filter("a.b"), Optional.of(LATER)));
        assertIsUnavailable(one.registrations().renewed(goes, going, filter("a.b"), Optional.of(LATER)));
        one.registrations().release(goes, going, OptionalLong.of(17));
        server.startAgain();
        two.awaitWorking();
        for (ClientId id : List.of(stays, goes)) {
            awaitField(id, "ends", String.valueOf(LATER.toEpochMilli()));
            Registration found = get(two.registrations().find(id)).orElseThrow();
            assertThat(found.granted().lists()).isEqualTo(filter("a.b").lists());
        }
    }

    private static void assertIsUnavailable(CompletionStage<?> stage) {
        assertThat(stage.toCompletableFuture())
                .failsWithin(TestEngine.PATIENCE)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(UnavailableException.class);
    }

    private static TopicFilter filter(String... patterns) {
        return TopicFilter.of(Stream.of(patterns).map(TopicPattern::new).toList());
    }

    private void awaitField(ClientId id, String field, String value) {
        await().atMost(TestEngine.PATIENCE)
                .until(() ->
                        server.ask("HGET", "{relay}:c:" + id.secret(), field).equals(List.of(value)));
    }

    private static Claim claim(TestEngine engine, ClientId id) {
        return get(engine.registrations().claim(id)).orElseThrow();
    }

    private static ClientId add(TestEngine engine, TopicFilter allowed, Duration keep) {
        ClientId id = ClientId.random();
        add(engine, registration(id, allowed, keep));
        return id;
    }

    private static Registration registration(ClientId id, TopicFilter allowed, Duration keep) {
        return new Registration(
                id,
                ANNA,
                Map.of(new Topic("cats"), 0L),
                allowed,
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
