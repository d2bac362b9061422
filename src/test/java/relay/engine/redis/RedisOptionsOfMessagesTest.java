package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.engine.Peers.ReplyTo;
import relay.engine.Receiver;
import relay.message.AcceptedMessage;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageOptions;
import relay.message.MessageOptions.Retain;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

/** Messages with a time, several topics and options, and retained values, at two relays' engines on one real server. */
class RedisOptionsOfMessagesTest extends PairOfEngines {
    private static final Topic CATS = new Topic("cats");
    private static final Topic DOGS = new Topic("dogs");
    private static final Topic BIRDS = new Topic("birds");
    private static final UserId ANNA = new UserId("anna");
    private static final MessageOptions ALL = new MessageOptions(
            Optional.of(Duration.ofSeconds(50)),
            Optional.of(ClientId.random()),
            Retain.VALUE,
            Optional.of(new UserId("a, b\n☃")));

    @Test
    void aMessageWithSeveralTopicsComesOnceWithThoseThatAreFollowed() {
        one.follow(BIRDS);
        two.follow(CATS, DOGS);
        TestPublication.Outcome outcome = publish("hello", DOGS, BIRDS, CATS).first();
        one.publish(CATS, "last");
        two.awaitMessages(2);
        assertThat(topicsAt(two)).containsExactly(List.of(DOGS, CATS), List.of(CATS));
        assertThat(two.receiver.texts()).containsExactly("hello", "last");
        one.awaitMessages(1);
        assertThat(topicsAt(one)).containsExactly(List.of(BIRDS));
        assertThat(one.receiver.came.get(0).how()).isEqualTo("own");
        assertThat(outcome.relays()).isEqualTo(2);
        assertThat(outcome.here()).isTrue();
    }

    @Test
    void itIsInThePastOfEachOfItsTopicsWithItsOneSequence() {
        long sequence = publish("hello", DOGS, CATS).first().id().orElseThrow().sequence();
        two.follow(Optional.of(ANNA), CATS, DOGS);
        for (Topic topic : List.of(CATS, DOGS)) {
            assertThat(two.loaded(topic, Optional.empty()).messages())
                    .singleElement()
                    .satisfies(past -> {
                        assertThat(past.sequence()).isEqualTo(sequence);
                        assertThat(past.message().topics()).containsExactly(topic);
                    });
        }
    }

    @Test
    void whoeverNeitherFollowsItsTopicsNorPublishesElsewhereIsToldSo() {
        assertThat(publish("hello", DOGS, CATS).first()).satisfies(outcome -> {
            assertThat(outcome.relays()).isZero();
            assertThat(outcome.here()).isFalse();
        });
    }

    @Test
    void oneReportIsAwaitedFromARelayThatGetsSeveralCopies() {
        one.follow(CATS, DOGS);
        two.follow(CATS, DOGS, BIRDS);
        TestPublication publication = one.publish(new TestPublication(
                new Message(List.of(CATS, DOGS, BIRDS), Optional.empty(), Text.of("hello"), MessageOptions.NONE),
                Optional.of(Duration.ofSeconds(7))));
        two.awaitMessages(1);
        ReplyTo replyTo = two.receiver.came.get(0).report().orElseThrow();
        two.engine.peers().orElseThrow().report(replyTo, 3, 2);
        await().atMost(TestEngine.PATIENCE)
                .untilAsserted(() ->
                        assertThat(publication.reports).containsExactlyInAnyOrder("two 3 2", "dropped", "dropped"));
        assertThat(publication.first().relays() - 2)
                .as("counted here and there, once each")
                .isEqualTo(2);
    }

    @Test
    void itIsCountedOnceWhereOneOfItsTopicsIsAboutToBeFollowed() {
        one.follow(CATS);
        for (int i = 0; i < 30; i++) {
            Topic next = new Topic("t" + i);
            one.receiver.wanted.put(next, Set.of());
            var following = one.engine.follow(Set.of(next), Optional.empty());
            TestPublication publication = one.publish(new TestPublication(
                    new Message(List.of(next, CATS), Optional.empty(), Text.of("m" + i), MessageOptions.NONE),
                    i % 2 == 0 ? Optional.of(Duration.ofSeconds(7)) : Optional.empty()));
            assertThat(publication.first().here()).isTrue();
            assertThat(publication.first().relays()).isEqualTo(1);
            assertThat(following.toCompletableFuture()).succeedsWithin(TestEngine.PATIENCE);
        }
        one.awaitMessages(30);
        assertThat(one.receiver.texts()).hasSize(30);
    }

    @Test
    void aMessageWithSeveralTopicsThatWasMissedComesOnce() {
        two.follow(CATS, DOGS);
        one.publish(CATS, "before");
        two.awaitMessages(1);
        cut();
        publish("missed", DOGS, BIRDS, CATS);
        line.mend();
        two.awaitMessages(2);
        assertThat(two.receiver.texts()).containsExactly("before", "missed");
        assertThat(two.receiver.messages.get(1).message().topics()).containsExactlyInAnyOrder(CATS, DOGS);
    }

