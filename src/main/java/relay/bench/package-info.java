/**
 * The load tool behind {@code java -jar relay.jar bench}: it opens connections to a relay, publishes, and says how fast
 * the messages came and whether each subscriber got each of its messages once and in order. It speaks to the relay over
 * the wire alone.
 *
 * <p>Threads: {@link relay.bench.BenchRun} is the one that waits and shows how far it is. A few
 * {@link relay.bench.SubscriberLoop} threads each own a share of the subscribers, with what they counted. Each
 * {@link relay.bench.Publisher} has a thread of its own. What these counted for themselves is read once they have ended;
 * {@link relay.bench.LiveCounts} is what they tell meanwhile. All moments are nanoseconds of {@link relay.bench.Clock}.
 *
 * <p>Imports no other room, and of libraries HdrHistogram and picocli.
 */
@NullMarked
package relay.bench;

import org.jspecify.annotations.NullMarked;
