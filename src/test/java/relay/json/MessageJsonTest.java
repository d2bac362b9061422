package relay.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.message.AcceptedMessage;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.MessageOptions;
import relay.message.Text;
import relay.message.Topic;
import relay.message.UserId;

class MessageJsonTest {
    private static final MessageId ID = new MessageId("8d2b1f0c9a7e6453", 42);
    private static final long TIME = Instant.parse("2026-11-26T10:00:00.123Z").toEpochMilli();

    private final MessageJson json = new MessageJson(new Json(32));
    private final ObjectMapper mapper = new ObjectMapper();

    static String[] texts() {
        String everyAscii =
                IntStream.range(0, 128).mapToObj(Character::toString).collect(Collectors.joining());
        Random random = new Random(1);
        String anything = random.ints(2000, 0, Character.MAX_CODE_POINT + 1)
                .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
        return new String[] {"", "are awesome", everyAscii, "€\u2028😀ÿ", anything};
    }

    @ParameterizedTest
    @MethodSource("texts")
    void aTextIsWrittenAsJacksonWritesIt(String text) throws IOException {
        String written = envelope(new Message(new Topic("cats"), Optional.empty(), Text.of(text)));
        assertThat(written)
                .isEqualTo(
                        "{\"id\":\"8d2b1f0c9a7e6453-42\",\"time\":\"2026-11-26T10:00:00.123Z\",\"topic\":\"cats\",\"message\":"
                                + mapper.writeValueAsString(text) + "}");
    }

    @Test
    void theUserStandsBeforeTheMessage() {
        assertThat(envelope(
                        new Message(new Topic("\"cats\""), Optional.of(new UserId("1")), Text.of("are \"awesome\""))))
                .isEqualTo(
                        "{\"id\":\"8d2b1f0c9a7e6453-42\",\"time\":\"2026-11-26T10:00:00.123Z\",\"topic\":\"\\\"cats\\\"\",\"user_id\":1,"
                                + "\"message\":\"are \\\"awesome\\\"\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "7", "4294967296", "9007199254740991"})
    void aUserWhoseNumberEverybodyReadsExactlyIsNamedByIt(String user) {
        assertThat(envelope(user)).contains(",\"user_id\":" + user + ",");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "9007199254740992",
                "9007199254740993",
                "9999999999999999",
                "10000000000000000",
                "9223372036854775808",
                "18446744073709551615",
                "18446744073709551616",
                "007",
                "00",
                "-0",
                "-1",
                "+1",
                "1.0",
                "1e3",
                " 1",
                "\u0661",
                "NaN",
                "null",
                "alice"
            })
    void anyOtherUserIsNamedByAString(String user) {
        assertThat(envelope(user)).contains(",\"user_id\":\"" + user + "\",");
    }

    @Test
    void aRetainedValueSaysSoBeforeTheMessage() {
        Message message = new Message(new Topic("cats"), Optional.of(new UserId("1")), Text.of("x"));
        assertThat(envelope(new AcceptedMessage(ID, TIME, message, true)))
                .isEqualTo("{\"id\":\"8d2b1f0c9a7e6453-42\",\"time\":\"2026-11-26T10:00:00.123Z\",\"topic\":\"cats\","
                        + "\"user_id\":1,\"retained\":true,\"message\":\"x\"}");
    }

    @Test
    void whosePublishedItStandsBehindTheUserAsThatIsWritten() {
        Message message = new Message(
                List.of(new Topic("cats")),
                Optional.of(new UserId("007")),
                Text.of("x"),
                MessageOptions.from(new UserId("7")));
        assertThat(envelope(new AcceptedMessage(ID, TIME, message, true)))
                .isEqualTo("{\"id\":\"8d2b1f0c9a7e6453-42\",\"time\":\"2026-11-26T10:00:00.123Z\",\"topic\":\"cats\","
                        + "\"user_id\":\"007\",\"from\":7,\"retained\":true,\"message\":\"x\"}");
    }

    @Test
    void theBoundHoldsForTheLongestOfEverything() {
        MessageId longest = new MessageId("e".repeat(64), 999_999_999_999_999_999L);
        UserId user = new UserId("\0".repeat(UserId.MAX_CHARACTERS));
        Message message = new Message(
                List.of(new Topic("\"".repeat(Topic.MAX_CHARACTERS))),
                Optional.of(user),
                Text.of("\0"),
                MessageOptions.from(user));
        AcceptedMessage accepted = new AcceptedMessage(longest, Long.MAX_VALUE, message, true);
        assertThat(json.envelope(accepted).size()).isLessThanOrEqualTo(json.maxSize(message));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void theBoundIsNotMuchMoreThanWhatIsWritten(String text) {
        Message message = new Message(new Topic("cats"), Optional.of(new UserId("somebody")), Text.of(text));
        assertThat(json.maxSize(message)
                        - json.envelope(new AcceptedMessage(ID, TIME, message, true))
                                .size())
                .isBetween(0L, 300L);
    }

    private String envelope(String user) {
        return envelope(new Message(new Topic("cats"), Optional.of(new UserId(user)), Text.of("x")));
    }

    private String envelope(Message message) {
        return envelope(new AcceptedMessage(ID, TIME, message));
    }

    private String envelope(AcceptedMessage accepted) {
        MessageJson.Envelope envelope = json.envelope(accepted);
        ByteBuffer target = ByteBuffer.allocate(Math.toIntExact(envelope.size()));
        envelope.putInto(target);
        assertThat(target.hasRemaining()).isFalse();
        return new String(target.array(), StandardCharsets.UTF_8);
    }
}
