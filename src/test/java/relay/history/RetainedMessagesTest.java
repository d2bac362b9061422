package relay.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import relay.message.AcceptedMessage;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.MessageOptions;
import relay.message.MessageOptions.Retain;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;
import relay.testing.ManualClock;

/** Of each topic the newest value is held, within a bound, and found by name and by pattern. */
class RetainedMessagesTest {
    private static final Optional<UserId> NOBODY = Optional.empty();
    private static final Optional<UserId> ANN = Optional.of(new UserId("ann"));
    private static final ClientId CLIENT = ClientId.random();

    private final ManualClock clock = new ManualClock();
    private RetainedMessages values = new RetainedMessages(1 << 20, clock);
    private long sequence;

    @Test
    void theNewestValueOfEachTopicIsHeld() {
        retain("a", "1");
        retain("b", "2");
        retain("a", "3");
        assertThat(read(NOBODY, "a", "b", "c")).containsExactly("2", "3");
        assertThat(values.size()).isEqualTo(2);
    }

    @Test
    void whatIsNotRetainedChangesNothing() {
        retain("a", "1");
        publish(List.of("a"), NOBODY, "2", new MessageOptions(Optional.empty(), Optional.empty(), Retain.NO));
        assertThat(read(NOBODY, "a")).containsExactly("1");
    }

    @Test
    void aValueForOneUserIsBesideTheOneForEverybody() {
        retain("a", "all");
        publish(List.of("a"), ANN, "ann's", retained());
        assertThat(read(ANN, "a")).containsExactly("all", "ann's");
        assertThat(read(NOBODY, "a")).containsExactly("all");
        clear("a", ANN);
        assertThat(read(ANN, "a")).containsExactly("all");
    }

    @Test
    void aClearedValueIsGoneAndAnOlderOneThatComesLateDoesNotComeBack() {
        retain("a", "1");
        clear("a", NOBODY);
        assertThat(read(NOBODY, "a")).isEmpty();
        assertThat(values.bytes()).isZero();
        values.set(stored(1, "a", "1"));
        assertThat(read(NOBODY, "a")).isEmpty();
        retain("a", "3");
        assertThat(read(NOBODY, "a")).containsExactly("3");
    }

    @Test
    void anOlderValueThatComesLateDoesNotReplaceANewerOne() {
        values.set(stored(7, "a", "7"));
        values.set(stored(5, "a", "5"));
        assertThat(read(NOBODY, "a")).containsExactly("7");
    }

    @Test
    void anExpiredValueIsNotGivenAndItsMemoryIsFreed() {
        publish(List.of("a"), NOBODY, "1", ttl(10));
        retain("b", "2");
        clock.advance(Duration.ofSeconds(10).minusNanos(1));
        values.expire();
        assertThat(read(NOBODY, "a", "b")).containsExactly("1", "2");
        clock.advance(Duration.ofNanos(1));
        assertThat(read(NOBODY, "a", "b")).containsExactly("2");
        assertThat(values.isRetained(new Topic("a"))).isFalse();
        assertThat(values.size()).isEqualTo(2);
        values.expire();
        assertThat(values.size()).isEqualTo(1);
    }

    @Test
    void everyExpiredValueIsFoundHoweverManyTopicsThereAre() {
        for (int i = 0; i < 1500; i++) {
            publish(List.of("t" + i), NOBODY, "x", i % 2 == 0 ? ttl(1) : retained());
        }
        clock.advance(Duration.ofSeconds(1));
        for (int i = 0; i < 3; i++) {
            values.expire();
        }
        assertThat(values.size()).isEqualTo(750);
    }

    @Test
    void whoIsExcludedGetsNoValueNotEvenTheOneBefore() {
        retain("a", "1");
        publish(List.of("a"), NOBODY, "2", new MessageOptions(Optional.empty(), Optional.of(CLIENT), Retain.VALUE));
        assertThat(read(NOBODY, "a")).isEmpty();
        assertThat(texts(reader(NOBODY, Optional.of(ClientId.random()), "a"))).containsExactly("2");
    }

