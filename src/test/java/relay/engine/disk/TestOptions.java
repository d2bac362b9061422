package relay.engine.disk;

import java.nio.file.Path;
import java.time.Duration;

/** Options of a disk as tests usually want them. */
final class TestOptions {
    private static final int RETAINED_BYTES = 64 << 20;

    private TestOptions() {}

    /** Everything is kept for an hour, by so many bytes at most. */
    static DiskOptions of(Path directory, DiskOptions.Sync sync, long bytes) {
        return new DiskOptions(
                directory,
                sync,
                bytes,
                Duration.ofHours(1),
                1_000_000,
                Duration.ofHours(1),
                100,
                Duration.ofHours(1),
                RETAINED_BYTES);
    }
}
