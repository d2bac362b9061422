package relay.engine.disk;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.zip.CRC32C;

/**
 * The secret of a log: what its records begin with, and what their checksums start from. It is random, so that no publisher can
 * send a text that looks like a record where a damaged file is searched for the next good one. For one thread: each takes its own
 * {@link #copy}.
 */
final class Seal {
    static final int BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] secret;
    private final int marker;
    private final CRC32C checksum = new CRC32C();

    private Seal(byte[] secret) {
        this.secret = secret;
        this.marker = ByteBuffer.wrap(secret).getInt();
    }

    static Seal random() {
        byte[] secret = new byte[BYTES];
        RANDOM.nextBytes(secret);
        return new Seal(secret);
    }

    /** Reads it where {@link #putInto} wrote it. */
    static Seal from(ByteBuffer source) {
        byte[] secret = new byte[BYTES];
        source.get(secret);
        return new Seal(secret);
    }

    void putInto(ByteBuffer target) {
        target.put(secret);
    }

    /** The same for another thread. */
    Seal copy() {
        return new Seal(secret);
    }

    /** What each record begins with. */
    int marker() {
        return marker;
    }

    /** The checksum of bytes of a buffer, whose position and limit stay as they are. */
    int checksum(ByteBuffer buffer, int from, int to) {
        int position = buffer.position();
        int limit = buffer.limit();
        buffer.limit(to).position(from);
        checksum.reset();
        checksum.update(secret, 0, BYTES);
        checksum.update(buffer);
        buffer.limit(limit).position(position);
        return (int) checksum.getValue();
    }
}
