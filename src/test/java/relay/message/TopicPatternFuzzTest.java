package relay.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import relay.testing.ReferenceRules;

class TopicPatternFuzzTest {
    private static final int MOST_LINES = 9;

    /** The first line is the topic, the others are patterns. */
    @FuzzTest
    void aTopicIsOfTheFamilyThatItsSegmentsSay(FuzzedDataProvider data) {
        String[] lines = data.consumeRemainingAsString().split("\n", MOST_LINES);
        Optional<Topic> topic = topic(lines[0]);
        List<TopicPattern> patterns = new ArrayList<>();
        for (int i = 1; i < lines.length; i++) {
            pattern(lines[i]).ifPresent(patterns::add);
        }
        topic.ifPresent(given -> check(given, patterns));
    }

    private static void check(Topic topic, List<TopicPattern> patterns) {
        for (TopicPattern pattern : patterns) {
            assertThat(pattern.matches(topic)).isEqualTo(ReferenceRules.fits(pattern.text(), topic.name()));
            assertThat(pattern.matches(new Topic(pattern.text().replace('*', 'x'))))
                    .isTrue();
        }
        TopicFilter filter = TopicFilter.of(patterns);
        boolean fitsOne = patterns.stream().anyMatch(pattern -> ReferenceRules.fits(pattern.text(), topic.name()));
        assertThat(filter.allows(topic)).isEqualTo(fitsOne);
        assertThat(filter.refused(List.of(topic))).isEqualTo(fitsOne ? Optional.empty() : Optional.of(topic));
        List<TopicPattern> first = patterns.subList(0, patterns.size() / 2);
        assertThat(filter.and(TopicFilter.of(first)).allows(topic))
                .isEqualTo(first.stream().anyMatch(pattern -> ReferenceRules.fits(pattern.text(), topic.name())));
    }

    private static Optional<Topic> topic(String text) {
        try {
            Topic topic = new Topic(text);
            assertThat(ReferenceRules.isTopicOrPattern(text)).isTrue();
            assertThat(topic.isPattern()).isEqualTo(!ReferenceRules.isTopic(text));
            return topic.isPattern() ? Optional.empty() : Optional.of(topic);
        } catch (InvalidInputException e) {
            ReferenceRules.assertForPeople(e);
            assertThat(ReferenceRules.isTopicOrPattern(text)).isFalse();
            return Optional.empty();
        }
    }

    private static Optional<TopicPattern> pattern(String text) {
        try {
            TopicPattern pattern = new TopicPattern(text);
            assertThat(ReferenceRules.isPattern(text)).isTrue();
            return Optional.of(pattern);
        } catch (InvalidInputException e) {
            ReferenceRules.assertForPeople(e);
            assertThat(ReferenceRules.isPattern(text)).isFalse();
            return Optional.empty();
        }
    }
}
