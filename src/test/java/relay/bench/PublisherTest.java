package relay.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import relay.testing.ManualClock;

class PublisherTest {
    private static final long START = 1_000_000_000_000L;
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final ManualClock time = new ManualClock(START);

    /** Time passes by itself where somebody waits. */
    private final Clock clock = new Clock() {
        @Override
        public long nanos() {
            return time.nanos();
        }

        @Override
        public void waitUntil(long moment) {
            time.advance(Duration.ofNanos(Math.max(0, moment - time.nanos())));
        }
    };

    private final Progress progress = new Progress(new PrintStream(OutputStream.nullOutputStream()), false, clock);
    private final FakeSender sender = new FakeSender();

    @Test
    void aRateIsKept() {
        Publisher publisher = publisher(span(0, SECOND), 100 * MILLI, Integer.MAX_VALUE);
        publisher.run();

        assertThat(sender.dues).hasSize(10).startsWith(0L, 100 * MILLI, 200 * MILLI);
        assertThat(sender.sentAt).isEqualTo(sender.dues);
        assertThat(publisher.measured()).isEqualTo(10);
        assertThat(publisher.latency().getMaxValue()).isLessThan(2 * MILLI);
    }

    @Test
    void aStallCountsForEveryMessageThatHadToWait() {
        sender.stallAt(2, 350 * MILLI);
        Publisher publisher = publisher(span(0, SECOND), 100 * MILLI, Integer.MAX_VALUE);
        publisher.run();

        assertThat(sender.dues).hasSize(10).containsSequence(200 * MILLI, 300 * MILLI, 400 * MILLI, 500 * MILLI);
        assertThat(publisher.latency().getCountBetweenValues(345 * MILLI, 355 * MILLI))
                .isEqualTo(1);
        assertThat(publisher.latency().getCountBetweenValues(245 * MILLI, 255 * MILLI))
                .isEqualTo(1);
        assertThat(publisher.latency().getCountBetweenValues(145 * MILLI, 155 * MILLI))
                .isEqualTo(1);
        assertThat(publisher.latency().getCountBetweenValues(45 * MILLI, 55 * MILLI))
                .isEqualTo(1);
    }

    @Test
    void withoutARateTheNextIsSentAtOnce() {
        sender.everyTakes(10 * MILLI);
        Publisher publisher = publisher(span(0, SECOND), 0, Integer.MAX_VALUE);
        publisher.run();

        assertThat(sender.dues).hasSize(100).startsWith(0L, 10 * MILLI, 20 * MILLI);
        assertThat(publisher.latency().getMaxValue()).isBetween(9 * MILLI, 11 * MILLI);
    }

    @Test
    void withoutARateNothingIsSentBeforeTheStart() {
        time.advance(Duration.ofSeconds(-1));
        sender.everyTakes(10 * MILLI);
        publisher(span(0, SECOND), 0, Integer.MAX_VALUE).run();

        assertThat(sender.dues).hasSize(100).startsWith(0L);
        assertThat(sender.sentAt).isEqualTo(sender.dues);
    }

    @Test
    void theWarmUpIsSentButNotCounted() {
        Publisher publisher = publisher(span(SECOND, SECOND), 100 * MILLI, Integer.MAX_VALUE);
        publisher.run();

        assertThat(sender.dues).hasSize(20);
        assertThat(publisher.sent()).containsExactly(10, 10);
        assertThat(publisher.measured()).isEqualTo(10);
        assertThat(publisher.latency().getTotalCount()).isEqualTo(10);
    }

    @Test
    void itEndsAfterItsShareOfTheMessagesThatCount() {
        Publisher publisher = publisher(span(SECOND, 100 * SECOND), 100 * MILLI, 7);
        publisher.run();

        assertThat(publisher.sent()).containsExactly(8, 9);
        assertThat(publisher.measured()).isEqualTo(7);
    }

    @Test
    void aRelayThatCannotKeepUpIsNotAwaitedForEver() {
        sender.everyTakes(SECOND);
        publisher(span(0, 10 * SECOND), 10 * MILLI, Integer.MAX_VALUE).run();

        assertThat(sender.dues).hasSize(21);
    }

    @Test
    void topicsAreServedInTurnAndCountedEachForItself() {
        publisher(span(0, SECOND), 250 * MILLI, Integer.MAX_VALUE).run();

        assertThat(sender.what).containsExactly("1:0", "0:0", "1:1", "0:1");
    }

    @Test
    void aRefusedMessageIsAFailureAndItsCounterIsUsedAgain() {
        sender.refuse(0);
        Publisher publisher = publisher(span(0, SECOND), 250 * MILLI, Integer.MAX_VALUE);
        publisher.run();

        assertThat(sender.what).containsExactly("1:0", "0:0", "1:0", "0:1");
        assertThat(publisher.failed()).isEqualTo(1);
        assertThat(publisher.sent()).containsExactly(2, 1);
        assertThat(progress.firstError()).contains("not today");
    }

    @Test
    void itGivesUpWhenEverythingIsRefused() {
        for (int i = 0; i < 1000; i++) {
            sender.refuse(i);
        }
        Publisher publisher = publisher(span(0, 1000 * SECOND), 100 * MILLI, Integer.MAX_VALUE);
        publisher.run();

        assertThat(publisher.failed()).isEqualTo(100);
    }

    @Test
    void whatWaitsInAStreamIsFlushedBeforeTheNextIsWaitedFor() {
        publisher(span(0, SECOND), 250 * MILLI, Integer.MAX_VALUE).run();

        assertThat(sender.flushedBefore).containsExactly(250 * MILLI, 500 * MILLI, 750 * MILLI);
    }

    private Publisher publisher(Schedule.Span span, long interval, long quota) {
        return new Publisher(1, 2, new Schedule(clock, span, 0, (double) interval, quota), sender, clock, progress);
    }

    private static Schedule.Span span(long warmup, long duration) {
        return new Schedule.Span(START, START + warmup, START + warmup + duration);
    }

    /** Remembers what it was to send; all moments are nanoseconds after the start. */
    private final class FakeSender implements Sender {
        private final List<Long> dues = new ArrayList<>();
        private final List<Long> sentAt = new ArrayList<>();
        private final List<Long> flushedBefore = new ArrayList<>();
        private final List<String> what = new ArrayList<>();
        private final List<Integer> refused = new ArrayList<>();
        private long takes;
        private int stallNumber = -1;
        private long stall;
        private boolean flushed;

        void everyTakes(long nanos) {
            takes = nanos;
        }

        void stallAt(int number, long nanos) {
            stallNumber = number;
            stall = nanos;
        }

        void refuse(int number) {
            refused.add(number);
        }

        @Override
        public Optional<String> send(int topic, int counter, long due) {
            int number = dues.size();
            dues.add(due - START);
            sentAt.add(clock.nanos() - START);
            what.add(topic + ":" + counter);
            if (flushed) {
                flushedBefore.add(due - START);
            }
            flushed = false;
            time.advance(Duration.ofNanos(number == stallNumber ? stall : takes));
            return refused.contains(number) ? Optional.of("not today") : Optional.empty();
        }

        @Override
        public boolean answersEach() {
            return true;
        }

        @Override
        public void flush() {
            flushed = true;
        }

        @Override
        public long finish() {
            return 0;
        }

        @Override
        public void close() throws IOException {}
    }
}
