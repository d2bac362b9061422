package relay.hook;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.Semaphore;

/** A disk that is full, fails, or does not answer when the test says so. What was written is there at once. For any thread. */
final class MemoryDisk implements EventsDisk {
    private Bytes content;
    private Bytes fresh = new Bytes();
    private long capacity = Long.MAX_VALUE;
    private boolean failsWrites;
    private boolean failsTruncates;
    private boolean failsSyncs;
    private int copies;
    private int syncs;
    private final Semaphore writes = new Semaphore(Integer.MAX_VALUE / 2);

    private static final class Bytes {
        private byte[] array = {};
        private int size;

        void add(ByteBuffer source, int length) {
            if (size + length > array.length) {
                array = Arrays.copyOf(array, 2 * (size + length));
            }
            source.get(array, size, length);
            size += length;
        }

        byte[] copy() {
            return Arrays.copyOf(array, size);
        }
    }

    MemoryDisk(byte... content) {
        this.content = new Bytes();
        this.content.add(ByteBuffer.wrap(content), content.length);
    }

    synchronized byte[] content() {
        return content.copy();
    }

    /** The room for all files. */
    synchronized void capacity(long bytes) {
        capacity = bytes;
    }

    synchronized void failsWrites(boolean fails) {
        failsWrites = fails;
    }

    synchronized void failsTruncates(boolean fails) {
        failsTruncates = fails;
    }

    synchronized void failsSyncs(boolean fails) {
        failsSyncs = fails;
    }

    /** How often a file has taken the place of the last. */
    synchronized int copies() {
        return copies;
    }

    synchronized int syncs() {
        return syncs;
    }

    /** From now on a write does not return. */
    void hang() {
        writes.drainPermits();
    }

    void answer() {
        writes.release(Integer.MAX_VALUE / 2);
    }

    @Override
    public synchronized InputStream read() {
        return new ByteArrayInputStream(content.copy());
    }

    @Override
    public Output open() {
        return new MemoryOutput(false);
    }

    @Override
    public synchronized Output create() {
        fresh = new Bytes();
        return new MemoryOutput(true);
    }

    @Override
    public synchronized void replace() {
        content = fresh;
        fresh = new Bytes();
        copies++;
    }

    @Override
    public synchronized void discard() {
        fresh = new Bytes();
    }

    @Override
    public synchronized long room() {
        return Math.max(0, capacity - content.size - fresh.size);
    }

    private final class MemoryOutput implements Output {
        private final boolean isFresh;

        MemoryOutput(boolean isFresh) {
            this.isFresh = isFresh;
        }

        @Override
        public void write(ByteBuffer source, long position) throws IOException {
            writes.acquireUninterruptibly();
            writes.release();
            synchronized (MemoryDisk.this) {
                Bytes bytes = isFresh ? fresh : content;
                if (position != bytes.size) {
                    throw new IllegalStateException("there is a hole, or something is written twice");
                }
                boolean fits = source.remaining() <= room() && !failsWrites;
                int length = fits ? source.remaining() : source.remaining() / 2;
                bytes.add(source, length);
                if (!fits) {
                    throw new IOException("No space left on device");
                }
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (MemoryDisk.this) {
                if (failsTruncates) {
                    throw new IOException("Input/output error");
                }
                (isFresh ? fresh : content).size = (int) size;
            }
        }

        @Override
        public void force() throws IOException {
            synchronized (MemoryDisk.this) {
                syncs++;
                if (failsSyncs) {
                    throw new IOException("Input/output error");
                }
            }
        }

        @Override
        public void close() {}
    }
}