    @Test
    void theOptionsComeWithTheMessageAndFromThePast() {
        two.follow(CATS);
        one.publish(with(ALL, "hello", CATS));
        two.awaitMessages(1);
        assertThat(two.receiver.messages.get(0).message().options()).isEqualTo(ALL);
        one.follow(Optional.of(ANNA), CATS);
        assertThat(one.loaded(CATS, Optional.empty()).messages())
                .extracting(past -> past.message().options())
                .containsExactly(ALL);
    }

    @Test
    void whatHasExpiredIsNotBroughtAndWhatIsBroughtLateHasTheRestOfItsTime() {
        two.follow(CATS);
        one.publish(CATS, "before");
        two.awaitMessages(1);
        cut();
        store(Duration.ofSeconds(50), "young");
        store(Duration.ofSeconds(1), "expired");
        one.publish(CATS, "after");
        line.mend();
        two.awaitMessages(3);
        assertThat(two.receiver.texts()).containsExactly("before", "young", "after");
        assertThat(two.receiver.messages.get(1).message().options().ttl().orElseThrow())
                .isLessThan(Duration.ofSeconds(50));
        assertThat(two.receiver.messages.get(1).message().options().from()).contains(ANNA);
        assertThat(two.receiver.missed).isEmpty();
    }

    /** A message of ten seconds ago, as if it were published now. */
    private void store(Duration ttl, String text) {
        String id = one.store(CATS, "replaced").sequence() + "-0";
        server.ask("XDEL", "{relay}:h:cats", id);
        server.ask("EVAL", """
                redis.call('DEL', 'copy')
                for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
                  redis.call('XADD', 'copy', entry[1], unpack(entry[2]))
                end
                local now = redis.call('TIME')[1] * 1000 - 10000
                redis.call('XADD', 'copy', ARGV[1], 't', string.format('%.0f', now), 'm', ARGV[2], 'o', ARGV[3])
                redis.call('RENAME', 'copy', KEYS[1])
                return 1
                """, "1", "{relay}:h:cats", id, text, ttl.toSeconds() + ",-,n,YW5uYQ");
    }

    @Test
    void theTimeIsTheServersAndNeverGoesBackAlongTheSequence() {
        two.follow(CATS);
        one.publish(CATS, "first");
        long ahead = System.currentTimeMillis() + 1_000_000;
        server.ask("HSET", "{relay}:log", "time", Long.toString(ahead));
        one.publish(CATS, "second");
        two.awaitMessages(2);
        List<Long> times =
                two.receiver.messages.stream().map(AcceptedMessage::timeMillis).toList();
        assertThat(times.get(0)).isBetween(ahead - 1_100_000, ahead - 900_000);
        assertThat(times.get(1)).isEqualTo(ahead);
        one.follow(Optional.of(ANNA), CATS);
        assertThat(one.loaded(CATS, Optional.empty()).messages())
                .extracting(Receiver.Past::timeMillis)
                .isEqualTo(times);
    }

    @Test
    void theRetainedValueIsTheLastOneForEverybodyAndOnePerUser() {
        one.publish(with(ALL, "old", CATS));
        one.publish(with(ALL, "new", CATS, DOGS));
        one.publish(new TestPublication(
                new Message(List.of(CATS), Optional.of(ANNA), Text.of("anna's"), ALL), Optional.empty()));
        one.publish(CATS, "not retained");
        two.follow(Optional.of(ANNA), CATS, DOGS);
        assertThat(two.receiver.retained)
                .extracting(value -> value.message().topic() + " "
                        + value.message().recipient().map(UserId::value).orElse("all") + " "
                        + value.message().text())
                .containsExactlyInAnyOrder("cats all new", "cats anna anna's", "dogs all new");
        assertThat(two.receiver.retained)
                .allSatisfy(value -> assertThat(value.message().options()).isEqualTo(ALL))
                .allSatisfy(value -> assertThat(value.timeMillis()).isPositive());
    }

    @Test
    void aRetainedValueOutlivesTheHistory() {
        one.publish(with(retaining(Retain.VALUE), "value", CATS));
        server.ask("DEL", "{relay}:h:cats");
        TestEngine three = TestEngine.starting(TestEngine.options(server.url(), 0), "three", TestEngine.QUICK);
        try (three) {
            three.awaitWorking();
            three.follow(Optional.of(ANNA), CATS);
            assertThat(valuesAt(three)).containsExactly("value");
            assertThat(three.loaded(CATS, Optional.empty()).messages()).isEmpty();
        }
    }

