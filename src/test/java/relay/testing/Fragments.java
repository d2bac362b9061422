package relay.testing;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Bytes that come in pieces, at places that a fuzzer chooses. */
public final class Fragments {
    /** How many bytes of a fuzzer's input say how large the pieces are, one after another and then from the first on. */
    public static final int SIZES = 8;

    private Fragments() {}

    /** The stream, cut. */
    public static List<ByteBuffer> of(byte[] sizes, byte[] stream) {
        List<ByteBuffer> pieces = new ArrayList<>();
        int from = 0;
        while (from < stream.length) {
            int size = 1 + (sizes[pieces.size() % SIZES] & 0xff);
            int to = Math.min(stream.length, from + size);
            pieces.add(ByteBuffer.wrap(Arrays.copyOfRange(stream, from, to)));
            from = to;
        }
        return pieces;
    }
}
