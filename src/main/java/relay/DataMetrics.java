package relay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import relay.engine.disk.DiskEngine;
import relay.engine.disk.DiskFigures;
import relay.metrics.Metrics;

/**
 * The metrics of a relay that keeps its data on disk. For any thread; nothing waits for the disk.
 *
 * @param mostBytes how much the files may take, about
 */
record DataMetrics(DiskEngine engine, Path directory, long mostBytes) {
    private static final Logger LOG = LoggerFactory.getLogger(DataMetrics.class);

    /** Adds all of them, as they are now. */
    void addTo(Metrics metrics) {
        DiskFigures now = engine.figures();
        metrics.gauge(
                "relay_data_up",
                "1 while the disk takes what is stored, 0 while it is full or has failed: publishers then get 503.",
                now.takesMessages() ? 1 : 0);
        metrics.gauge("relay_data_bytes", "What the files in --data take.", now.bytes());
        metrics.gauge(
                "relay_data_limit_bytes",
                "How much that may be, about: at this the oldest messages are deleted.",
                mostBytes);
        addFree(metrics);
        metrics.gauge("relay_data_segments", "Files that hold the messages, one after the other.", now.segments());
        metrics.gauge("relay_data_messages", "Messages on disk.", now.messages());
        metrics.gauge("relay_data_registrations", "Registrations on disk.", now.registrations());
        metrics.gauge("relay_data_idempotency_keys", "Idempotency-Keys on disk.", now.idempotencyKeys());
        metrics.gauge("relay_data_retained_values", "Retained values on disk.", now.retainedValues());
        metrics.histogram(
                "relay_data_sync_seconds",
                "How long the disk took to confirm what was written (fdatasync): all that wait share one.",
                now.syncs());
        metrics.histogram("relay_data_group_messages", "Messages that were written together.", now.groups());
        metrics.gauge(
                "relay_data_recovery_seconds", "How long the relay read its data at the start.", now.recoverySeconds());
        metrics.gauge(
                "relay_data_damaged_ranges",
                "Damaged parts of the files that the relay found at the start.",
                now.damagedRanges());
    }

    private void addFree(Metrics metrics) {
        try {
            metrics.gauge(
                    "relay_data_free_bytes",
                    "What the file system of --data has left for the relay.",
                    Files.getFileStore(directory).getUsableSpace());
        } catch (IOException e) {
            LOG.warn("the file system of --data {} does not say how much it has left", directory, e);
        }
    }
}