    @Test
    void atTheBoundTheValuesGoThatWereSetLongestAgo() {
        values = new RetainedMessages(3 * cost("a", "xxx"), clock);
        retain("a", "111");
        retain("b", "222");
        retain("c", "333");
        retain("a", "444");
        assertThat(values.dropped()).isZero();
        assertThat(retain("d", "555")).isTrue();
        assertThat(read(NOBODY, "a", "b", "c", "d")).containsExactly("333", "444", "555");
        assertThat(values.dropped()).isEqualTo(1);
        assertThat(values.bytes()).isEqualTo(3 * cost("a", "xxx"));
    }

    @Test
    void aValueThatIsLargerThanAllMayBeCostsNoOtherButTheOneThatItReplaces() {
        values = new RetainedMessages(3 * cost("a", "xxx"), clock);
        retain("a", "111");
        retain("b", "222");
        assertThat(retain("a", "x".repeat(3000))).isTrue();
        assertThat(read(NOBODY, "a", "b")).containsExactly("222");
    }

    @Test
    void withoutRoomNothingIsHeld() {
        values = new RetainedMessages(0, clock);
        retain("a", "1");
        assertThat(read(NOBODY, "a")).isEmpty();
        assertThat(values.mayHave(TestTopics.of("a"), NOBODY)).isFalse();
    }

    @Test
    void patternsFindWhatMatchesAndNothingElse() {
        retain("orders.1", "1");
        retain("orders", "-");
        retain("orders.2.items", "2");
        retain("orders-3", "-");
        publish(List.of("orders.3"), ANN, "3", retained());
        assertThat(read(ANN, "orders.*")).containsExactly("1", "3");
        assertThat(read(ANN, "orders.**")).containsExactly("1", "2", "3");
        assertThat(read(NOBODY, "orders.*.items")).containsExactly("2");
        assertThat(read(NOBODY, "**")).containsExactly("1", "-", "2", "-");
    }

    @Test
    void aValueThatSeveralTopicsFindComesOnce() {
        retain("a.b", "1");
        publish(List.of("a.c", "a.d"), NOBODY, "2", retained());
        assertThat(read(NOBODY, "a.*", "a.b", "**")).containsExactly("1", "2");
        retain("a.c", "3");
        assertThat(read(NOBODY, "a.*")).containsExactly("1", "2", "3");
    }

    @Test
    void ofAValueOnTwoTopicsOfWhichOneHasANewOneMeanwhileTheOtherComes() {
        publish(List.of("a", "b"), NOBODY, "1", retained());
        RetainedReader reader = reader(NOBODY, Optional.of(CLIENT), "a", "b");
        assertThat(reader.prepare(100)).isTrue();
        retain("a", "2");
        assertThat(texts(reader)).containsExactly("1");
    }

    @Test
    void onlyWhatMayMatchIsLookedAt() {
        assertThat(values.mayHave(TestTopics.of("a", "**"), NOBODY)).isFalse();
        publish(List.of("a.b"), ANN, "1", retained());
        assertThat(values.mayHave(TestTopics.of("a.b"), NOBODY)).isFalse();
        assertThat(values.mayHave(TestTopics.of("a.b"), ANN)).isTrue();
        assertThat(values.mayHave(TestTopics.of("a.*"), ANN)).isTrue();
        assertThat(values.mayHave(TestTopics.of("b.*"), ANN)).isFalse();
        assertThat(values.mayHave(TestTopics.of("**"), ANN)).isTrue();
    }

    @Test
    void onlyValuesOfTheSpanCome() {
        retain("a", "1");
        retain("b", "2");
        retain("c", "3");
        Map<Topic, RetainedReader.Span> spans = new LinkedHashMap<>();
        spans.put(new Topic("*"), new RetainedReader.Span(1, 2));
        spans.put(new Topic("c"), new RetainedReader.Span(0, 2));
        assertThat(texts(new RetainedReader(values, spans, NOBODY, Optional.empty())))
                .containsExactly("2");
    }

    @Test
    void moreValuesThanAreRememberedComeInOrderEachOnce() {
        values = new RetainedMessages(1L << 30, clock);
        List<String> expected = new ArrayList<>();
        Random random = new Random(1);
        List<Integer> names = new ArrayList<>();
        int count = 2 * RetainedReader.MOST_AHEAD + 17;
        for (int i = 0; i < count; i++) {
            names.add(i);
        }
        Collections.shuffle(names, random);
        for (int name : names) {
            retain("t." + name, String.valueOf(name));
            expected.add(String.valueOf(name));
        }
        assertThat(texts(reader(NOBODY, Optional.empty(), "t.*", "t.5"))).isEqualTo(expected);
    }

