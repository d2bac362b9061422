package relay.metrics;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Figures as a page that Prometheus reads, with those of the JVM and the process beside them. For any thread.
 *
 * <p>The library is not touched before somebody asks: what it needs for the JVM's figures would make a start slower.
 */
public final class MetricsPage {
    private static final String TOTAL = "_total";

    private final Supplier<List<Figure>> figures;

    /** The page in one of its formats. */
    public record Written(String contentType, String text) {}

    /** @param figures reads all of them, for each page anew; in any thread */
    public MetricsPage(Supplier<List<Figure>> figures) {
        this.figures = figures;
    }

    /**
     * Writes the figures as they are now.
     *
     * @param accept the request's {@code Accept}: OpenMetrics if it names that, else Prometheus's text format
     */
    public Written write(Optional<String> accept) {
        ExpositionFormats formats = ExpositionFormats.init();
        // The library's own choice would be Protobuf for whoever accepts it, which is left out of the jar.
        boolean openMetrics = formats.getOpenMetricsTextFormatWriter().accepts(accept.orElse(""));
        ExpositionFormatWriter writer =
                openMetrics ? formats.getOpenMetricsTextFormatWriter() : formats.getPrometheusTextFormatWriter();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try {
            writer.write(body, snapshots());
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return new Written(writer.getContentType(), body.toString(StandardCharsets.UTF_8));
    }

    private MetricSnapshots snapshots() {
        // The JVM has one of each of its figures, so the library's one registry for all is where they belong: it takes
        // them the first time only.
        JvmMetrics.builder().register();
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        PrometheusRegistry.defaultRegistry.scrape().forEach(all::metricSnapshot);
        figures.get().forEach(figure -> all.metricSnapshot(snapshot(figure)));
        return all.build();
    }

    private static MetricSnapshot snapshot(Figure figure) {
        if (figure instanceof Figure.Gauge gauge) {
            return GaugeSnapshot.builder()
                    .name(gauge.name())
                    .help(gauge.help())
                    .dataPoint(GaugeDataPointSnapshot.builder()
                            .value((double) gauge.value())
                            .build())
                    .build();
        }
        if (figure instanceof Figure.Info info) {
            return GaugeSnapshot.builder()
                    .name(info.name())
                    .help(info.help())
                    .dataPoint(GaugeDataPointSnapshot.builder()
                            .value(1)
                            .labels(Labels.of(info.label(), info.value()))
                            .build())
                    .build();
        }
        if (figure instanceof Figure.Counter counter) {
            return counter(counter)
                    .dataPoint(point(counter.value(), Labels.EMPTY))
                    .build();
        }
        if (figure instanceof Figure.Counters counters) {
            CounterSnapshot.Builder builder = counter(counters);
            counters.values()
                    .forEach((value, count) -> builder.dataPoint(point(count, Labels.of(counters.label(), value))));
            return builder.build();
        }
        return histogram((Figure.Histogram) figure);
    }

    private static CounterSnapshot.Builder counter(Figure figure) {
        return CounterSnapshot.builder()
                .name(figure.name().substring(0, figure.name().length() - TOTAL.length()))
                .help(figure.help());
    }

    private static CounterDataPointSnapshot point(long count, Labels labels) {
        return CounterDataPointSnapshot.builder()
                .value((double) count)
                .labels(labels)
                .build();
    }

    private static HistogramSnapshot histogram(Figure.Histogram histogram) {
        Distribution durations = histogram.durations();
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        int bucket = 0;
        for (double bound : durations.bounds()) {
            buckets.bucket(bound, durations.count(bucket++));
        }
        buckets.bucket(Double.POSITIVE_INFINITY, durations.count(bucket));
        return HistogramSnapshot.builder()
                .name(histogram.name())
                .help(histogram.help())
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(buckets.build())
                        .sum(durations.sumSeconds())
                        .build())
                .build();
    }
}
