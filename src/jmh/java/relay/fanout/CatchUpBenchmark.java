package relay.fanout;

import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import relay.client.Client;
import relay.client.Permissions;
import relay.engine.Archive;
import relay.history.History;
import relay.history.HistoryOptions;
import relay.history.MessageLog;
import relay.history.RetainedMessages;
import relay.message.AcceptedMessage;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;
import relay.outbound.OpenConnection;
import relay.outbound.SendQueue;
import relay.schedule.Ticker;

/**
 * A client catches up on {@value #TOPICS} topics that hold {@value #MESSAGES} messages each, or on all of one; the wire costs
 * nothing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgs = "-Xmx2g")
public class CatchUpBenchmark {
    static final int TOPICS = 1000;
    static final int MESSAGES = 1000;

    private final MessageLog log = new MessageLog(
            new History(new HistoryOptions(MESSAGES, Duration.ofDays(1), Long.MAX_VALUE / 2), Ticker.system()),
            new RetainedMessages(0, Ticker.system()));
    private final Set<Topic> topics = new HashSet<>();
    private final Set<Topic> one = Set.of(new Topic("topic 7"));
    private final SendQueue queue = OpenConnection.openQueue();
    private final Subscriber subscriber = new Subscriber(
            new Client(ClientId.random(), Optional.of(new UserId("1")), Duration.ZERO, Permissions.EVERYTHING),
            SubscribedTopics.NONE,
            0);
    private final Replayer replays = new Replayer(
            log,
            new Counts(),
            new ArchiveReads(Archive.NONE, Runnable::run, new CatchUpQueue((client, queue) -> {})),
            new WatchedMessages(Optional.empty()),
            (client, queue) -> {});
    private long present;

    @Setup
    public void setUp() {
        for (int i = 0; i < TOPICS; i++) {
            topics.add(new Topic("topic " + i));
        }
        Text text = Text.of("x".repeat(100));
        for (int i = 0; i < MESSAGES; i++) {
            for (Topic topic : topics) {
                present++;
                log.append(
                        new AcceptedMessage(
                                new MessageId("8d2b1f0c9a7e6453", present),
                                0,
                                new Message(topic, Optional.empty(), text)),
                        System.nanoTime(),
                        Archive.NOWHERE);
            }
        }
    }

    /** The last so many of each topic are wanted, more than there are. */
    @Benchmark
    public Replayer.Plan plan() {
        return replays.plan(subscriber, topics, new StartPosition.Last(1_000_000), present);
    }

    /** The first step on the way of all topics. */
    @Benchmark
    public Replayer.Outcome firstStep() {
        return replays.advance(subscriber, queue, plan().catchUp(), present);
    }

    /** All messages of all topics, a million. */
    @Benchmark
    public int all() {
        return catchUp(topics);
    }

    /** All messages of one topic, a thousand: what many come back to. */
    @Benchmark
    public int one() {
        return catchUp(one);
    }

    private int catchUp(Set<Topic> wanted) {
        CatchUp catchUp = replays.plan(subscriber, wanted, new StartPosition.Last(1_000_000), present)
                .catchUp();
        int steps = 1;
        while (replays.advance(subscriber, queue, catchUp, present) != Replayer.Outcome.PRESENT) {
            steps++;
        }
        return steps;
    }
}
