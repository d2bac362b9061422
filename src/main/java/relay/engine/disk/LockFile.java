package relay.engine.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import relay.engine.disk.DiskOptions.Sync;

/**
 * The file {@code lock}: one process at a time has its lock, and what it says tells the next how that process ended. It has one block,
 * which is written over, so that it needs no new space and a power cut does not leave half of it.
 */
final class LockFile {
    static final String NAME = "lock";

    private static final int BYTES = 512;

    private final Storage.File file;

    /**
     * What a run has written.
     *
     * @param pid of its process
     * @param bootId of the machine
     * @param stopped whether it has ended well: then the log ends where it says
     * @param sync whether it waited for the disk
     * @param end where the log ended, if it was stopped
     */
    record Run(long pid, String bootId, boolean stopped, Sync sync, long end) {
        private String text() {
            return "pid=" + pid + "\nboot_id=" + bootId + "\nstate=" + (stopped ? "stopped" : "running") + "\nsync="
                    + sync.name().toLowerCase(Locale.ROOT) + "\nend=" + end + "\n";
        }
    }

    private LockFile(Storage.File file) {
        this.file = file;
    }

    /** Takes the lock; empty if another relay has it. */
    static Optional<LockFile> take(Storage storage) throws IOException {
        Storage.File file = storage.open(NAME);
        if (file.tryLock()) {
            return Optional.of(new LockFile(file));
        }
        file.close();
        return Optional.empty();
    }

    /** What the last run has written; empty if nothing is there that can be read. */
    Optional<Run> read() throws IOException {
        return read(file);
    }

    /** The same for a file that is only read. */
    static Optional<Run> read(Storage.File file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        while (bytes.hasRemaining() && file.read(bytes, bytes.position()) > 0) {
            // On to the rest.
        }
        String text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
        Map<String, String> values = Arrays.stream(text.split("\n"))
                .map(line -> line.split("=", 2))
                .filter(pair -> pair.length == 2)
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1], (first, second) -> first));
        try {
            return Optional.of(new Run(
                    Long.parseLong(values.getOrDefault("pid", "")),
                    values.getOrDefault("boot_id", ""),
                    values.getOrDefault("state", "").equals("stopped"),
                    Sync.valueOf(values.getOrDefault("sync", "").toUpperCase(Locale.ROOT)),
                    Long.parseLong(values.getOrDefault("end", ""))));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The disk has it when this returns. */
    void write(Run run) throws IOException {
        byte[] block = new byte[BYTES];
        Arrays.fill(block, (byte) '\n');
        byte[] text = run.text().getBytes(StandardCharsets.UTF_8);
        System.arraycopy(text, 0, block, 0, text.length);
        SegmentLog.writeFully(file, ByteBuffer.wrap(block), 0);
        file.force();
    }

    /** Gives the lock back. */
    void close() throws IOException {
        file.close();
    }
}
