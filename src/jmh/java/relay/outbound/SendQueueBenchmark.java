package relay.outbound;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What a queue adds to a write that the wire takes whole: of messages, and of a frame of its own, as a ping, a pong, an
 * answer and a gap are.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
public class SendQueueBenchmark {
    private final SendQueue queue = OpenConnection.openQueue();
    private final ByteBuffer frame = ByteBuffer.allocateDirect(104);

    @Benchmark
    public SendQueue.Outcome offer() {
        return queue.offer(frame.clear());
    }

    @Benchmark
    public void control() {
        queue.control(frame.clear(), WriteListener.NONE);
    }

    @Benchmark
    public void ask() {
        queue.ask(frame.clear());
    }
}
