/**
 * Counts, and shows what was counted.
 *
 * <p>{@link relay.metrics.Counter} and {@link relay.metrics.Histogram} have one thread that writes, which they cost no more
 * than a plain field, and any that read: that is why they are not the Prometheus library's own, whose atomic additions every
 * message would pay for. {@link relay.metrics.MetricsPage} writes the page for Prometheus, in whichever thread asks;
 * {@link relay.metrics.Metrics} takes what is on it. Imports no other package. No other package imports the Prometheus
 * library.
 */
@NullMarked
package relay.metrics;

import org.jspecify.annotations.NullMarked;
