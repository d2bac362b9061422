package relay.engine.disk;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Segments whose headers say another format. */
final class Formats {
    private static final int COPY_BYTES = 4096;
    private static final int VERSION_AT = 8;
    private static final int PREFIX_CHECKSUM_AT = 12;
    private static final int CHECKSUM_AT = COPY_BYTES - Integer.BYTES;

    private Formats() {}

    static int of(byte[] segment) {
        return ByteBuffer.wrap(segment).getInt(VERSION_AT);
    }

    /** The same segment, as a relay with that format would have written it. */
    static byte[] asFormat(int version, byte[] segment) {
        byte[] content = segment.clone();
        for (int copy = 0; copy < 2; copy++) {
            ByteBuffer header =
                    ByteBuffer.wrap(content, copy * COPY_BYTES, COPY_BYTES).slice();
            header.putInt(VERSION_AT, version);
            header.putInt(PREFIX_CHECKSUM_AT, checksum(header, PREFIX_CHECKSUM_AT));
            header.putInt(CHECKSUM_AT, checksum(header, CHECKSUM_AT));
        }
        return content;
    }

    private static int checksum(ByteBuffer header, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(header.slice(0, length));
        return (int) checksum.getValue();
    }
}
