/**
 * What is counted, and how it is shown.
 *
 * <p>{@link relay.metrics.Count} and {@link relay.metrics.Latencies} belong to one thread that counts, and are read by any:
 * they cost that thread no more than a plain field. {@link relay.metrics.Figure} is what was read at one moment, with its
 * name; {@link relay.metrics.MetricsPage} writes figures for Prometheus, in whichever thread asks. Imports no other package;
 * no other imports the Prometheus library.
 */
@NullMarked
package relay.metrics;

import org.jspecify.annotations.NullMarked;
