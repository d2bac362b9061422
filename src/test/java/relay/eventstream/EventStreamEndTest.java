package relay.eventstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.eclipse.jetty.io.ByteArrayEndPoint;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import relay.outbound.CloseReason;
import relay.outbound.ConnectionTotals;
import relay.schedule.Ticker;
import relay.testing.LineEncoding;

/** A stream that has ended is kept by no timer. */
class EventStreamEndTest {
    private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1);
    private final ScheduledExecutorScheduler scheduler = new ScheduledExecutorScheduler(timers);
    private final ByteArrayEndPoint endPoint = new ByteArrayEndPoint();
    private final EventStream stream = new EventStream(
            endPoint,
            new LocalConnector(new Server(), Runnable::run, scheduler, null, 1, new HttpConnectionFactory()),
            Framing.CHUNKED,
            new LineEncoding(""),
            Ticker.system(),
            1000,
            new ConnectionTotals(),
            queue -> {},
            () -> {});

    @BeforeEach
    void begin() throws Exception {
        timers.setRemoveOnCancelPolicy(true);
        scheduler.start();
        endPoint.setConnection(stream);
        endPoint.onOpen();
        stream.onOpen();
    }

    @AfterEach
    void shutDown() {
        timers.shutdownNow();
    }

    @Test
    void whenItsPeerEndsItNoTimerIsLeft() {
        stream.close(CloseReason.DELETED);
        assertThat(timers.getQueue()).as("the time that its peer has").hasSize(1);
        endPoint.close();
        stream.onClose(null);
        assertThat(timers.getQueue()).isEmpty();
    }

    @Test
    void whenItIsAbortedNoTimerIsLeft() {
        stream.close(CloseReason.DELETED);
        stream.abort(new IOException("broken"));
        assertThat(timers.getQueue()).isEmpty();
    }

    @Test
    void whenItIsClosedAfterItsEndNoTimerIsBegun() {
        endPoint.close();
        stream.onClose(null);
        stream.close(CloseReason.DELETED);
        assertThat(timers.getQueue()).isEmpty();
    }
}
