package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import relay.engine.Receiver;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/** Patterns are followed at an engine two, whose line can be cut, while another publishes. */
class RedisPatternsTest extends PairOfEngines {
    private static final Topic ORDERS = new Topic("orders.*");
    private static final Topic ALL_ORDERS = new Topic("orders.**");
    private static final Topic NEW = new Topic("orders.new");
    private static final Topic NEW_HERE = new Topic("orders.new.here");
    private static final Topic CATS = new Topic("cats");
    private static final UserId ANNA = new UserId("anna");
    private static final UserId BOB = new UserId("bob");

    @Test
    void aMessageOnATopicThatMatchesComesAndNoOtherDoes() {
        two.follow(ORDERS);
        one.store(NEW, "matches");
        one.store(NEW_HERE, "is one segment too deep, though the server's glob matches");
        one.store(new Topic("orders."), "has an empty segment");
        one.store(CATS, "is another");
        one.store(new Topic("orders.old"), "matches too");
        two.awaitMessages(2);
        assertThat(two.receiver.messages)
                .extracting(message -> message.message().topic().name())
                .containsExactly("orders.new", "orders.old");
    }

    @Test
    void aMessageThatComesByItsTopicAndByPatternsComesOnce() {
        two.follow(ORDERS, ALL_ORDERS, NEW, NEW_HERE);
        one.store(NEW, "1");
        one.store(NEW_HERE, "2");
        two.store(NEW, "3");
        one.publish(new TestPublication(message("4", NEW, CATS, NEW_HERE), Optional.empty()));
        one.store(NEW, "5");
        two.awaitMessages(5);
        assertThat(two.receiver.texts()).containsExactly("1", "2", "3", "4", "5");
        assertThat(two.receiver.messages.get(3).message().topics()).containsExactly(NEW, NEW_HERE);
    }

