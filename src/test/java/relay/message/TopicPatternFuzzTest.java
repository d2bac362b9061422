package relay.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

class TopicPatternFuzzTest {
    /** The first line is the pattern, the second the topic. */
    @FuzzTest
    void aTopicIsOfTheFamilyThatItsSegmentsSay(byte[] input) {
        String[] lines = new String(input, StandardCharsets.UTF_8).split("\n", 2);
        TopicPattern pattern;
        Topic topic;
        try {
            pattern = new TopicPattern(lines[0]);
            topic = new Topic(lines[lines.length - 1]);
        } catch (InvalidInputException e) {
            return;
        }
        assertThat(pattern.matches(topic)).isEqualTo(fits(pattern.text(), topic.name()));
        assertThat(pattern.matches(new Topic(pattern.text().replace('*', 'x')))).isTrue();
    }

    private static boolean fits(String pattern, String topic) {
        String[] wanted = pattern.split("\\.", -1);
        String[] given = topic.split("\\.", -1);
        boolean fits = wanted.length == given.length;
        for (int i = 0; fits && i < wanted.length; i++) {
            fits = wanted[i].equals(given[i]) || (wanted[i].equals("*") && !given[i].isEmpty());
        }
        return fits;
    }
}
