package relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** Reads what sockets received. */
final class Received {
    private Received() {}

    /** The ids in envelopes. */
    static List<String> ids(List<String> envelopes) {
        return envelopes.stream()
                .map(TestJson::valueOrText)
                .map(envelope -> envelope.path("id").asText(envelope.toString()))
                .toList();
    }

    /** The next so many texts, but for those before them that say this: what had been on the way may come twice. */
    static List<String> after(String repeated, TestSocket socket, int count) {
        List<String> texts = new ArrayList<>();
        while (texts.size() < count) {
            String text = socket.receive();
            if (!text.equals(repeated)) {
                texts.add(text);
            }
        }
        return texts;
    }

    /** The next so many envelopes, and among them the answer to a command. */
    static List<String> answered(TestSocket socket, int count) {
        List<String> envelopes = new ArrayList<>();
        int answers = 0;
        while (envelopes.size() < count || answers == 0) {
            String text = socket.receive();
            JsonNode value = TestJson.valueOrText(text);
            if (value.has("ok")) {
                answers++;
            } else {
                envelopes.add(text);
            }
        }
        assertThat(answers).isEqualTo(1);
        return envelopes;
    }
}
