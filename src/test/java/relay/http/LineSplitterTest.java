package relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineSplitterTest {
    private static final int MAX_LINE_BYTES = 100_000;

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 500, 513, 30_000, 200_000})
    void longLinesThatComeInPiecesAreWhole(int pieceBytes) {
        List<String> expected = List.of(numbers(15_000), "short", numbers(3_000), numbers(100), "x");
        List<String> lines = new ArrayList<>();
        LineSplitter splitter = new LineSplitter(
                MAX_LINE_BYTES,
                (number, line) ->
                        lines.add(StandardCharsets.US_ASCII.decode(line).toString()),
                (number, detail) -> lines.add(detail));
        byte[] stream = String.join("\n", expected).getBytes(StandardCharsets.US_ASCII);
        for (int from = 0; from < stream.length; from += pieceBytes) {
            splitter.accept(ByteBuffer.wrap(stream, from, Math.min(pieceBytes, stream.length - from)));
        }
        splitter.end();
        assertThat(lines).isEqualTo(expected);
    }

    private static String numbers(int count) {
        return IntStream.range(0, count).mapToObj(String::valueOf).collect(Collectors.joining(","));
    }
}
