/**
 * The load generator {@code java -jar relay.jar bench}: it opens connections to a relay, publishes, and reports how fast the
 * messages arrived and whether each subscriber got each of its messages once and in order. It talks to the relay only over
 * the network.
 *
 * <p>Threads: {@link relay.bench.BenchRun} has the main thread, which waits and shows the progress. Each {@link
 * relay.bench.ReaderLoop} has a selector's thread, which reads a share of the subscribers and counts. Each {@link
 * relay.bench.Publisher} has a thread of its own, which blocks. Their own counts are read once they have ended; {@link
 * relay.bench.Progress} holds what they report meanwhile. All moments are nanoseconds of {@link relay.bench.Clock}.
 *
 * <p>What becomes of a subscriber is its {@link relay.bench.Course}: it stays, or its connections are cut and it comes back, or it
 * does not read. {@link relay.bench.Restarts} has a thread that kills the relay.
 *
 * <p>Imports no other package of Relay, and of libraries Jetty's I/O, HdrHistogram and picocli.
 */
@NullMarked
package relay.bench;

import org.jspecify.annotations.NullMarked;