    @Test
    void aPageThatWasNotSentComesAgain() {
        retain("a", "1");
        retain("b", "2");
        RetainedReader reader = reader(NOBODY, Optional.empty(), "*");
        reader.prepare(1000);
        assertThat(reader.page(1, 100)).hasSize(1);
        List<StoredMessage> again = reader.page(10, 1);
        assertThat(again).singleElement().extracting(StoredMessage::sequence).isEqualTo(1L);
        reader.pageSent();
        assertThat(reader.isDone()).isFalse();
        assertThat(reader.page(10, 100))
                .singleElement()
                .extracting(StoredMessage::sequence)
                .isEqualTo(2L);
        reader.pageSent();
        assertThat(reader.isDone()).isTrue();
    }

    @Test
    void aReaderGoesOnWithOtherTopicsAfterWhatItHasGiven() {
        retain("a", "1");
        retain("b", "2");
        retain("c", "3");
        retain("a.a", "4");
        RetainedReader reader = reader(NOBODY, Optional.empty(), "*", "c", "a.a");
        reader.prepare(1000);
        reader.page(2, 100);
        reader.pageSent();
        RetainedReader.Span all = new RetainedReader.Span(0, Long.MAX_VALUE);
        assertThat(texts(reader.of(TestTopics.of("*"), Map.of(new Topic("a"), all))))
                .containsExactly("1", "3");
    }

    @Test
    void whatIsFollowedNoMoreIsForgottenUnlessAPatternStillFollowsIt() {
        values.follow(new Topic("a.b"));
        values.follow(new Topic("a.*"));
        values.follow(new Topic("c"));
        retain("a.b", "1");
        retain("a.c", "2");
        retain("c", "3");
        values.forget(new Topic("a.b"));
        assertThat(read(NOBODY, "**")).containsExactly("1", "2", "3");
        values.follow(new Topic("a.c"));
        values.forget(new Topic("a.*"));
        assertThat(read(NOBODY, "**")).containsExactly("2", "3");
        values.forget(new Topic("c"));
        assertThat(read(NOBODY, "**")).containsExactly("2");
    }

    @Test
    void topicsWithAValueForEverybodyAreListedInOrder() {
        for (int i = 0; i < 100; i++) {
            retain("t" + (100 + i), "x");
        }
        publish(List.of("t150a"), ANN, "x", retained());
        List<Topic> listed = new ArrayList<>();
        Optional<Topic> after = Optional.empty();
        do {
            RetainedMessages.Listing some = values.after(after, 1000);
            listed.addAll(some.topics());
            after = some.next();
        } while (after.isPresent());
        assertThat(listed).hasSize(100).isSorted().doesNotContain(new Topic("t150a"));
        assertThat(values.after(Optional.of(new Topic("t150")), 2).topics())
                .containsExactly(new Topic("t151"), new Topic("t152"));
    }

