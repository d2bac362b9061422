package relay.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A file system of a few MB, which fills up. To make one, root has to mount it. For one thread. */
public final class SmallDisk implements AutoCloseable {
    private static final String MOUNT = "/bin/mount";

    private final Path directory;

    private SmallDisk(Path directory) {
        this.directory = directory;
    }

    /** An empty one. Fails in CI, and leaves the test out elsewhere, where it may not be mounted. */
    public static SmallDisk ofMegabytes(int size) {
        try {
            Path directory = Files.createTempDirectory("small-disk");
            boolean mounted;
            try (ExternalProgram mount = ExternalProgram.start(
                    Map.of(), MOUNT, "-t", "tmpfs", "-o", "size=" + size + "m", "tmpfs", directory.toString())) {
                mounted = mount.exitStatus() == 0;
            }
            String message = "NOT TESTED: this test needs root, to mount a file system";
            if ("true".equals(System.getenv("CI"))) {
                assertThat(mounted).as(message).isTrue();
            }
            assumeTrue(mounted, message);
            return new SmallDisk(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path directory() {
        return directory;
    }

    /** From now on it has so much room. */
    public void resizeToMegabytes(int size) {
        remount("size=" + size + "m");
    }

    /** From now on nothing on it can be changed. */
    public void makeReadOnly() {
        remount("ro");
    }

    private void remount(String option) {
        ExternalProgram.run(MOUNT, "-o", "remount," + option, directory.toString());
    }

    @Override
    public void close() throws IOException {
        ExternalProgram.run("/bin/umount", directory.toString());
        Files.delete(directory);
    }
}
