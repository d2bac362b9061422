package relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.json.Json;
import relay.json.PlainMessages;
import relay.message.InvalidInputException;
import relay.message.Message;

/** Most messages are read without a parser: as the parser reads them. */
class MessageReaderTest {
    private static final String PLAIN = "{\"topic\":\"cats\",\"message\":\"are ünï 😀 awesome\"}";
    private static final int CHANGES = 200_000;

    private final Json json = new Json(8);
    private final PlainMessages plain = new PlainMessages();
    private final MessageReader reader = new MessageReader(json, plain);

    @ParameterizedTest
    @ValueSource(
            strings = {
                PLAIN,
                " { \"message\" :\t\"\" ,\r\n \"topic\" : \"cats\" } \n",
                "{\"topic\":\"!~\",\"message\":\"/\u007f\u0085\"}",
            })
    void aTopicAndATextWithoutEscapesNeedNoParser(String text) {
        Message message = plain.read(utf8(text)).orElseThrow();
        assertThat(written(message)).isEqualTo(written(PublishRequest.read(json, utf8(text))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"topic\":\"cats\",\"message\":\"\\n\"}",
                "{\"topic\":\"c\\u0061ts\",\"message\":\"x\"}",
                "{\"topic\":\"chats-félins\",\"message\":\"x\"}",
                "{\"topic\":\"cats\",\"message\":1}",
                "{\"topic\":\"cats\",\"message\":\"x\",\"ttl\":1}",
                "{\"topics\":[\"cats\"],\"message\":\"x\"}",
            })
    void whatElseAMessageMayBeIsLeftToTheParser(String text) {
        assertThat(plain.read(utf8(text))).isEmpty();
        assertThat(written(reader.read(utf8(text)))).isEqualTo(written(PublishRequest.read(json, utf8(text))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"topic\":\"\",\"message\":\"x\"}",
                "{\"topic\":\"cats.*\",\"message\":\"x\"}",
                "{\"topic\":\"ca\u007fts\",\"message\":\"x\"}",
                "{\"topic\":\"cats\",\"topic\":\"cats\"}",
                "{\"topic\":\"cats\",\"message\":\"x\",}",
                "{\"topic\":\"cats\",\"message\":\"x\"}}",
                "{\"topic\":\"cats\",\"message\":\"x\"",
                "{\"topic\":\"cats\",\"message\":\"x",
            })
    void whatIsWrongIsWrongForTheSameReason(String text) {
        assertThat(outcome(() -> reader.read(utf8(text))))
                .startsWith("wrong: ")
                .isEqualTo(outcome(() -> PublishRequest.read(json, utf8(text))));
    }

    @Test
    void aMessageWithAnyBytesChangedIsReadAsTheParserReadsIt() {
        Random random = new Random(23);
        byte[] original = PLAIN.getBytes(StandardCharsets.UTF_8);
        byte[] likely = "\"\\{}:, \t\n\0\u007ftx*.".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < CHANGES; i++) {
            byte[] changed = Arrays.copyOf(original, original.length - (random.nextInt(4) == 0 ? 1 : 0));
            for (int changes = random.nextInt(3); changes >= 0; changes--) {
                changed[random.nextInt(changed.length)] =
                        random.nextBoolean() ? likely[random.nextInt(likely.length)] : (byte) random.nextInt();
            }
            assertThat(outcome(() -> reader.read(ByteBuffer.wrap(changed))))
                    .as(new String(changed, StandardCharsets.ISO_8859_1))
                    .isEqualTo(outcome(() -> PublishRequest.read(json, ByteBuffer.wrap(changed))));
        }
    }

    @Test
    void messagesOfOneTopicShareItAndThoseOfOthersHaveTheirOwn() {
        Message first = plain.read(utf8(PLAIN)).orElseThrow();
        for (int i = 0; i < 5000; i++) {
            String name = "topic." + i;
            String text = "{\"topic\":\"" + name + "\",\"message\":\"x\"}";
            assertThat(plain.read(utf8(text)).orElseThrow().topic().name()).isEqualTo(name);
            assertThat(plain.read(utf8(text)).orElseThrow().topic())
                    .isSameAs(plain.read(utf8(text)).orElseThrow().topic());
        }
        assertThat(plain.read(utf8(PLAIN)).orElseThrow().topic()).isEqualTo(first.topic());
    }

    private static ByteBuffer utf8(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String outcome(Supplier<Message> reading) {
        try {
            return written(reading.get());
        } catch (InvalidInputException e) {
            return "wrong: " + e.detail();
        }
    }

    private static String written(Message message) {
        return message.topics() + " " + message.recipient() + " " + message.text() + " " + message.options();
    }
}
