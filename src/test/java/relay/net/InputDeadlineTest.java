package relay.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import relay.net.InputDeadline.Awaited;

class InputDeadlineTest {
    private static final HttpTimeouts TIMES =
            new HttpTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofMinutes(20));

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE);
    private final InputDeadline deadline = new InputDeadline(TIMES, nanos::get);

    private boolean isLateIn(Duration time) {
        return deadline.isLate(nanos.get() + time.toNanos());
    }

    private void serveARequest() {
        deadline.headerBegins();
        deadline.headerIsComplete();
    }

    @Test
    void aNewConnectionHasTheTimeOfAHeaderForAllOfIt() {
        deadline.beginWait(true);
        nanos.addAndGet(Duration.ofSeconds(9).toNanos());
        deadline.headerBegins();
        deadline.beginWait(true);
        assertThat(isLateIn(Duration.ofMillis(999))).isFalse();
        assertThat(isLateIn(Duration.ofSeconds(1))).isTrue();
    }

    @Test
    void aRequestThatIsHandledIsNeverLate() {
        deadline.beginWait(true);
        serveARequest();
        assertThat(isLateIn(Duration.ofDays(1))).isFalse();
    }

    @Test
    void theNextRequestHasTheIdleTimeAndThenThatOfItsHeader() {
        serveARequest();
        deadline.beginWait(false);
        assertThat(deadline.awaits(Awaited.REQUEST)).isTrue();
        assertThat(isLateIn(Duration.ofMinutes(19))).isFalse();
        assertThat(isLateIn(Duration.ofMinutes(20))).isTrue();
        deadline.headerBegins();
        deadline.beginWait(false);
        assertThat(deadline.awaits(Awaited.HEADER)).isTrue();
        assertThat(isLateIn(Duration.ofSeconds(9))).isFalse();
        assertThat(isLateIn(Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void aWakeUpWithoutInputGivesNoMoreTime() {
        serveARequest();
        deadline.beginWait(false);
        nanos.addAndGet(Duration.ofMinutes(19).toNanos());
        deadline.beginWait(false);
        assertThat(isLateIn(Duration.ofMinutes(1))).isTrue();
    }

    @Test
    void aBodyHasTheTimeThatItsReaderGives() {
        serveARequest();
        deadline.awaitBody(nanos.get() + Duration.ofSeconds(30).toNanos());
        assertThat(isLateIn(Duration.ofSeconds(29))).isFalse();
        assertThat(isLateIn(Duration.ofSeconds(30))).isTrue();
        deadline.beginWait(false);
        assertThat(deadline.awaits(Awaited.REQUEST)).isTrue();
    }

    @Test
    void eachWaitMayBeLookedAtOnceMore() {
        serveARequest();
        deadline.beginWait(false);
        assertThat(deadline.mayLookAgain()).isTrue();
        deadline.beginWait(false);
        assertThat(deadline.mayLookAgain()).isFalse();
        serveARequest();
        deadline.beginWait(false);
        assertThat(deadline.mayLookAgain()).isTrue();
    }
}
