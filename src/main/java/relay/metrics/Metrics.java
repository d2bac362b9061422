package relay.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Takes the metrics of one page, each under the name that it is published by
 * (<a href="https://prometheus.io/docs/practices/naming/">Prometheus's conventions</a>) and with one sentence that says what
 * it is. For the one thread that writes the page.
 */
public final class Metrics {
    private final MetricSnapshots.Builder snapshots;

    Metrics(MetricSnapshots.Builder snapshots) {
        this.snapshots = snapshots;
    }

    /** Adds a value that rises and falls. */
    public void gauge(String name, String help, long value) {
        gauge(name, help, (double) value);
    }

    /** Adds a value that rises and falls and is no whole number. */
    public void gauge(String name, String help, double value) {
        gauge(name, help, value, Labels.EMPTY);
    }

    /** Adds a fact: the gauge 1, with the fact as its one label. */
    public void info(String name, String help, String label, String value) {
        gauge(name, help, 1, Labels.of(label, value));
    }

    /** Adds a number that only grows while the relay runs. */
    public void counter(String name, String help, long value) {
        counter(name, help, List.of(point(value, Labels.EMPTY)));
    }

    /**
     * Adds numbers of one kind that only grow while the relay runs.
     *
     * @param label what tells them apart
     * @param values by what the label says
     */
    public void counters(String name, String help, String label, Map<?, Long> values) {
        List<CounterDataPointSnapshot> points = new ArrayList<>();
        values.forEach((labelValue, value) -> points.add(point(value, Labels.of(label, labelValue.toString()))));
        counter(name, help, points);
    }

    /** Adds durations, or other amounts, and how they are spread. */
    public void histogram(String name, String help, Histogram.Snapshot amounts) {
        List<Double> bounds = new ArrayList<>(amounts.bounds());
        bounds.add(Double.POSITIVE_INFINITY);
        snapshots.metricSnapshot(HistogramSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, amounts.counts()))
                        .sum(amounts.sumSeconds())
                        .build())
                .build());
    }

    private void gauge(String name, String help, double value, Labels labels) {
        snapshots.metricSnapshot(GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(GaugeDataPointSnapshot.builder()
                        .value(value)
                        .labels(labels)
                        .build())
                .build());
    }

    private void counter(String name, String help, List<CounterDataPointSnapshot> points) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
        points.forEach(counter::dataPoint);
        snapshots.metricSnapshot(counter.build());
    }

    private static CounterDataPointSnapshot point(long value, Labels labels) {
        return CounterDataPointSnapshot.builder()
                .value((double) value)
                .labels(labels)
                .build();
    }
}
