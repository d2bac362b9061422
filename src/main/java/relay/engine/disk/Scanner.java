package relay.engine.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads a segment from its first record to its last, whatever is damaged in between. For one thread. */
final class Scanner {
    private static final int WINDOW_BYTES = 1 << 20;
    private static final int BLOCK_BYTES = 4096;

    /** Takes what is found, in its order. */
    interface Sink {
        /**
         * A good record.
         *
         * @param payload from its position to its limit, valid during the call
         * @param at its place in the file
         */
        void record(byte kind, long sequence, long timeMillis, ByteBuffer payload, long at);

        /** Bytes that are no record, with good records behind them. */
        void damage(long at, long bytes);
    }

    private ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES);

    /** Where the window is in the file. */
    private long windowAt;

    /**
     * Reads all records.
     *
     * @return the end of the last good one
     */
    long scan(Storage.File file, long size, Seal seal, Sink sink) {
        window.clear().limit(0);
        windowAt = 0;
        long good = Header.BYTES;
        long at = good;
        while (at + Layout.PAYLOAD_AT <= size) {
            int length = length(file, at, size, seal);
            if (length > 0) {
                if (at > good) {
                    sink.damage(good, at - good);
                }
                int begin = (int) (at - windowAt);
                byte kind = window.get(begin + Layout.BODY_AT);
                long sequence = window.getLong(begin + Layout.SEQUENCE_AT);
                long time = window.getLong(begin + Layout.TIME_AT);
                int limit = window.limit();
                window.limit(begin + length).position(begin + Layout.PAYLOAD_AT);
                sink.record(kind, sequence, time, window, at);
                window.limit(limit);
                at += length;
                good = at;
            } else {
                at = nextMarker(file, at + 1, size, seal.marker());
            }
        }
        return good;
    }

    /** The length of the good record at a position; 0 if there is none. */
    private int length(Storage.File file, long at, long size, Seal seal) {
        int begin = load(file, at, Layout.PAYLOAD_AT, size);
        if (window.getInt(begin) != seal.marker()) {
            return 0;
        }
        int body = window.getInt(begin + Layout.LENGTH_AT);
        if (body < Layout.LEAST_BODY || body > size - at - Layout.BODY_AT) {
            return 0;
        }
        int length = Layout.BODY_AT + body;
        begin = load(file, at, length, size);
        byte kind = window.get(begin + Layout.BODY_AT);
        boolean good = kind > 0
                && kind <= Layout.LAST_KIND
                && window.getInt(begin + Layout.CHECKSUM_AT)
                        == seal.checksum(window, begin + Layout.BODY_AT, begin + length);
        return good ? length : 0;
    }

    private long nextMarker(Storage.File file, long from, long size, int marker) {
        for (long at = from; at + Layout.PAYLOAD_AT <= size; at++) {
            if (window.getInt(load(file, at, Layout.PAYLOAD_AT, size)) == marker) {
                return at;
            }
        }
        return size;
    }

    /** Has bytes of the file in the window; returns where they begin there. */
    private int load(Storage.File file, long at, int bytes, long size) {
        if (at >= windowAt && at + bytes <= windowAt + window.limit()) {
            return (int) (at - windowAt);
        }
        if (bytes > window.capacity()) {
            window = ByteBuffer.allocateDirect(bytes);
        } else if (window.capacity() > WINDOW_BYTES && bytes <= WINDOW_BYTES) {
            window = ByteBuffer.allocateDirect(WINDOW_BYTES);
        }
        windowAt = at;
        window.clear().limit((int) Math.min(window.capacity(), size - at));
        fill(file);
        return 0;
    }

    private void fill(Storage.File file) {
        try {
            readFully(file, window, windowAt);
        } catch (IOException e) {
            // Some of it cannot be read: that is damaged like bytes that are wrong.
            window.position(0);
            int limit = window.limit();
            for (int from = 0; from < limit; from += BLOCK_BYTES) {
                window.limit(Math.min(limit, from + BLOCK_BYTES)).position(from);
                try {
                    readFully(file, window, windowAt + from);
                } catch (IOException unreadable) {
                    zero(from);
                }
            }
        }
        window.position(0);
    }

    private static void readFully(Storage.File file, ByteBuffer target, long at) throws IOException {
        int begin = target.position();
        while (target.hasRemaining()) {
            if (file.read(target, at + target.position() - begin) < 0) {
                throw new IOException("the file is shorter than it was");
            }
        }
    }

    private void zero(int from) {
        for (int i = from; i < window.limit(); i++) {
            window.put(i, (byte) 0);
        }
    }
}
