package relay.engine.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;

/**
 * A disk in memory that can fail like a real one: it forgets what was not synced, tears writes, is full, and does not answer a sync. It
 * dies at a chosen call; what is left of it can be opened again.
 */
final class TestDisk implements Storage {
    private static final int BLOCK = 512;

    /** A file, what of it is written, and what of that would survive a power cut. */
    private static final class Node {
        private byte[] written = new byte[0];
        private int size;
        private byte[] safe = new byte[0];
        private final List<long[]> unsafe = new ArrayList<>();
        private boolean locked;
        private long unreadable = -1;

        byte[] bytes() {
            return Arrays.copyOf(written, size);
        }

        void write(ByteBuffer source, int length, int at) {
            if (at + length > written.length) {
                written = Arrays.copyOf(written, Math.max(2 * written.length, at + length));
            }
            source.get(written, at, length);
            size = Math.max(size, at + length);
            unsafe.add(new long[] {at, length});
        }

        void truncate(int to) {
            if (to < size) {
                Arrays.fill(written, to, size, (byte) 0);
                size = to;
                unsafe.add(new long[] {to, 0});
            }
        }

        void force() {
            if (safe.length != size) {
                safe = Arrays.copyOf(safe, size);
            }
            for (long[] range : unsafe) {
                int from = (int) Math.min(range[0], size);
                System.arraycopy(written, from, safe, from, (int) Math.min(range[1], size - from));
            }
            unsafe.clear();
        }

        /** The same, in the eyes of another process. */
        Node copy() {
            Node node = new Node();
            node.written = bytes();
            node.size = size;
            node.safe = safe.clone();
            node.unsafe.addAll(unsafe);
            return node;
        }

        static Node of(byte[] content) {
            Node node = new Node();
            node.written = content;
            node.size = content.length;
            node.safe = content.clone();
            return node;
        }
    }

    private final Map<String, Node> names = new TreeMap<>();
    private final Map<String, Node> safeNames = new TreeMap<>();
    private final String bootId;
    private final Random random;

    /** How many calls that change something it still takes. */
    private long lives = Long.MAX_VALUE;

    private long capacity = Long.MAX_VALUE;
    private boolean failsSyncs;
    private boolean failsTruncates;
    private boolean failsDeletes;
    private int syncs;
    private long written;
    private Semaphore heldSyncs = new Semaphore(Integer.MAX_VALUE);

    TestDisk(String bootId, long seed) {
        this.bootId = bootId;
        this.random = new Random(seed);
    }

    /** From now on it takes so many calls that change something, and dies in the next. */
    synchronized void diesAfter(long calls) {
        lives = calls;
    }

    synchronized boolean isDead() {
        return lives < 0;
    }

    synchronized void die() {
        lives = -1;
    }

    synchronized void capacity(long bytes) {
        capacity = bytes;
    }

    synchronized long used() {
        return names.values().stream().mapToLong(node -> node.size).sum();
    }

    synchronized void failsSyncs(boolean fails) {
        failsSyncs = fails;
    }

    synchronized void failsTruncates(boolean fails) {
        failsTruncates = fails;
    }

    /** Syncs wait until there is a permit for each. */
    synchronized void holdSyncs(Semaphore permits) {
        heldSyncs = permits;
    }

    private void awaitSyncs() {
        Semaphore permits;
        synchronized (this) {
            permits = heldSyncs;
        }
        permits.acquireUninterruptibly();
    }

    /** No read of a file with this byte succeeds. */
    synchronized void cannotRead(String name, long at) {
        names.get(name).unreadable = at;
    }

    synchronized void failsDeletes(boolean fails) {
        failsDeletes = fails;
    }

    synchronized int syncs() {
        return syncs;
    }

    /** How many bytes were to be written so far. */
    synchronized long written() {
        return written;
    }

    synchronized byte[] content(String name) {
        return names.get(name).bytes();
    }

    synchronized void put(String name, byte[] content) {
        names.put(name, Node.of(content));
        safeNames.put(name, names.get(name));
    }

    synchronized void remove(String name) {
        names.remove(name);
        safeNames.remove(name);
    }

    /** A copy of what is written: the process was killed, the machine goes on. */
    synchronized TestDisk afterKill(long seed) {
        TestDisk next = new TestDisk(bootId, seed);
        names.forEach((name, node) -> next.names.put(name, node.copy()));
        safeNames.forEach((name, node) ->
                next.safeNames.put(name, node == names.get(name) ? next.names.get(name) : Node.of(node.safe.clone())));
        return next;
    }

