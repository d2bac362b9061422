package relay.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TimelineTest {
    private static final long MILLI = 1_000_000;
    private static final long YEAR = 365L * 24 * 3600 * 1000 * MILLI;

    private final Timeline timeline = new Timeline();

    @Test
    void nothingIsKnownBeforeTheFirstMessage() {
        assertThat(timeline.at(5)).isEqualTo(new Timeline.Span(0, Long.MAX_VALUE));
    }

    @Test
    void eachOfSeldomMessagesIsKnown() {
        for (int i = 1; i <= 10; i++) {
            timeline.add(i, i * 10L * MILLI);
        }
        assertThat(timeline.at(50 * MILLI)).isEqualTo(new Timeline.Span(4, 4));
        assertThat(timeline.at(50 * MILLI + 1)).isEqualTo(new Timeline.Span(5, 5));
        assertThat(timeline.at(1)).isEqualTo(new Timeline.Span(0, 0));
        assertThat(timeline.at(200 * MILLI)).isEqualTo(new Timeline.Span(10, Long.MAX_VALUE));
    }

    @Test
    void theLastMessageBeforeAPauseIsKnown() {
        for (int i = 1; i <= 10; i++) {
            timeline.add(i, i);
        }
        timeline.add(11, 500 * MILLI);
        assertThat(timeline.size()).isEqualTo(3);
        assertThat(timeline.at(11)).isEqualTo(new Timeline.Span(10, 10));
        assertThat(timeline.at(10)).isEqualTo(new Timeline.Span(1, 9));
    }

    @Test
    void aClockThatGoesBackStaysWhereItWas() {
        timeline.add(1, 50 * MILLI);
        timeline.add(2, 20 * MILLI);
        timeline.add(3, 70 * MILLI);
        assertThat(timeline.at(50 * MILLI)).isEqualTo(new Timeline.Span(0, 0));
        assertThat(timeline.at(60 * MILLI)).isEqualTo(new Timeline.Span(2, 2));
    }

    @Test
    void aYearTakesNoMoreThanItMayAndEachTimeIsKnownAsExactlyAsItIsLongAgo() {
        Random random = new Random(1);
        long begin = Long.MAX_VALUE - YEAR / 2;
        long sequence = 0;
        // Busy for a while, quiet for a while, at very different speeds.
        long now = begin;
        while (now - begin < YEAR) {
            long pause = MILLI << random.nextInt(26);
            for (int i = 0; i < 2000 && now - begin < YEAR; i++) {
                now += pause;
                timeline.add(++sequence, now);
                assertThat(timeline.size()).isLessThanOrEqualTo(Timeline.MOST);
            }
        }
        long last = now;
        for (long ago = 10 * MILLI; ago < YEAR; ago = ago * 3 / 2) {
            Timeline.Span span = timeline.at(last - ago);
            Timeline.Span earlier = timeline.at(last - ago - ago / 100 - 10 * MILLI);
            Timeline.Span later = timeline.at(last - ago + ago / 100 + 10 * MILLI);
            assertThat(earlier.most()).isLessThanOrEqualTo(span.most());
            assertThat(earlier.least()).isLessThanOrEqualTo(span.least());
            assertThat(later.least()).isGreaterThanOrEqualTo(earlier.most());
        }
    }
}
