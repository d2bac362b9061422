package relay.fanout;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
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
import org.openjdk.jmh.infra.Blackhole;
import relay.client.Client;
import relay.client.Permissions;
import relay.message.ClientId;
import relay.message.Topic;
import relay.message.UserId;
import relay.schedule.Ticker;

/** Joining, leaving and going through a topic that has this many subscribers. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
public class IndexBenchmark {
    private static final Topic TOPIC = new Topic("cats");

    @Param({"10", "1000", "100000"})
    private int subscribers;

    private TopicIndex index;
    private SubscribedTopic topic;
    private Subscriber newcomer;

    @Setup
    public void setUp() {
        TopicTable topics = new TopicTable(1, Ticker.system());
        topics.enter(Set.of(TOPIC));
        topic = topics.find(TOPIC);
        index = new TopicIndex(topics, 0);
        newcomer = subscriber();
        for (int i = 0; i < subscribers; i++) {
            index.join(topic, subscriber());
        }
    }

    @Benchmark
    public void joinAndLeave() {
        index.leave(index.join(topic, newcomer));
    }

    @Benchmark
    public void iterate(Blackhole hole) {
        TopicIndex.Members members = index.members(TOPIC);
        for (int i = 0; i < members.size(); i++) {
            hole.consume(members.get(i));
        }
    }

    static Subscriber subscriber() {
        return new Subscriber(
                new Client(ClientId.random(), Optional.of(new UserId("1")), Duration.ZERO, Permissions.EVERYTHING),
                SubscribedTopics.NONE,
                0);
    }
}
