package relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import relay.testing.Fragments;

class NdjsonFuzzTest {
    private static final int MAX_LINE_BYTES = 64;

    /** The first bytes say how large the pieces are, the others are the stream. */
    @FuzzTest
    void linesThatComeInAnyPiecesAreThoseOfTheWholeText(byte[] input) {
        if (input.length < Fragments.SIZES) {
            return;
        }
        byte[] stream = Arrays.copyOfRange(input, Fragments.SIZES, input.length);
        List<String> lines = new ArrayList<>();
        LineSplitter splitter = new LineSplitter(
                MAX_LINE_BYTES,
                (number, line) -> lines.add(number + " "
                        + StandardCharsets.ISO_8859_1.decode(line.duplicate()).toString()),
                (number, detail) -> lines.add(number + " " + detail));
        long lineFeeds = 0;
        for (ByteBuffer piece : Fragments.of(input, stream)) {
            ByteBuffer copy = piece.duplicate();
            splitter.accept(piece);
            lineFeeds += StandardCharsets.ISO_8859_1
                    .decode(copy)
                    .chars()
                    .filter(c -> c == '\n')
                    .count();
            assertThat(piece.hasRemaining()).isFalse();
            assertThat(splitter.number()).isEqualTo(lineFeeds + 1);
        }
        splitter.end();
        assertThat(lines).isEqualTo(linesOf(new String(stream, StandardCharsets.ISO_8859_1)));
    }

    private static List<String> linesOf(String text) {
        List<String> lines = new ArrayList<>();
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            if (line.length() > MAX_LINE_BYTES) {
                lines.add(number + " the line is too long: it takes at most 64 bytes");
            } else if (!line.matches("[ \t\r]*")) {
                lines.add(number + " " + line);
            }
        }
        return lines;
    }
}
