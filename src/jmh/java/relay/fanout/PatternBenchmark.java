package relay.fanout;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import relay.message.Topic;
import relay.schedule.Ticker;

/**
 * Finding the recipients of a message, as a worker does for each: the members of its topic, and of each pattern that it matches. All
 * topics and patterns have a subscriber; the published topics are {@value #PUBLISHED} of them, in turn.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xmx2g", "-XX:+UseSerialGC"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class PatternBenchmark {
    /** A power of two. */
    private static final int PUBLISHED = 1 << 12;

    private static final int SHOPS_WITHOUT_PATTERNS = 10_000;

    /** Apart from any number of topics: so the published topics are spread over all. */
    private static final long STRIDE = 7919;

    private final Subscriber subscriber = IndexBenchmark.subscriber();
    private final List<TopicIndex.Members> matching = new ArrayList<>();
    private final Topic[] none = new Topic[PUBLISHED];
    private final Topic[] nearly = new Topic[PUBLISHED];
    private final Topic[] one = new Topic[PUBLISHED];

    @Param({"0", "100", "10000"})
    private int patterns;

    @Param("1000000")
    private int topics;

    private TopicTable table;
    private TopicIndex index;
    private int next;

    /** By how their topics match a pattern, where there are any. */
    private enum Match {
        NONE,
        NEARLY,
        ONE;

        private static final List<Match> ALL = List.of(values());

        Topic topic(long shop, long order) {
            String first = this == NONE ? "stock." : "orders.";
            String last = this == NEARLY ? ".open" : ".paid";
            return new Topic(first + shop + '.' + order + last);
        }
    }

    @Setup
    public void setUp() {
        table = new TopicTable(1, Ticker.system());
        index = new TopicIndex(table, 0);
        int shops = patterns == 0 ? SHOPS_WITHOUT_PATTERNS : patterns;
        for (int i = 0; i < topics; i++) {
            int order = i / Match.ALL.size();
            join(Match.ALL.get(i % Match.ALL.size()).topic(order % shops, order));
        }
        for (int shop = 0; shop < patterns; shop++) {
            join(new Topic("orders." + shop + ".*.paid"));
        }
        for (int i = 0; i < PUBLISHED; i++) {
            // Other instances than those in the table: as those that a request brings.
            long order = i * STRIDE % (topics / Match.ALL.size());
            none[i] = Match.NONE.topic(order % shops, order);
            nearly[i] = Match.NEARLY.topic(order % shops, order);
            one[i] = Match.ONE.topic(order % shops, order);
        }
        requireFound(none, 0);
        requireFound(nearly, 0);
        requireFound(one, patterns == 0 ? 0 : 1);
    }

    private void join(Topic topic) {
        table.enter(Set.of(topic));
        index.join(table.find(topic), subscriber);
    }

    /** What is found of the wrong topics in no time says nothing. */
    private void requireFound(Topic[] published, int byPattern) {
        for (Topic topic : published) {
            int found = find(topic);
            if (found != 1 + byPattern) {
                throw new IllegalStateException(topic + " has " + found + " subscribers, not " + (1 + byPattern));
            }
        }
    }

    /** Its first segment is that of no pattern. */
    @Benchmark
    public int matchesNone() {
        return find(next(none));
    }

    /** Its last segment is another than that of a pattern. */
    @Benchmark
    public int matchesNearlyOne() {
        return find(next(nearly));
    }

    @Benchmark
    public int matchesOne() {
        return find(next(one));
    }

    private Topic next(Topic[] published) {
        return published[next++ & PUBLISHED - 1];
    }

    /** As in {@link Recipients#forEach}; the subscribers found. */
    private int find(Topic topic) {
        int found = index.members(topic).size();
        if (!index.hasNoPatterns()) {
            index.addMatching(topic, matching);
            for (int i = 0; i < matching.size(); i++) {
                found += matching.get(i).size();
            }
            matching.clear();
        }
        return found;
    }
}
