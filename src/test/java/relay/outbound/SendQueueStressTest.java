package relay.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.outbound.SendQueue.Outcome;
import relay.testing.FakeConnection;

/**
 * One thread offers messages, one sends control frames, one makes the wire take what it had left, all at random: what
 * comes out is whole frames, each once, each kind in its order.
 */
class SendQueueStressTest {
    private static final Logger LOG = LoggerFactory.getLogger(SendQueueStressTest.class);
    private static final byte MESSAGE = 'M';
    private static final byte CONTROL = 'C';
    private static final int MESSAGES = 80_000;
    private static final int CONTROLS = 20_000;
    private static final int LONGEST_PADDING = 60;
    private static final long PAUSE_NANOS = 1000;
    private static final int HEADER = 1 + 4 + 4;

    private final FakeConnection connection = new FakeConnection();
    private final SendQueue queue = new SendQueue(connection, 4096, new ConnectionTotals());
    private final AtomicBoolean done = new AtomicBoolean();

    @Test
    @Timeout(60)
    void nothingIsLostRepeatedTornOrReordered() throws Exception {
        long seed = Long.getLong("relay.stress.seed", System.nanoTime());
        LOG.info("seed {}", seed);
        Random writeSizes = new Random(seed);
        connection.beforeWrite(() -> connection.takesPerWrite(writeSizes.nextInt(3 * LONGEST_PADDING)));
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            Future<?> wire = threads.submit(this::takeRests);
            Future<?> controls = threads.submit(() -> sendControls(new Random(seed + 1)));
            Future<?> messages = threads.submit(() -> offerMessages(new Random(seed + 2)));
            queue.open();
            messages.get();
            controls.get();
            done.set(true);
            wire.get();
        } finally {
            done.set(true);
            threads.shutdownNow();
        }
        assertThat(queue.bytes()).isZero();
        assertThat(connection.overlaps()).isZero();
        assertThat(connection.aborts()).isEmpty();
        check(ByteBuffer.wrap(connection.bytes()));
    }

    private void offerMessages(Random random) {
        ByteBuffer reused = ByteBuffer.allocateDirect(HEADER + LONGEST_PADDING);
        for (int i = 0; i < MESSAGES; i++) {
            put(reused.clear(), MESSAGE, i, random.nextInt(LONGEST_PADDING));
            reused.flip();
            Outcome outcome = queue.offer(reused);
            while (outcome == Outcome.FULL) {
                LockSupport.parkNanos(PAUSE_NANOS);
                outcome = queue.offer(reused);
            }
            assertThat(outcome).isEqualTo(Outcome.ACCEPTED);
            assertThat(reused.hasRemaining()).isFalse();
        }
    }

    private Void sendControls(Random random) throws InterruptedException {
        Semaphore heard = new Semaphore(1);
        WriteListener listener = new WriteListener() {
            @Override
            public void written() {
                heard.release();
            }

            @Override
            public void failed(Throwable cause) {
                throw new AssertionError(cause);
            }
        };
        for (int i = 0; i < CONTROLS; i++) {
            assertThat(heard.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
            ByteBuffer frame = ByteBuffer.allocate(HEADER + LONGEST_PADDING);
            put(frame, CONTROL, i, random.nextInt(LONGEST_PADDING));
            queue.control(frame.flip(), listener);
        }
        assertThat(heard.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        return null;
    }

    private void takeRests() {
        while (!done.get() || queue.bytes() > 0) {
            if (!connection.takeRest()) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private static void put(ByteBuffer target, byte kind, int number, int padding) {
        target.put(kind).putInt(number).putInt(padding);
        for (int i = 0; i < padding; i++) {
            target.put((byte) number);
        }
    }

    private static void check(ByteBuffer stream) {
        List<Integer> messages = new ArrayList<>();
        List<Integer> controls = new ArrayList<>();
        while (stream.hasRemaining()) {
            byte kind = stream.get();
            int number = stream.getInt();
            int padding = stream.getInt();
            for (int i = 0; i < padding; i++) {
                if (stream.get() != (byte) number) {
                    throw new AssertionError("frame " + (char) kind + number + " is torn");
                }
            }
            (kind == MESSAGE ? messages : controls).add(number);
        }
        assertThat(messages).isEqualTo(counting(MESSAGES));
        assertThat(controls).isEqualTo(counting(CONTROLS));
    }

    private static List<Integer> counting(int count) {
        return IntStream.range(0, count).boxed().toList();
    }
}
