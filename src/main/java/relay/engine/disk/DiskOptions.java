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
 * @param idempotencyKeys how many keys of publishers are kept, with their answers
 * @param idempotencyTtl how long they are kept
 */
public record DiskOptions(
        Path directory,
        Sync sync,
        long bytes,
        Duration age,
        long mostMessages,
        Duration registerTtl,
        int idempotencyKeys,
        Duration idempotencyTtl) {
    /** When something counts as stored. */
    public enum Sync {
        /** When the disk has it (fdatasync), one call for all that waits: it survives a power cut. */
        BATCH,
        /** When the operating system has it: it survives the end of the process, but no power cut. */
        NONE
    }
}
