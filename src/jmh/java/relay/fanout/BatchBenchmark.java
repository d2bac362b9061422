package relay.fanout;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Text;
import relay.message.Topic;
import relay.outbound.OpenConnection;
import relay.outbound.SendQueue;
import relay.publish.Backlog;
import relay.publish.PendingPublish;
import relay.schedule.Ticker;

/** A worker's share of a delivery: {@value #MESSAGES} messages to {@value #SUBSCRIBERS} subscribers, without the socket. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
public class BatchBenchmark {
    static final int MESSAGES = 8;
    static final int SUBSCRIBERS = 1000;

    private static final Batch.Results NOBODY_IS_SLOW = new Batch.Results() {
        @Override
        public void tooSlow(Subscriber subscriber) {
            throw new IllegalStateException("the wire takes everything");
        }

        @Override
        public void failed(Subscriber subscriber) {
            throw new IllegalStateException("nothing goes wrong");
        }

        @Override
        public void toBeAsked(Subscriber subscriber) {}
    };

    private final Backlog backlog = new Backlog(Long.MAX_VALUE);
    private final Batch batch =
            new Batch(Ticker.system(), new Counts(), new Timers(Ticker.system()), new AckSchedule(), 1);
    private final Message message = new Message(new Topic("cats"), Optional.empty(), Text.of("x".repeat(100)));
    private final MessageId id = new MessageId("8d2b1f0c9a7e6453", 1);
    private final List<Subscriber> subscribers = new ArrayList<>();

    @Setup
    public void setUp() {
        for (int i = 0; i < SUBSCRIBERS; i++) {
            Subscriber subscriber = IndexBenchmark.subscriber();
            SendQueue queue = OpenConnection.openQueue();
            subscriber.connected(queue, batch.frames(queue.connection().encoding()));
            subscribers.add(subscriber);
        }
    }

    /** Nanoseconds for each delivery. */
    @Benchmark
    @OperationsPerInvocation(MESSAGES * SUBSCRIBERS)
    public void deliver() {
        for (int i = 0; i < MESSAGES; i++) {
            batch.begin(
                    new AcceptedMessage(id, 0, message),
                    new PendingPublish(
                            message, 0, 1, Optional.empty(), Optional.empty(), backlog, new Queued(connections -> {})),
                    true);
            for (Subscriber subscriber : subscribers) {
                batch.add(subscriber, subscriber.frames());
            }
        }
        batch.flush(NOBODY_IS_SLOW);
    }
}
