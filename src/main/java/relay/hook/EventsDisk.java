package relay.hook;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * Where the file of an outbox is, and the one that is to take its place. Tests put one in its place that is full, fails, or does not
 * answer. For one thread.
 */
interface EventsDisk {
    /** A file that is open to be written. */
    interface Output extends Closeable {
        /** Writes all of it, to a position; if that fails, perhaps a part. */
        void write(ByteBuffer source, long position) throws IOException;

        void truncate(long size) throws IOException;

        /** Returns when the disk has everything that was written. */
        void force() throws IOException;

        @Override
        void close() throws IOException;
    }

    /** The file from its beginning; empty if it is not there. */
    InputStream read() throws IOException;

    /** Opens the file; it is made if it is not there. */
    Output open() throws IOException;

    /** Makes the one that is to take its place, anew. */
    Output create() throws IOException;

    /** It takes its place, at once and as a whole. */
    void replace() throws IOException;

    /** It is not needed, if it is there. */
    void discard() throws IOException;

    /** How many bytes there is room for. */
    long room() throws IOException;
}
