package relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.Message;

class NdjsonFuzzTest {
    private static final int MAX_LINE_BYTES = 64;
    private final Json json = new Json(8);

    /** The first byte says how large the pieces are, the others are the stream. */
    @FuzzTest
    void itMakesNoDifferenceInWhichPiecesTheLinesCome(byte[] input) {
        if (input.length < 2) {
            return;
        }
        int largest = 1 + (input[0] & 0x7f);
        List<String> atOnce = read(input, input.length);
        assertThat(read(input, 1)).isEqualTo(atOnce);
        assertThat(read(input, largest)).isEqualTo(atOnce);
    }

    private List<String> read(byte[] input, int largest) {
        List<String> outcomes = new ArrayList<>();
        LineSplitter lines = new LineSplitter(
                MAX_LINE_BYTES,
                (number, line) -> outcomes.add(number + " " + outcome(line)),
                (number, detail) -> outcomes.add(number + " " + detail));
        for (int from = 1; from < input.length; from += largest) {
            lines.accept(ByteBuffer.wrap(input, from, Math.min(largest, input.length - from)));
        }
        lines.end();
        return outcomes;
    }

    private String outcome(ByteBuffer line) {
        try {
            Message message = PublishRequest.read(json, line);
            return "accepted: " + message.topic() + " " + message.recipient() + " " + message.text();
        } catch (InvalidInputException e) {
            return "rejected: " + e.detail();
        }
    }
}
