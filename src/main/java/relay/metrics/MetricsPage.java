package relay.metrics;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The page that Prometheus reads: the relay's metrics, and those of the JVM and the process. For any thread.
 *
 * <p>The library is not touched before somebody asks for the page: what it loads for the JVM's metrics would make a start
 * slower.
 */
public final class MetricsPage {
    private final Consumer<Metrics> source;

    /** The page in one of its formats. */
    public record Written(String contentType, String text) {}

    /** @param source adds the relay's metrics, for each page anew; in any thread */
    public MetricsPage(Consumer<Metrics> source) {
        this.source = source;
    }

    /**
     * Writes the metrics as they are now.
     *
     * @param accept the request's {@code Accept}: OpenMetrics if it names that, else Prometheus's text format
     */
    public Written write(Optional<String> accept) {
        ExpositionFormats formats = ExpositionFormats.init();
        // The library itself would choose Protobuf for a client that accepts it, which is left out of the jar.
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
        // There is one JVM, so its metrics belong in the library's one global registry, which takes them only once.
        JvmMetrics.builder().register();
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        PrometheusRegistry.defaultRegistry.scrape().forEach(all::metricSnapshot);
        source.accept(new Metrics(all));
        return all.build();
    }
}