    @Test
    void whatIsPublishedHereComesHereOnlyIfAPatternMatchesAndNotOnlyItsGlob() {
        two.follow(ORDERS, ALL_ORDERS);
        TestPublication deep = two.publish(NEW_HERE, "for **");
        assertThat(deep.first().here()).isTrue();
        assertThat(deep.first().relays()).isEqualTo(1);
        one.follow(ORDERS);
        TestPublication none = one.publish(NEW_HERE, "not for *");
        assertThat(none.first().what()).isEqualTo("stored");
        assertThat(none.first().here()).isFalse();
        TestPublication again = one.publish(NEW, "for both");
        assertThat(again.first().here()).isTrue();
        await().atMost(TestEngine.PATIENCE)
                .untilAsserted(
                        () -> assertThat(two.receiver.texts()).containsExactly("for **", "not for *", "for both"));
        assertThat(one.receiver.came)
                .extracting(RecordingReceiver.Came::how, RecordingReceiver.Came::text)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("own", "for both"));
    }

    @Test
    void whoWaitsForReportsIsToldOfTheCopiesThatBringNone() {
        two.follow(ORDERS, ALL_ORDERS, NEW);
        TestPublication copies =
                one.publish(new TestPublication(message("m", NEW), Optional.of(Duration.ofMinutes(1))));
        assertThat(copies.first().relays()).isEqualTo(3);
        two.awaitMessages(1);
        await().atMost(TestEngine.PATIENCE)
                .untilAsserted(() -> assertThat(copies.reports).hasSize(2));
        TestPublication notMatching =
                one.publish(new TestPublication(message("m", NEW_HERE), Optional.of(Duration.ofMinutes(1))));
        assertThat(notMatching.first().relays()).isEqualTo(2);
        await().atMost(TestEngine.PATIENCE)
                .untilAsserted(() -> assertThat(notMatching.reports).hasSize(1));
    }

    @Test
    void thePastOfTopicsThatThisRelayHasNeverSeenIsBroughtBeforeThePatternIsLoaded() {
        List<Topic> topics =
                IntStream.range(0, 250).mapToObj(i -> new Topic("orders." + i)).toList();
        topics.forEach(topic -> one.store(topic, topic.name()));
        one.store(NEW_HERE, "too deep");
        one.store(new Topic("order"), "before");
        one.store(new Topic("orders"), "no segment");
        one.store(new Topic("p"), "after");
        one.publish(TestPublication.of(NEW, ANNA, "for Anna"));
        one.publish(TestPublication.of(NEW, BOB, "for Bob"));
        two.follow(Optional.of(ANNA), ORDERS);
        assertThat(pastTexts())
                .hasSize(251)
                .contains("orders.0", "orders.249", "for Anna")
                .doesNotContain("too deep", "before", "no segment", "after", "for Bob");
        assertThat(two.loaded(ORDERS, Optional.empty()).trimmedThrough()).isZero();
        assertThat(two.loaded(ORDERS, Optional.of(ANNA)).trimmedThrough()).isZero();
        List<RecordingReceiver.Loaded> everybodys = two.receiver.loaded.stream()
                .filter(loaded -> loaded.recipient().isEmpty())
                .toList();
        assertThat(everybodys.get(everybodys.size() - 1).topic()).isEqualTo(ORDERS);
    }

    @Test
    void thePastIsFoundInNamesOfAnyCharacters() {
        Topic strange = new Topic("a[b]?\\{c}.\u00e9\ud83d\ude38.x");
        Topic pattern = new Topic("a[b]?\\{c}.*.x");
        Topic everything = new Topic("**");
        one.store(strange, "before");
        one.store(new Topic("ab?\\{c}.d.x"), "not meant, though an unescaped glob would match");
        two.follow(Optional.of(ANNA), pattern);
        assertThat(pastTexts()).containsExactly("before");
        one.store(new Topic("ab?\\{c}.d.x"), "nor live");
        one.store(strange, "live");
        two.awaitMessages(1);
        assertThat(two.receiver.texts()).containsExactly("live");
        two.receiver.loaded.clear();
        two.follow(Optional.of(ANNA), everything);
        assertThat(pastTexts()).hasSize(4);
    }

    @Test
    void whereTheServerHasDroppedTheNamesAnyMessageMayBeMissing() {
        long last = one.store(NEW, "1").sequence();
        server.ask("DEL", "{relay}:names");
        two.follow(Optional.of(ANNA), ORDERS);
        assertThat(two.loaded(ORDERS, Optional.empty()).trimmedThrough()).isEqualTo(last);
    }

    @Test
    void aRetainedValueComesAlsoWhereNothingElseIsLeftOfTheTopic() {
        one.publish(new TestPublication(
                new Message(
                        List.of(NEW),
                        Optional.empty(),
                        Text.of("value"),
                        new MessageOptions(Optional.empty(), Optional.empty(), MessageOptions.Retain.VALUE)),
                Optional.empty()));
        server.ask("DEL", "{relay}:h:orders.new");
        server.ask("ZREM", "{relay}:names", "orders.new");
        two.follow(Optional.of(ANNA), ORDERS);
        assertThat(two.receiver.retained)
                .extracting(value -> value.message().text().toString())
                .contains("value");
    }

    @Test
    void whatWasPublishedWhileTheLineWasCutComesOnceAlsoOnTopicsThatOnlyAPatternFollows() {
        two.follow(Optional.of(ANNA), ORDERS, ALL_ORDERS, NEW);
        one.store(new Topic("orders.seen"), "0");
        two.awaitMessages(1);
        two.receiver.came.clear();
        two.receiver.messages.clear();
        line.cut();
        two.awaitTrouble();
        one.store(new Topic("orders.seen"), "1");
        one.store(NEW, "2");
        one.store(NEW_HERE, "3");
        one.publish(TestPublication.of(new Topic("orders.anna"), ANNA, "4"));
        one.publish(TestPublication.of(new Topic("orders.bob"), BOB, "not for her"));
        one.publish(new TestPublication(message("5", NEW_HERE, CATS, new Topic("orders.other")), Optional.empty()));
        one.store(CATS, "not followed");
        line.mend();
        two.awaitWorking();
        one.store(new Topic("orders.seen"), "6");
        two.awaitMessages(6);
        assertThat(two.receiver.texts()).containsExactly("1", "2", "3", "4", "5", "6");
        assertThat(two.receiver.messages.get(4).message().topics())
                .containsExactlyInAnyOrder(NEW_HERE, new Topic("orders.other"));
        assertThat(two.receiver.missed).isEmpty();
        assertThat(two.receiver.following).containsKeys(ORDERS, ALL_ORDERS, NEW);
    }

    @Test
    void whatCannotBeFoundAfterALostConnectionIsAnnouncedForThePattern() {
        two.follow(Optional.of(ANNA), ORDERS);
        long before = one.store(NEW, "0").sequence();
        two.awaitMessages(1);
        line.cut();
        two.awaitTrouble();
        long last = one.store(NEW, "1").sequence();
        server.ask("DEL", "{relay}:names");
        line.mend();
        two.awaitWorking();
        assertThat(two.receiver.missed)
                .extracting(RecordingReceiver.Missed::topic, RecordingReceiver.Missed::recipient)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple(ORDERS, Optional.empty()),
                        org.assertj.core.groups.Tuple.tuple(ORDERS, Optional.of(ANNA)));
        assertThat(two.receiver.missed).allSatisfy(missed -> {
            assertThat(missed.after().sequence()).isGreaterThanOrEqualTo(before).isLessThan(last);
            assertThat(missed.through()).isGreaterThanOrEqualTo(last);
        });
    }

    @Test
    void aPatternThatNobodyWantsIsLeftAndNothingComesOfItAnyMore() {
        two.follow(ORDERS).release();
        two.follow(NEW);
        two.receiver.wanted.remove(ORDERS);
        await().atMost(TestEngine.PATIENCE)
                .until(() -> two.receiver.following.keySet().equals(Set.of(NEW)));
        assertThat(server.ask("PUBSUB", "NUMPAT")).containsExactly("0");
        one.store(new Topic("orders.old"), "not followed");
        one.store(NEW, "followed");
        two.awaitMessages(1);
        assertThat(two.receiver.texts()).containsExactly("followed");
    }

    @Test
    void aRelayWhoseUserMayNotFollowPatternsSaysSoAndGoesOnWithTopics() {
        server.ask("ACL", "SETUSER", "relay", "on", ">secret", "resetchannels", "~{relay}:*", "&{relay}:*", "+@all");
        try (TestEngine three = TestEngine.start("redis://relay:secret@127.0.0.1:" + server.port(), "three")) {
            assertThat(three.engine.follow(Set.of(ORDERS), Optional.empty()))
                    .failsWithin(TestEngine.PATIENCE)
                    .withThrowableThat()
                    .withMessageContaining("+psubscribe +punsubscribe and allchannels");
            three.follow(NEW);
            one.store(NEW, "comes");
            three.awaitMessages(1);
        }
        server.ask("ACL", "SETUSER", "relay", "allchannels", "-@all", "+@all");
        try (TestEngine three = TestEngine.start("redis://relay:secret@127.0.0.1:" + server.port(), "three")) {
            three.follow(ORDERS);
            one.store(NEW, "comes by a pattern");
            three.awaitMessages(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "a.*, a.b, true",
        "a.*, a.b.c, true",
        "a.*, a., true",
        "a.*, a, false",
        "a.*.c, a.b.c, true",
        "a.*.c, a.b.c.d, false",
        "a.*.c, a.b.c.c, true",
        "a.*.c, a..c, true",
        "a.*.c, a.c, false",
        "a.*.b.**, a.x.b.b., true",
        "*, x, true",
        "**, x.y, true",
        "*.a, b.a, true",
        "*.a, b.ab, false",
    })
    void aPatternBringsWhatTheServersGlobMatches(String pattern, String name, boolean brings) {
        assertThat(FollowedPatterns.brings(pattern, name)).isEqualTo(brings);
        Keys keys = new Keys("re[l]ay", "two");
        two.follow(new Topic(pattern));
        assertThat(server.ask("PUBLISH", new Keys("relay", "two").channel(new Topic(name)), "0 0 other 1 -  - -\ntext"))
                .containsExactly(brings ? "1" : "0");
        assertThat(keys.glob(new Topic(pattern))).startsWith("{re\\[l\\]ay}:t:");
    }

    private List<String> pastTexts() {
        return two.receiver.loaded.stream()
                .flatMap(loaded -> loaded.messages().stream())
                .map(Receiver.Past::message)
                .map(message -> message.text().toString())
                .toList();
    }

    private static Message message(String text, Topic... topics) {
        return new Message(List.of(topics), Optional.empty(), Text.of(text), MessageOptions.NONE);
    }
}
