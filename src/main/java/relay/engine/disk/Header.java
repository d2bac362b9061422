package relay.engine.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import relay.engine.Epochs;
import relay.engine.Epochs.Epoch;

/**
 * What a segment begins with. It is written twice, one copy after the other, so that one damaged block costs nothing.
 *
 * <p>A copy: magic (8 bytes), version (4), checksum of these (4), which stay where they are in each version; seal (16), the time
 * of its making (8), first sequence (8), epochs; in the last 4 bytes the checksum of all before.
 *
 * @param first the sequence of the next message when it was begun
 * @param madeMillis when that was, or the time of the newest message, if that is later
 * @param version the format of its records
 */
record Header(Seal seal, Epochs epochs, long first, long madeMillis, int version) {
    /**
     * What is written. In format 2 no message is a client's; in format 1 messages have one topic and no options, and no value is
     * retained. The rest is the same.
     */
    static final int VERSION = 3;

    /** How many epochs are remembered: a new one begins only where data may have been lost. */
    static final int MOST_EPOCHS = 32;

    private static final int COPY_BYTES = 4096;

    /** Where the records begin. */
    static final int BYTES = 2 * COPY_BYTES;

    private static final long MAGIC = 0x52454c41594c4f47L;
    private static final int PREFIX_BYTES = 12;
    private static final int CHECKSUM_AT = COPY_BYTES - 4;

    /** A segment of a format that this version does not know. */
    static final class NewerFormatException extends Exception {
        private static final long serialVersionUID = 1L;

        private NewerFormatException(int version) {
            super("format " + version);
        }
    }

    /** A header of the format that is written. */
    Header(Seal seal, Epochs epochs, long first, long madeMillis) {
        this(seal, epochs, first, madeMillis, VERSION);
    }

    /** Both copies. */
    ByteBuffer toBytes() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES);
        putInto(bytes.slice(0, COPY_BYTES));
        putInto(bytes.slice(COPY_BYTES, COPY_BYTES));
        return bytes;
    }

    private void putInto(ByteBuffer copy) {
        copy.putLong(MAGIC).putInt(version).putInt(checksum(copy, PREFIX_BYTES));
        seal.putInto(copy);
        copy.putLong(madeMillis).putLong(first).putInt(epochs.epochs().size());
        for (Epoch epoch : epochs.epochs()) {
            byte[] name = epoch.name().getBytes(StandardCharsets.UTF_8);
            copy.put((byte) name.length)
                    .put(name)
                    .putLong(epoch.before())
                    .putLong(epoch.last())
                    .putLong(epoch.lossKnownAt());
        }
        copy.putInt(CHECKSUM_AT, checksum(copy, CHECKSUM_AT));
    }

    /**
     * Reads the header of a segment; empty if both copies are damaged.
     *
     * @throws NewerFormatException if a newer version of the relay has written it
     */
    static Optional<Header> of(Storage.File file) throws IOException, NewerFormatException {
        for (int copy = 0; copy < 2; copy++) {
            ByteBuffer bytes = read(file, copy * (long) COPY_BYTES);
            if (bytes.getLong(0) == MAGIC && bytes.getInt(PREFIX_BYTES) == checksum(bytes, PREFIX_BYTES)) {
                int version = bytes.getInt(Long.BYTES);
                if (version > VERSION) {
                    throw new NewerFormatException(version);
                }
                if (bytes.getInt(CHECKSUM_AT) == checksum(bytes, CHECKSUM_AT)) {
                    return Optional.of(parse(bytes.position(PREFIX_BYTES + Integer.BYTES), version));
                }
            }
        }
        return Optional.empty();
    }

    /** A block that cannot be read counts as zeros. */
    private static ByteBuffer read(Storage.File file, long position) {
        ByteBuffer bytes = ByteBuffer.allocate(COPY_BYTES);
        try {
            while (bytes.hasRemaining() && file.read(bytes, position + bytes.position()) > 0) {
                // On to the rest.
            }
        } catch (IOException e) {
            return ByteBuffer.allocate(COPY_BYTES);
        }
        return bytes;
    }

    private static Header parse(ByteBuffer bytes, int version) {
        Seal seal = Seal.from(bytes);
        long made = bytes.getLong();
        long first = bytes.getLong();
        int count = bytes.getInt();
        List<Epoch> epochs = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            byte[] name = new byte[bytes.get()];
            bytes.get(name);
            epochs.add(new Epoch(
                    new String(name, StandardCharsets.UTF_8), bytes.getLong(), bytes.getLong(), bytes.getLong()));
        }
        return new Header(seal, new Epochs(epochs), first, made, version);
    }

    private static int checksum(ByteBuffer bytes, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.slice(0, length));
        return (int) checksum.getValue();
    }
}