    /** What is held and found is what a plain map has, whatever is done in whichever order, from seeds that are fixed. */
    @Test
    void atRandomItHoldsWhatAPlainMapDoes() {
        for (int round = 0; round < 50; round++) {
            Random random = new Random(round);
            values = new RetainedMessages(1 << 20, clock);
            Map<TopicLogKey, StoredMessage> model = new TreeMap<>();
            for (int step = 0; step < 200; step++) {
                Optional<UserId> user = random.nextBoolean() ? NOBODY : ANN;
                String topic = "a.".repeat(random.nextInt(3)) + random.nextInt(5);
                boolean clears = random.nextInt(4) == 0;
                publish(List.of(topic), user, "x", clears ? clearing() : retained());
                TopicLogKey key = new TopicLogKey(new Topic(topic), user);
                if (clears) {
                    model.remove(key);
                } else {
                    model.put(key, stored(sequence, topic, "x"));
                }
                Topic asked =
                        new Topic(List.of("**", "*", "a.*", "a.a.**", "a.1").get(random.nextInt(5)));
                List<Long> expected = model.entrySet().stream()
                        .filter(entry -> asked.matches(entry.getKey().topic()))
                        .map(entry -> entry.getValue().sequence())
                        .sorted(Comparator.naturalOrder())
                        .toList();
                assertThat(sequences(reader(ANN, Optional.empty(), asked.name())))
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void aReplayMissesNoValueThoughTheLastOneThatWasLookedUpIsGone() {
        values = new RetainedMessages(1 << 26, clock);
        int more = 10;
        for (int i = 1; i <= RetainedReader.MOST_AHEAD + more; i++) {
            retain("n." + i, "x");
        }
        History history = new History(new HistoryOptions(1, Duration.ofMinutes(1), 1), clock);
        Map<Topic, Long> starts = Map.of(new Topic("n.*"), 0L);
        HistoryReader reading = new HistoryReader(
                history,
                new HistoryReader.Query(starts, NOBODY, 0, sequence, 0),
                new RetainedReader(
                        values,
                        Map.of(new Topic("n.*"), new RetainedReader.Span(0, sequence)),
                        NOBODY,
                        Optional.empty()));
        assertThat(reading.lookUp(Integer.MAX_VALUE)).isTrue();
        clear("n." + RetainedReader.MOST_AHEAD, NOBODY);
        int read = 0;
        HistoryReader.Rest rest = HistoryReader.Rest.MORE;
        while (rest == HistoryReader.Rest.MORE) {
            HistoryReader.Page page = reading.next(100, 1 << 20);
            read += page.messages().size();
            rest = page.rest();
        }
        assertThat(rest).isEqualTo(HistoryReader.Rest.NOTHING);
        assertThat(read).isEqualTo(RetainedReader.MOST_AHEAD + more - 1);
    }

    private boolean retain(String topic, String text) {
        return publish(List.of(topic), NOBODY, text, retained());
    }

    private void clear(String topic, Optional<UserId> user) {
        publish(List.of(topic), user, "null", clearing());
    }

    private boolean publish(List<String> topics, Optional<UserId> user, String text, MessageOptions options) {
        sequence++;
        Message message = new Message(topics.stream().map(Topic::new).toList(), user, Text.of(text), options);
        return values.accept(new AcceptedMessage(new MessageId("e", sequence), 0, message), clock.nanos());
    }

    private StoredMessage stored(long sequence, String topic, String text) {
        Message message = new Message(List.of(new Topic(topic)), NOBODY, Text.of(text), retained());
        return new StoredMessage(sequence, 0, message, clock.nanos());
    }

    private long cost(String topic, String text) {
        return (long) stored(1, topic, text).cost() + RetainedMessages.VALUE_OVERHEAD_BYTES;
    }

    private static MessageOptions retained() {
        return new MessageOptions(Optional.empty(), Optional.empty(), Retain.VALUE);
    }

    private static MessageOptions clearing() {
        return new MessageOptions(Optional.empty(), Optional.empty(), Retain.CLEAR);
    }

    private static MessageOptions ttl(int seconds) {
        return new MessageOptions(Optional.of(Duration.ofSeconds(seconds)), Optional.empty(), Retain.VALUE);
    }

    private List<String> read(Optional<UserId> user, String... topics) {
        return texts(reader(user, Optional.of(CLIENT), topics));
    }

    private RetainedReader reader(Optional<UserId> user, Optional<ClientId> client, String... topics) {
        Map<Topic, RetainedReader.Span> spans = new LinkedHashMap<>();
        TestTopics.of(topics).forEach(topic -> spans.put(topic, new RetainedReader.Span(0, Long.MAX_VALUE)));
        return new RetainedReader(values, spans, user, client);
    }

    private static List<String> texts(RetainedReader reader) {
        return all(reader).stream()
                .map(value -> value.message().text().toString())
                .toList();
    }

    private static List<Long> sequences(RetainedReader reader) {
        return all(reader).stream().map(StoredMessage::sequence).toList();
    }

    private static List<StoredMessage> all(RetainedReader reader) {
        List<StoredMessage> all = new ArrayList<>();
        while (!reader.isDone()) {
            if (reader.prepare(1000)) {
                all.addAll(reader.page(100, 1 << 20));
                reader.pageSent();
            }
        }
        return all;
    }

    private static final class TestTopics {
        static Set<Topic> of(String... names) {
            Set<Topic> topics = new LinkedHashSet<>();
            for (String name : names) {
                topics.add(new Topic(name));
            }
            return topics;
        }
    }
}
