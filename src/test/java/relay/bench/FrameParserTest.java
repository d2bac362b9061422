package relay.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameParserTest {
    private static final String STAMP_SIZED = "0123456789012345678901234567890123";
    private static final byte[] STREAM = stream();
    private static final List<String> HEARD = List.of(
            "text 34 " + STAMP_SIZED,
            "text 0 ",
            "control 9 are you there",
            "text 5 short",
            "text 34 " + STAMP_SIZED,
            "text 1000 " + STAMP_SIZED,
            "control 10 ",
            "text 70000 " + STAMP_SIZED,
            "text 60 " + STAMP_SIZED,
            "control 8 bye");

    private final List<String> heard = new ArrayList<>();
    private final FrameParser parser = new FrameParser(Stamp.LENGTH, new FrameParser.Listener() {
        @Override
        public void text(ByteBuffer bytes, int at, long length) {
            byte[] head = new byte[(int) Math.min(length, Stamp.LENGTH)];
            bytes.get(at, head);
            heard.add("text " + length + " " + new String(head, StandardCharsets.US_ASCII));
        }

        @Override
        public void control(int opCode, ByteBuffer payload) {
            heard.add("control " + opCode + " " + StandardCharsets.US_ASCII.decode(payload));
        }
    });

    @Test
    void aStreamThatComesAtOnceIsReadFrameByFrame() throws IOException {
        parser.parse(ByteBuffer.wrap(STREAM));

        assertThat(heard).isEqualTo(HEARD);
    }

    @Test
    void aStreamThatIsCutInTwoAnywhereIsReadAlike() throws IOException {
        for (int cut = 0; cut <= STREAM.length; cut++) {
            heard.clear();
            parser.parse(ByteBuffer.wrap(STREAM, 0, cut));
            parser.parse(ByteBuffer.wrap(STREAM, cut, STREAM.length - cut));
            assertThat(heard).as("cut at %d", cut).isEqualTo(HEARD);
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "3", "7", "33", "35", "4096"})
    void aStreamThatComesInPiecesOfOneSizeIsReadAlike(int size) throws IOException {
        for (int at = 0; at < STREAM.length; at += size) {
            parser.parse(ByteBuffer.wrap(STREAM, at, Math.min(size, STREAM.length - at)));
        }

        assertThat(heard).isEqualTo(HEARD);
    }

    @ParameterizedTest
    @CsvSource({
        "82 01 61, opcode 2",
        "83 01 61, opcode 3",
        "c1 01 61, extension",
        "81 81 00 00 00 00 61, masked",
        "89 7e 00 80, too large",
        "09 00, in fragments",
        "81 7f ff ff ff ff ff ff ff ff, negative",
    })
    void whatARelayMayNotSendIsRejected(String frame, String reason) {
        ByteBuffer bytes = ByteBuffer.wrap(HexFormat.ofDelimiter(" ").parseHex(frame));

        assertThatThrownBy(() -> parser.parse(bytes))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining(reason);
        assertThat(heard).isEmpty();
    }

    private static byte[] stream() {
        ByteBuffer stream = ByteBuffer.allocate(80_000);
        frame(stream, 0x81, STAMP_SIZED);
        frame(stream, 0x81, "");
        frame(stream, 0x89, "are you there");
        frame(stream, 0x81, "short");
        frame(stream, 0x81, STAMP_SIZED);
        frame(stream, 0x81, STAMP_SIZED + "x".repeat(1000 - Stamp.LENGTH));
        frame(stream, 0x8A, "");
        frame(stream, 0x81, STAMP_SIZED + "x".repeat(70_000 - Stamp.LENGTH));
        frame(stream, 0x01, STAMP_SIZED + "x".repeat(60 - Stamp.LENGTH));
        frame(stream, 0x80, "the rest of a message");
        frame(stream, 0x88, "bye");
        byte[] bytes = new byte[stream.flip().remaining()];
        stream.get(bytes);
        return bytes;
    }

    private static void frame(ByteBuffer stream, int first, String payload) {
        stream.put((byte) first);
        if (payload.length() < 126) {
            stream.put((byte) payload.length());
        } else if (payload.length() < 1 << 16) {
            stream.put((byte) 126).putShort((short) payload.length());
        } else {
            stream.put((byte) 127).putLong(payload.length());
        }
        stream.put(payload.getBytes(StandardCharsets.US_ASCII));
    }
}