    /** A copy of what a power cut leaves: what was synced, and of the rest some blocks, or some bytes of one. */
    synchronized TestDisk afterPowerCut(String nextBootId, long seed) {
        TestDisk next = new TestDisk(nextBootId, seed);
        Map<String, Node> left = new TreeMap<>(safeNames);
        names.forEach((name, node) -> {
            if (random.nextBoolean()) {
                left.put(name, node);
            }
        });
        left.forEach((name, node) -> next.put(name, afterPowerCut(node)));
        return next;
    }

    private byte[] afterPowerCut(Node node) {
        byte[] content = node.safe.clone();
        for (long[] range : node.unsafe) {
            int end = (int) Math.min(range[0] + range[1], node.size);
            for (int at = (int) range[0]; at < end; at = (at / BLOCK + 1) * BLOCK) {
                int length = Math.min(end, (at / BLOCK + 1) * BLOCK) - at;
                boolean whole = at % BLOCK == 0 && length == BLOCK && at + length <= node.safe.length;
                int kept = whole
                        ? random.nextInt(2) * BLOCK
                        : random.nextInt(3) == 0 ? random.nextInt(length + 1) : random.nextBoolean() ? length : 0;
                if (kept > 0) {
                    if (at + kept > content.length) {
                        content = Arrays.copyOf(content, at + kept);
                    }
                    System.arraycopy(node.written, at, content, at, kept);
                }
            }
        }
        return content;
    }

    private void change() throws IOException {
        lives = Math.max(-1, lives - 1);
        requireAlive();
    }

    private void requireAlive() throws IOException {
        if (isDead()) {
            throw new IOException("the disk is dead");
        }
    }

    @Override
    public synchronized List<String> names() throws IOException {
        requireAlive();
        return List.copyOf(names.keySet());
    }

    @Override
    public synchronized File open(String name) throws IOException {
        if (!names.containsKey(name)) {
            change();
            names.put(name, new Node());
        }
        return new Handle(names.get(name));
    }

    @Override
    public synchronized File openToRead(String name) throws IOException {
        requireAlive();
        if (!names.containsKey(name)) {
            throw new NoSuchFileException(name);
        }
        return new Handle(names.get(name));
    }

    @Override
    public synchronized boolean has(String name) {
        return names.containsKey(name);
    }

    @Override
    public synchronized void delete(String name) throws IOException {
        change();
        if (failsDeletes) {
            throw new IOException("Operation not permitted");
        }
        names.remove(name);
    }

    @Override
    public synchronized void sync() throws IOException {
        change();
        safeNames.clear();
        safeNames.putAll(names);
    }

    @Override
    public String bootId() {
        return bootId;
    }

    private final class Handle implements File {
        private final Node node;
        private boolean closed;
        private boolean holds;

        Handle(Node node) {
            this.node = node;
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            synchronized (TestDisk.this) {
                requireOpen();
                if (node.unreadable >= position && node.unreadable < position + target.remaining()) {
                    throw new IOException("Input/output error");
                }
                if (position >= node.size) {
                    return -1;
                }
                int length = (int) Math.min(target.remaining(), node.size - position);
                target.put(node.written, (int) position, length);
                return length;
            }
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            synchronized (TestDisk.this) {
                requireOpen();
                int length = source.remaining();
                written += length;
                // A block that is written over is never torn.
                if (lives == 0 && length > BLOCK) {
                    node.write(source, random.nextInt(length + 1), (int) position);
                }
                change();
                long room = capacity - used() + Math.max(0, node.size - position);
                if (room <= 0) {
                    throw new IOException("No space left on device");
                }
                // Short writes are allowed, so they come.
                int taken = (int)
                        Math.min(room, length > BLOCK && random.nextInt(8) == 0 ? 1 + random.nextInt(length) : length);
                node.write(source, taken, (int) position);
                return taken;
            }
        }

        @Override
        public void force() throws IOException {
            awaitSyncs();
            synchronized (TestDisk.this) {
                requireOpen();
                change();
                syncs++;
                if (failsSyncs) {
                    throw new IOException("Input/output error");
                }
                node.force();
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (TestDisk.this) {
                requireOpen();
                change();
                if (failsTruncates) {
                    throw new IOException("Input/output error");
                }
                node.truncate((int) size);
            }
        }

        @Override
        public long size() throws IOException {
            synchronized (TestDisk.this) {
                requireOpen();
                return node.size;
            }
        }

        @Override
        public boolean tryLock() throws IOException {
            synchronized (TestDisk.this) {
                requireOpen();
                holds = !node.locked;
                node.locked = true;
                return holds;
            }
        }

        @Override
        public void close() {
            synchronized (TestDisk.this) {
                closed = true;
                node.locked &= !holds;
            }
        }

        private void requireOpen() throws IOException {
            requireAlive();
            if (closed) {
                throw new ClosedChannelException();
            }
        }
    }
}