    @Test
    void aClearedValueIsGoneAndARelayThatWasAwayLearnsThat() {
        two.follow(Optional.of(ANNA), CATS);
        one.publish(with(retaining(Retain.VALUE), "value", CATS));
        two.awaitMessages(1);
        assertThat(two.receiver.retained).as("there is none to tell of").isEmpty();
        cut();
        long cleared = one.publish(with(retaining(Retain.CLEAR), "null", CATS))
                .first()
                .id()
                .orElseThrow()
                .sequence();
        server.ask("DEL", "{relay}:h:cats");
        line.mend();
        await().atMost(TestEngine.PATIENCE).until(() -> two.receiver.retained.size() == 2);
        assertThat(two.receiver.retained).allSatisfy(value -> {
            assertThat(value.message().options().retain()).isEqualTo(Retain.CLEAR);
            assertThat(value.sequence()).isEqualTo(cleared);
        });
        assertThat(server.ask("HGETALL", "{relay}:retained")).containsExactly("", "0");
        assertThat(server.ask("EXISTS", "{relay}:retained:age", "{relay}:retained:names"))
                .containsExactly("0");
    }

    @Test
    void whenRetainedValuesTakeTooMuchThoseGoThatWereSetLongestAgo() {
        String large = "x".repeat(300_000);
        List<Topic> topics =
                IntStream.range(0, 5).mapToObj(i -> new Topic("t" + i)).toList();
        topics.forEach(topic -> one.publish(with(retaining(Retain.VALUE), large, topic)));
        one.publish(with(retaining(Retain.VALUE), "set again", topics.get(2)));
        one.publish(with(retaining(Retain.VALUE), large + large, topics.get(0)));
        two.follow(Optional.of(ANNA), topics.toArray(Topic[]::new));
        assertThat(two.receiver.retained.stream().map(value -> value.message().topic()))
                .containsExactlyInAnyOrder(topics.get(0), topics.get(2), topics.get(4));
        assertThat(server.ask("ZRANGE", "{relay}:retained:names", "0", "-1")).containsExactly("t0\n", "t2\n", "t4\n");
        one.publish(with(retaining(Retain.VALUE), "x".repeat(1 << 20), topics.get(4)));
        assertThat(server.ask("ZRANGE", "{relay}:retained:age", "0", "-1"))
                .as("what is larger than all may be is not held, nor what it replaces")
                .containsExactly("t2\n", "t0\n");
        assertThat(Long.parseLong(server.ask("HGET", "{relay}:retained", "").get(0)))
                .isBetween(600_000L, 601_000L);
    }

    @Test
    void theNamesOfTopicsAreKeptWithTheirStreamsAndGoWithThem() {
        publish("hello", DOGS, CATS);
        one.publish(TestPublication.of(BIRDS, ANNA, "for anna"));
        assertThat(names("names")).containsExactly("", "birds", "cats", "dogs");
        rotate();
        assertThat(names("names")).containsExactly("");
        assertThat(names("names:before")).containsExactly("", "birds", "cats", "dogs");
        one.publish(DOGS, "again");
        assertThat(names("names")).containsExactly("", "dogs");
        rotate();
        assertThat(names("names:before")).containsExactly("", "dogs");
    }

    @Test
    void aSetOfNamesThatWasDroppedIsNotWhole() {
        one.publish(CATS, "hello");
        assertThat(askNames()).startsWith("1");
        server.ask("DEL", "{relay}:names");
        one.publish(DOGS, "hello");
        assertThat(askNames()).startsWith("0").endsWith("dogs");
    }

    private List<String> askNames() {
        return server.ask("EVAL", Script.NAMES.text(), "2", "{relay}:names", "{relay}:last", "(", "+", "10");
    }

    private List<String> names(String key) {
        return server.ask("ZRANGE", "{relay}:" + key, "0", "-1");
    }

    /** As if the life of a stream had passed. */
    private void rotate() {
        server.ask("HSET", "{relay}:last", "hour", "0");
        await().atMost(TestEngine.PATIENCE)
                .until(() -> !server.ask("HGET", "{relay}:last", "hour").get(0).equals("0"));
    }

    private void cut() {
        line.cut();
        two.awaitTrouble();
    }

    private static MessageOptions retaining(Retain retain) {
        return new MessageOptions(Optional.empty(), Optional.empty(), retain);
    }

    private static TestPublication with(MessageOptions options, String text, Topic... topics) {
        return new TestPublication(
                new Message(List.of(topics), Optional.empty(), Text.of(text), options), Optional.empty());
    }

    private TestPublication publish(String text, Topic... topics) {
        return one.publish(with(MessageOptions.NONE, text, topics));
    }

    private static List<List<Topic>> topicsAt(TestEngine engine) {
        return engine.receiver.messages.stream()
                .map(accepted -> accepted.message().topics())
                .toList();
    }

    private static List<String> valuesAt(TestEngine engine) {
        return engine.receiver.retained.stream()
                .map(value -> value.message().text().toString())
                .toList();
    }
}
