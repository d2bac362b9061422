package relay.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.outbound.SendQueue.Outcome;
import relay.testing.FakeConnection;

class SendQueueTest {
    private static final int BOUND = 100;

    private final FakeConnection connection = new FakeConnection();
    private final SendQueue queue = new SendQueue(connection, BOUND, new ConnectionTotals());

    /** Remembers how its write ended. */
    private static final class Ending implements WriteListener {
        private final List<String> told = new ArrayList<>();

        @Override
        public void written() {
            told.add("written");
        }

        @Override
        public void failed(Throwable cause) {
            told.add("failed: " + cause.getMessage());
        }
    }

    @Test
    void whatTheWireTakesAtOnceIsNeverQueued() {
        queue.open();
        assertThat(queue.offer(bytes("one"))).isEqualTo(Outcome.ACCEPTED);
        assertThat(queue.offer(bytes("two"))).isEqualTo(Outcome.ACCEPTED);
        assertThat(connection.writes()).containsExactly("one", "two");
        assertThat(queue.bytes()).isZero();
    }

    @Test
    void nothingIsWrittenBeforeTheHandshakeIsOut() {
        queue.offer(bytes("one "));
        queue.control(bytes("pong "), WriteListener.NONE);
        queue.offer(bytes("two"));
        assertThat(connection.text()).isEmpty();
        assertThat(queue.bytes()).isEqualTo(12);
        queue.open();
        assertThat(connection.text()).isEqualTo("one pong two");
        assertThat(queue.bytes()).isZero();
    }

    @Test
    void theRestOfAShortWriteGoesOutBeforeAnythingNewer() {
        queue.open();
        connection.takesPerWrite(2);
        queue.offer(bytes("abcdef"));
        queue.offer(bytes("ghi"));
        assertThat(connection.text()).isEqualTo("abcd");
        takeAllRests();
        assertThat(connection.text()).isEqualTo("abcdefghi");
        assertThat(queue.bytes()).isZero();
    }

    @Test
    void anAcceptedBufferMayBeUsedAgainAtOnce() {
        queue.open();
        connection.takesPerWrite(1);
        ByteBuffer buffer = ByteBuffer.allocateDirect(3);
        for (String text : List.of("abc", "def", "ghi")) {
            buffer.clear().put(text.getBytes(StandardCharsets.US_ASCII)).flip();
            assertThat(queue.offer(buffer)).isEqualTo(Outcome.ACCEPTED);
            assertThat(buffer.hasRemaining()).isFalse();
        }
        takeAllRests();
        assertThat(connection.text()).isEqualTo("abcdefghi");
    }

    @Test
    void theBoundIsExact() {
        queue.offer(bytes("x".repeat(BOUND - 1)));
        assertThat(queue.offer(bytes("yy"))).isEqualTo(Outcome.FULL);
        assertThat(queue.offer(bytes("y"))).isEqualTo(Outcome.ACCEPTED);
        assertThat(queue.bytes()).isEqualTo(BOUND);
        assertThat(queue.offer(bytes("z"))).isEqualTo(Outcome.FULL);
        queue.open();
        assertThat(connection.text()).isEqualTo("x".repeat(BOUND - 1) + "y");
    }

