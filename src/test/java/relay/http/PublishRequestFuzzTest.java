package relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.Message;
import relay.testing.ReferenceRules;

class PublishRequestFuzzTest {
    private static final int MAX_DEPTH = 8;
    private static final Set<String> FIELDS = Set.of("topic", "message", "user_id");
    private static final BigInteger MOST = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

    private final Json json = new Json(MAX_DEPTH);
    private final ObjectMapper mapper = ReferenceRules.mapper(MAX_DEPTH);

    @FuzzTest
    void aMessageIsReadAsItsTreeSaysAndIsTheSameWhenWrittenAgain(byte[] input) throws JsonProcessingException {
        Optional<String> text = ReferenceRules.utf8(input);
        Optional<ObjectNode> tree = text.flatMap(utf8 -> ReferenceRules.object(mapper, utf8));
        Message message;
        try {
            message = PublishRequest.read(json, ByteBuffer.wrap(input));
        } catch (InvalidInputException e) {
            ReferenceRules.assertForPeople(e);
            assertThat(tree)
                    .satisfies(object -> assertThat(object.map(PublishRequestFuzzTest::isMessage))
                            .isNotEqualTo(Optional.of(true)));
            return;
        }
        ObjectNode object = tree.orElseThrow();
        assertThat(isMessage(object)).isTrue();
        assertThat(message.topic().name()).isEqualTo(object.get("topic").textValue());
        assertThat(message.recipient().map(user -> user.value()))
                .isEqualTo(Optional.of(object.path("user_id"))
                        .filter(JsonNode::isValueNode)
                        .filter(user -> !user.isNull())
                        .map(JsonNode::asText));
        assertIsText(object.get("message"), message.text().toString(), text.orElseThrow());
        assertThat(asWritten(PublishRequest.read(json, ByteBuffer.wrap(written(message)))))
                .isEqualTo(asWritten(message));
    }

    private void assertIsText(JsonNode value, String text, String source) throws JsonProcessingException {
        if (value.isTextual()) {
            assertThat(text).isEqualTo(value.textValue());
        } else {
            assertThat(mapper.readTree(text)).isEqualTo(value);
            assertThat(source).contains(text);
        }
    }

    private byte[] written(Message message) throws JsonProcessingException {
        ObjectNode object = mapper.createObjectNode()
                .put("topic", message.topic().name())
                .put("message", message.text().toString());
        message.recipient().ifPresent(user -> object.put("user_id", user.value()));
        return mapper.writeValueAsString(object).getBytes(StandardCharsets.UTF_8);
    }

    private static String asWritten(Message message) {
        return message.topic() + "\n" + message.recipient() + "\n" + message.text();
    }

    private static boolean isMessage(ObjectNode object) {
        Set<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        JsonNode message = object.path("message");
        return FIELDS.containsAll(names)
                && object.path("topic").isTextual()
                && ReferenceRules.isTopic(object.path("topic").textValue())
                && isUserOrNobody(object.path("user_id"))
                && !message.isMissingNode()
                && (!message.isTextual() || ReferenceRules.isWellFormed(message.textValue()));
    }

    private static boolean isUserOrNobody(JsonNode user) {
        if (user.isTextual()) {
            return ReferenceRules.isUser(user.textValue());
        }
        boolean number = user.isIntegralNumber()
                && user.bigIntegerValue().signum() >= 0
                && user.bigIntegerValue().compareTo(MOST) <= 0;
        return number || user.isNull() || user.isMissingNode();
    }
}
