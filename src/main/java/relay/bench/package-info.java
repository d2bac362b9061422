/**
 * The load generator {@code java -jar relay.jar bench}: it opens connections to a relay, publishes, and reports how fast the
 * messages arrived and whether each subscriber got each of its messages once and in order. It talks to the relay only over
 * the network.
 *
 * <p>Threads: {@link relay.bench.BenchRun} has the main thread, which waits and shows the progress. A few
 * {@link relay.bench.SubscriberLoop} threads each own a share of the subscribers, with their counts. Each
 * {@link relay.bench.Publisher} has a thread of its own. Their own counts are read once they have ended;
 * {@link relay.bench.LiveCounts} holds what they report meanwhile. All moments are nanoseconds of {@link relay.bench.Clock}.
 *
 * <p>Imports no other package of Relay, and of libraries HdrHistogram and picocli.
 */
@NullMarked
package relay.bench;

import org.jspecify.annotations.NullMarked;
