package relay.websocket;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import relay.json.Json;
import relay.json.MessageJson;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Text;
import relay.message.Topic;

/** A message of this many bytes becomes a frame. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
public class TextEncodingBenchmark {
    @Param({"100", "10000"})
    private int size;

    private final FrameEncoding encoding = new FrameEncoding(new MessageJson(new Json(32)), false);
    private final MessageId id = new MessageId("8d2b1f0c9a7e6453", 1);
    private AcceptedMessage accepted;
    private ByteBuffer target;

    @Setup
    public void setUp() {
        Message message = new Message(new Topic("cats"), Optional.empty(), Text.of("x".repeat(size)));
        target = ByteBuffer.allocateDirect((int) encoding.maxSize(message));
        accepted = new AcceptedMessage(id, 0, message);
    }

    @Benchmark
    public ByteBuffer encode() {
        encoding.encode(accepted, target.clear());
        return target;
    }
}
