package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.OptionalInt;
import org.eclipse.jetty.websocket.core.exception.CloseException;
import relay.testing.Fragments;

class FrameHeadersFuzzTest {
    private static final int[] MAX_MESSAGE_BYTES = {0, 100, 125, 126, 300, 65_535, 65_536, 1 << 20};
    private static final int MOST_COMPOSED_BYTES = 100_000;

    /**
     * What the bytes of the input say: sizes of pieces, then the settings, then the stream; or, so that long payloads need
     * no long input, three bytes for each frame.
     */
    @FuzzTest
    void framesThatComeInAnyPiecesAreJudgedAsIfTheyCameAtOnce(byte[] input) {
        if (input.length <= Fragments.SIZES) {
            return;
        }
        int settings = input[Fragments.SIZES];
        byte[] rest = Arrays.copyOfRange(input, Fragments.SIZES + 1, input.length);
        byte[] stream = (settings & 0x10) == 0 ? rest : composed(rest);
        int maxMessageBytes = MAX_MESSAGE_BYTES[settings & 7];
        boolean rsv1Used = (settings & 8) != 0;
        PlainFrames expected = new PlainFrames(stream, maxMessageBytes, rsv1Used);
        if (expected.isCutInLength()) {
            return;
        }
        FrameHeaders headers = null;
        int read = 0;
        for (ByteBuffer piece : Fragments.of(input, stream)) {
            boolean began = headers == null;
            headers = began ? new FrameHeaders(maxMessageBytes, rsv1Used) : headers;
            ByteBuffer before = piece.duplicate();
            headers.read(piece);
            OptionalInt closeCode = closeCode(headers);
            if (closeCode.isPresent()) {
                assertThat(closeCode).isEqualTo(expected.closeCode());
                assertThat(read).as("found late").isLessThan(expected.decidedAt());
                assertThat(read + piece.remaining()).isEqualTo(Math.max(read, expected.goodUntil()));
                assertThat(headers.isUnfinished()).isTrue();
                return;
            }
            assertEquals(before, piece);
            int start = read;
            read += piece.remaining();
            int openSince = expected.openSince(read);
            assertEquals(openSince < read, headers.isUnfinished());
            assertTrue(openSince == read || (began || headers.beganAnew()) == openSince >= start);
            headers = headers.isUnfinished() ? headers : null;
        }
        assertThat(expected.closeCode()).isEmpty();
    }

    private static OptionalInt closeCode(FrameHeaders headers) {
        try {
            headers.throwFault();
            return OptionalInt.empty();
        } catch (CloseException e) {
            assertThat(e.getMessage()).isNotBlank();
            return OptionalInt.of(e.getStatusCode());
        }
    }

    /** Frames with their payloads, each by its first two bytes and one that says how far its length is from a bound. */
    private static byte[] composed(byte[] script) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int i = 0; i + 2 < script.length && stream.size() < MOST_COMPOSED_BYTES; i += 3) {
            int length = script[i + 1] & 0x7f;
            stream.write(script[i]);
            stream.write(script[i + 1]);
            if (length == 127) {
                length = 65_536 + script[i + 2];
                stream.writeBytes(
                        ByteBuffer.allocate(Long.BYTES).putLong(length).array());
            } else if (length == 126) {
                length = 126 + (script[i + 2] & 0xff) - 8;
                stream.writeBytes(ByteBuffer.allocate(Short.BYTES)
                        .putShort((short) length)
                        .array());
            }
            stream.writeBytes(new byte[4 + length]);
        }
        return stream.toByteArray();
    }
}
