package relay.engine.disk;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How a relay's data is kept on disk.
 *
 * @param directory where; made if it is not there
 * @param sync whether an answer waits until the disk has what it answers
 * @param bytes how much the files may take, about
 * @param age how long messages are kept
 * @param mostMessages of how many messages it is remembered where they are: 16 bytes of memory each
 * @param registerTtl how long a registration waits for its first connection
 * @param idempotencyKeys how many keys of backends are kept, with their answers, and as many of clients
 * @param idempotencyTtl how long they are kept
 * @param retainedBytes how much the retained values may take, about, with what each takes of memory beside its text
 */
public record DiskOptions(
        Path directory,
        Sync sync,
        long bytes,
        Duration age,
        long mostMessages,
        Duration registerTtl,
        int idempotencyKeys,
        Duration idempotencyTtl,
        long retainedBytes) {
    private static final int RETAINED_SHARE = 4;

    /** How much the retained values may really take: no more than a quarter of the files. */
    public long mostRetainedBytes() {
        return Math.min(retainedBytes, bytes / RETAINED_SHARE);
    }

    /** When something counts as stored. */
    public enum Sync {
        /** When the disk has it (fdatasync), one call for all that waits: it survives a power cut. */
        BATCH,
        /** When the operating system has it: it survives the end of the process, but no power cut. */
        NONE
    }
}
