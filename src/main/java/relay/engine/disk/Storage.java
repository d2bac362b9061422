package relay.engine.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A directory with files, with the few calls that the log needs. Tests put one in its place that forgets what was not synced, is
 * full, or fails. For any thread.
 */
interface Storage {
    /** A file of it. Reading is for any thread, the rest for one at a time. */
    interface File extends Closeable {
        /** Reads from a position; returns how many bytes, -1 at the end. */
        int read(ByteBuffer target, long position) throws IOException;

        /** Writes to a position; returns how many bytes, perhaps not all. */
        int write(ByteBuffer source, long position) throws IOException;

        /** Returns when the disk has everything that was written (fdatasync). */
        void force() throws IOException;

        void truncate(long size) throws IOException;

        long size() throws IOException;

        /** Takes the lock of this file, until it is closed; false if another process, or another relay in this one, has it. */
        boolean tryLock() throws IOException;

        @Override
        void close() throws IOException;
    }

    /** The names of all files. */
    List<String> names() throws IOException;

    /** Opens a file to read and write; it is made if it is not there. */
    File open(String name) throws IOException;

    /** Opens a file that is there, to read only. */
    File openToRead(String name) throws IOException;

    /** Whether a file is there by its name: one that was deleted can still be written, and ends with the process. */
    boolean has(String name);

    void delete(String name) throws IOException;

    /** Returns when the disk has the names of all files. */
    void sync() throws IOException;

    /** Tells one run of the machine from the next; empty if the system does not say. */
    String bootId();
}
