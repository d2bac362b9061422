package relay.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import relay.message.Topic;
import relay.testing.ManualClock;

class TopicListingTest {
    /** How often it has gone through everything. */
    private int gone;

    private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 1000);
    private final TreeSet<Topic> known = new TreeSet<>();
    private final TopicListing listing = new TopicListing(
            known::contains,
            () -> {
                gone++;
                return List.copyOf(known).stream();
            },
            clock);

    @Test
    void onlyTheFirstPageGoesThroughAllTopics() {
        add("b", "d");
        assertThat(after("a")).containsExactly("b", "d");
        add("a", "c", "e");
        assertThat(after("a")).containsExactly("b", "c", "d", "e");
        assertThat(after("c")).containsExactly("d", "e");
        assertThat(after("e")).isEmpty();
        assertThat(gone).isEqualTo(1);
    }

    @Test
    void aTopicThatGoesAndComesBackIsListedOnce() {
        add("a", "b");
        assertThat(after("")).containsExactly("a", "b");
        known.remove(new Topic("a"));
        add("a");
        known.remove(new Topic("a"));
        add("a");
        assertThat(after("")).containsExactly("a", "b");
    }

    @Test
    void aListingThatNobodyUsesForAMinuteIsDropped() {
        add("a");
        after("");
        clock.advance(Duration.ofNanos(TopicListing.UNUSED_NANOS));
        listing.rest();
        assertThat(listing.isOpen()).isTrue();
        after("");
        clock.advance(Duration.ofNanos(TopicListing.UNUSED_NANOS));
        listing.rest();
        assertThat(listing.isOpen()).isTrue();
        clock.advance(Duration.ofNanos(1));
        listing.rest();
        assertThat(listing.isOpen()).isFalse();
        assertThat(after("")).containsExactly("a");
    }

    @Test
    void whileNobodyListsNoMoreThanABoundIsKeptOfWhatIsNew() {
        add("a");
        after("");
        addMany(TopicListing.MOST_WAITING);
        assertThat(listing.isOpen()).isTrue();
        assertThat(after("")).hasSize(1 + TopicListing.MOST_WAITING);
        addMany(TopicListing.MOST_WAITING + 1);
        assertThat(listing.isOpen()).isFalse();
        assertThat(after("")).hasSize(2 + 2 * TopicListing.MOST_WAITING);
        assertThat(gone).isEqualTo(2);
    }

    @Test
    void whatIsLeftIsKeptForAMinuteAndWhatIsNewComesIntoOrder() {
        add("a", "b", "c");
        after("");
        known.remove(new Topic("b"));
        add("d");
        clock.advance(Duration.ofNanos(TopicListing.AGED_NANOS));
        assertThat(listing.view().sorted()).hasSize(3);
        clock.advance(Duration.ofNanos(1));
        TopicListing.View view = listing.view();
        assertThat(view.sorted()).extracting(Topic::name).containsExactly("a", "c", "d");
        assertThat(view.since()).isEmpty();
        assertThat(gone).isEqualTo(1);
    }

    @Test
    void manyNewTopicsComeIntoOrderBeforeTheMinuteIsOver() {
        add("a");
        for (int i = 0; i < 5; i++) {
            addMany(TopicListing.MOST_WAITING / 2);
            assertThat(after("")).hasSize(known.size()).isSorted();
        }
        assertThat(listing.view().since()).hasSizeLessThanOrEqualTo(TopicListing.MOST_WAITING);
        assertThat(listing.view().sorted()).hasSizeGreaterThan(TopicListing.MOST_WAITING);
        assertThat(gone).isEqualTo(1);
    }

    private void addMany(int number) {
        int first = known.size();
        IntStream.range(first, first + number).forEach(i -> add("new " + i));
    }

    private void add(String... names) {
        for (String name : names) {
            Topic topic = new Topic(name);
            known.add(topic);
            listing.announce(topic);
        }
    }

    private List<String> after(String name) {
        List<String> names = new ArrayList<>();
        listing.view()
                .forEachAfter(Optional.of(name).filter(text -> !text.isEmpty()).map(Topic::new), topic -> {
                    names.add(topic.name());
                    return true;
                });
        return names;
    }
}
