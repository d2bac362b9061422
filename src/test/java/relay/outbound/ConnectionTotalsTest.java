package relay.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import relay.testing.FakeConnection;

/** What waits in all queues: each byte is added once, and leaves in whichever way the queue lets go of it. */
class ConnectionTotalsTest {
    private final ConnectionTotals totals = new ConnectionTotals();
    private final FakeConnection connection = new FakeConnection();
    private final FakeConnection other = new FakeConnection();

    @Test
    void whatTheWireTakesWholeNeverWaits() {
        SendQueue queue = opened(connection);
        connection.beforeWrite(() -> assertThat(totals.queuedBytes()).isZero());
        queue.offer(bytes("taken whole"));
        assertThat(totals.queuedBytes()).isZero();
        assertThat(connection.text()).isEqualTo("taken whole");
    }

    @Test
    void whatWaitsInSeveralQueuesAddsUpUntilItHasGoneOut() {
        SendQueue first = opened(connection.takesPerWrite(4));
        SendQueue second = opened(other.takesPerWrite(0));
        first.offer(bytes("1234567890"));
        assertThat(totals.queuedBytes()).isEqualTo(6);
        first.offer(bytes("12345"));
        second.control(bytes("123"), WriteListener.NONE);
        assertThat(totals.queuedBytes()).isEqualTo(6 + 5 + 3);
        connection.takesPerWrite(Integer.MAX_VALUE).takeRest();
        assertThat(totals.queuedBytes()).isEqualTo(3);
        other.takeRest();
        assertThat(totals.queuedBytes()).isZero();
    }

    @Test
    void whatABrokenWireDidNotTakeWaitsNoLonger() {
        SendQueue queue = opened(connection.takesPerWrite(0));
        queue.offer(bytes("in flight"));
        queue.offer(bytes("behind it"));
        connection.failRest(new IOException("broken"));
        assertThat(totals.queuedBytes()).isZero();
    }

    @Test
    void whatGatheredForAConnectionThatNeverOpenedWaitsNoLonger() {
        SendQueue queue = new SendQueue(connection, 1000, totals);
        queue.offer(bytes("too early"));
        assertThat(totals.queuedBytes()).isEqualTo(9);
        queue.fail(new IOException("no handshake"));
        assertThat(totals.queuedBytes()).isZero();
        assertThat(queue.offer(bytes("more"))).isEqualTo(SendQueue.Outcome.CLOSED);
    }

    @Test
    void writeThatEndsAfterItsQueueHasFailedTakesNothingAwayTwice() {
        SendQueue queue = opened(connection.takesPerWrite(0));
        SendQueue bystander = opened(other.takesPerWrite(0));
        bystander.offer(bytes("still waits"));
        queue.offer(bytes("in flight"));
        queue.fail(new IOException("given up"));
        connection.takeRest();
        assertThat(queue.bytes()).isZero();
        assertThat(totals.queuedBytes()).isEqualTo(11);
    }

    @Test
    void closesCountByCode() {
        totals.closed(4408);
        totals.closed(1001);
        totals.closed(4408);
        assertThat(totals.closes()).isEqualTo(Map.of(1001, 1L, 4408, 2L));
    }

    private SendQueue opened(FakeConnection wire) {
        SendQueue queue = new SendQueue(wire, 1000, totals);
        queue.open();
        return queue;
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