    @Test
    void whatIsInFlightCountsUntilAllOfItIsOut() {
        queue.open();
        connection.takesPerWrite(0);
        queue.offer(bytes("x".repeat(BOUND)));
        assertThat(queue.offer(bytes("y"))).isEqualTo(Outcome.FULL);
        connection.takesPerWrite(BOUND);
        connection.takeRest();
        assertThat(queue.offer(bytes("y"))).isEqualTo(Outcome.ACCEPTED);
        assertThat(connection.text()).endsWith("xy");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRunLargerThanTheBoundIsTakenWhenNothingWaits(boolean open) {
        if (open) {
            queue.open();
            connection.takesPerWrite(10);
        }
        assertThat(queue.offer(bytes("x".repeat(5 * BOUND)))).isEqualTo(Outcome.ACCEPTED);
        assertThat(queue.offer(bytes("y"))).isEqualTo(Outcome.FULL);
        if (!open) {
            queue.open();
        }
        takeAllRests();
        assertThat(connection.text()).isEqualTo("x".repeat(5 * BOUND));
        assertThat(queue.offer(bytes("y"))).isEqualTo(Outcome.ACCEPTED);
    }

    @Test
    void controlFramesGoInLineAlsoWhenTheQueueIsFull() {
        Ending ending = new Ending();
        queue.offer(bytes("x".repeat(BOUND)));
        queue.control(bytes("pong"), ending);
        assertThat(queue.offer(bytes("y"))).isEqualTo(Outcome.FULL);
        assertThat(ending.told).isEmpty();
        queue.open();
        queue.offer(bytes("y"));
        assertThat(connection.text()).isEqualTo("x".repeat(BOUND) + "pongy");
        assertThat(ending.told).containsExactly("written");
    }

    @Test
    void framesAroundAControlFrameKeepTheirPlaces() {
        connection.takesPerWrite(3);
        queue.offer(bytes("one "));
        queue.offer(bytes("two "));
        queue.control(bytes("pong "), WriteListener.NONE);
        queue.offer(bytes("three "));
        queue.control(bytes("pang "), WriteListener.NONE);
        queue.offer(bytes("four"));
        queue.open();
        takeAllRests();
        assertThat(connection.text()).isEqualTo("one two pong three pang four");
    }

    @Test
    void theListenerHearsWhenTheLastByteIsOut() {
        Ending ending = new Ending();
        queue.open();
        connection.takesPerWrite(1);
        queue.control(bytes("pong"), ending);
        assertThat(ending.told).isEmpty();
        connection.takeRest();
        assertThat(ending.told).containsExactly("written");
    }

    @Test
    void whatAsksThePeerForSomethingWaitsOnceHoweverOftenItIsSaid() {
        queue.open();
        connection.takesPerWrite(0);
        queue.offer(bytes("in flight "));
        for (int i = 0; i < 1000; i++) {
            queue.ask(bytes("ping 1 "));
            queue.ask(bytes("ping 2 "));
        }
        connection.takesPerWrite(Integer.MAX_VALUE).takeRest();
        assertThat(connection.text()).isEqualTo("in flight ping 1 ping 2 ");
        queue.ask(bytes("ping 1 "));
        assertThat(connection.text()).endsWith("ping 2 ping 1 ");
    }

    @Test
    void theCloseFrameIsTheLast() {
        Ending close = new Ending();
        Ending late = new Ending();
        queue.offer(bytes("one "));
        queue.close(bytes("bye"), close);
        assertThat(queue.offer(bytes("two"))).isEqualTo(Outcome.CLOSED);
        queue.control(bytes("pong"), late);
        queue.close(bytes("bye again"), late);
        queue.open();
        assertThat(connection.text()).isEqualTo("one bye");
        assertThat(close.told).containsExactly("written");
        assertThat(late.told).containsExactly("failed: the connection is closing", "failed: the connection is closing");
        assertThat(queue.offer(bytes("three"))).isEqualTo(Outcome.CLOSED);
        assertThat(queue.bytes()).isZero();
    }

    @Test
    void aWireThatBreaksInAnOfferEndsTheQueue() {
        queue.open();
        connection.breakWith(new IOException("reset"));
        assertThat(queue.offer(bytes("one"))).isEqualTo(Outcome.CLOSED);
        assertThat(queue.offer(bytes("two"))).isEqualTo(Outcome.CLOSED);
        assertThat(connection.aborts()).singleElement().hasToString("java.io.IOException: reset");
        assertThat(queue.bytes()).isZero();
    }

    @Test
    void aWireThatBreaksFailsAllThatWaits() {
        Ending pong = new Ending();
        Ending close = new Ending();
        connection.takesPerWrite(1);
        queue.control(bytes("pong"), pong);
        queue.offer(bytes("one"));
        queue.close(bytes("bye"), close);
        queue.open();
        connection.failRest(new IOException("reset"));
        assertThat(pong.told).containsExactly("failed: reset");
        assertThat(close.told).containsExactly("failed: reset");
        assertThat(connection.aborts()).hasSize(1);
        assertThat(queue.bytes()).isZero();
        assertThat(queue.offer(bytes("two"))).isEqualTo(Outcome.CLOSED);
    }

    @Test
    void aWireThatBreaksWhileDrainingFailsAllThatWaits() {
        Ending pong = new Ending();
        queue.offer(bytes("one"));
        queue.control(bytes("pong"), pong);
        connection.breakWith(new IOException("reset"));
        queue.open();
        assertThat(pong.told).containsExactly("failed: reset");
        assertThat(connection.aborts()).hasSize(1);
        assertThat(queue.bytes()).isZero();
    }

    @Test
    void aWireThatRefusesToWaitFailsAllThatWaits() {
        Ending pong = new Ending();
        connection.takesPerWrite(1).refusesTheRest(new IllegalStateException("no more"));
        queue.offer(bytes("one"));
        queue.control(bytes("pong"), pong);
        queue.open();
        assertThat(pong.told).containsExactly("failed: no more");
        assertThat(connection.aborts()).hasSize(1);
        assertThat(queue.offer(bytes("two"))).isEqualTo(Outcome.CLOSED);
    }

    @Test
    void writesThatEndInTheirOwnCallDoNotGrowTheStack() {
        int count = 100_000;
        connection.takesPerWrite(0).takesTheRestAtOnce();
        for (int i = 0; i < count; i++) {
            queue.control(bytes("x"), WriteListener.NONE);
        }
        queue.open();
        assertThat(connection.bytes()).hasSize(count);
        assertThat(queue.bytes()).isZero();
    }

    @Test
    void aListenerThatSendsTheNextFrameDoesNotGrowTheStack() {
        int count = 100_000;
        connection.takesPerWrite(0).takesTheRestAtOnce();
        queue.open();
        queue.control(bytes("x"), new WriteListener() {
            private int sent = 1;

            @Override
            public void written() {
                if (sent < count) {
                    sent++;
                    queue.control(bytes("x"), this);
                }
            }

            @Override
            public void failed(Throwable cause) {
                throw new AssertionError(cause);
            }
        });
        assertThat(connection.bytes()).hasSize(count);
    }

    @Test
    void manyBuffersOfFramesAreOneStreamAndComeBackWhenTheyAreOut() {
        SendBufferPool buffers = new SendBufferPool(100L * SendBufferPool.BYTES);
        SendQueue large =
                new SendQueue(connection, 1 << 20, new ConnectionTotals(buffers, new QueueMemory(Long.MAX_VALUE)));
        StringBuilder expected = new StringBuilder();
        for (int i = 0; expected.length() < 5 * SendBufferPool.BYTES; i++) {
            String frames = i + "x".repeat(i * 97 % 3000);
            large.offer(bytes(frames));
            expected.append(frames);
        }
        assertThat(large.bytes()).isEqualTo(expected.length());
        connection.takesPerWrite(1000);
        large.open();
        takeAllRests();
        assertThat(connection.text()).isEqualTo(expected.toString());
        assertThat(large.bytes()).isZero();
        assertThat(buffers.idle()).isPositive().isEqualTo(buffers.made());
    }

    @Test
    void onlyTheBufferThatIsBeingWrittenDoesNotComeBackFromABrokenWire() {
        SendBufferPool buffers = new SendBufferPool(100L * SendBufferPool.BYTES);
        SendQueue large =
                new SendQueue(connection, 1 << 20, new ConnectionTotals(buffers, new QueueMemory(Long.MAX_VALUE)));
        // The first is as long as what it is made for, so it is not one of them.
        large.offer(bytes("x".repeat(SendBufferPool.BYTES - 1)));
        large.offer(bytes("y".repeat(3 * SendBufferPool.BYTES)));
        assertThat(buffers.made()).isEqualTo(3);
        connection.takesPerWrite(SendBufferPool.BYTES - 1);
        large.open();
        assertThat(connection.text()).endsWith("y");
        connection.failRest(new IOException("reset"));
        connection.takesPerWrite(Integer.MAX_VALUE);
        assertThat(buffers.made()).isEqualTo(2);
        assertThat(buffers.idle()).isEqualTo(2);
        assertThat(large.bytes()).isZero();
    }

    /** Each ping, pong, answer and gap is such a frame: an exception with its stack trace would be 700 bytes more. */
    @Test
    void aFrameOfTheProtocolsOwnCostsLittleMoreMemoryThanAMessage() {
        queue.open();
        ByteBuffer frame = bytes("ping");
        long message = allocatedByEach(() -> queue.offer(frame.rewind()));
        long ofItsOwn = allocatedByEach(() -> queue.ask(frame.rewind()));
        assertThat(ofItsOwn - message).isLessThan(400);
    }

    private static long allocatedByEach(Runnable action) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int times = 1000;
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < times; i++) {
            action.run();
        }
        return (threads.getCurrentThreadAllocatedBytes() - before) / times;
    }

    private void takeAllRests() {
        boolean taken = connection.takeRest();
        while (taken) {
            taken = connection.takeRest();
        }
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }
}
