package relay.eventstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.json.Json;
import relay.json.MessageJson;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Text;
import relay.message.Topic;

class EventEncodingTest {
    private static final MessageId ID = new MessageId("8d2b1f0c9a7e6453", 42);

    private final MessageJson json = new MessageJson(new Json(32));
    private final EventEncoding texts = new EventEncoding(Framing.BARE, json, false);
    private final EventEncoding envelopes = new EventEncoding(Framing.BARE, json, true);

    @ParameterizedTest
    @ValueSource(
            strings = {"", "one", "one\ntwo", "one\r\ntwo", "one\rtwo", "\r\n\r\n", "\n\r", "\r", "€\r\r\n\n😀", "end\n"
            })
    void everyLineOfATextIsAFieldOfTheEvent(String text) {
        String data = "data: " + text.replace("\r\n", "\n").replace('\r', '\n').replace("\n", "\ndata: ");
        assertThat(encoded(texts, message(text))).isEqualTo("id: " + ID + "\n" + data + "\n\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "one\r\ntwo"})
    void anEnvelopeIsOneLine(String text) {
        assertThat(encoded(envelopes, message(text)))
                .isEqualTo("id: " + ID + "\ndata: {\"id\":\"" + ID
                        + "\",\"time\":\"1970-01-01T00:00:00.000Z\",\"topic\":\"cats\",\"message\":\""
                        + text.replace("\r\n", "\\r\\n") + "\"}\n\n");
    }

    @Test
    void aRetainedValueHasNoIdSoThatNobodyGoesOnAfterIt() {
        AcceptedMessage retained = new AcceptedMessage(ID, 0, message("a\nb"), true);
        assertThat(encoded(texts, retained)).isEqualTo("data: a\ndata: b\n\n");
        assertThat(encoded(envelopes, retained))
                .isEqualTo("data: {\"id\":\"" + ID + "\",\"time\":\"1970-01-01T00:00:00.000Z\",\"topic\":\"cats\","
                        + "\"retained\":true,\"message\":\"a\\nb\"}\n\n");
    }

    private static String encoded(EventEncoding encoding, Message message) {
        return encoded(encoding, new AcceptedMessage(ID, 0, message));
    }

    private static String encoded(EventEncoding encoding, AcceptedMessage accepted) {
        long maxSize = encoding.maxSize(accepted.message());
        ByteBuffer target = ByteBuffer.allocate(Math.toIntExact(maxSize));
        encoding.encode(accepted, target);
        assertThat(target.remaining()).isLessThan(300);
        return StandardCharsets.UTF_8.decode(target.flip()).toString();
    }

    private static Message message(String text) {
        return new Message(new Topic("cats"), Optional.empty(), Text.of(text));
    }
}
