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
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import relay.json.Json;
import relay.message.ClientId;
import relay.message.InvalidInputException;
import relay.message.Message;
import relay.message.MessageOptions.Retain;
import relay.message.Topic;
import relay.testing.ReferenceRules;

class PublishRequestFuzzTest {
    private static final int MAX_DEPTH = 8;
    private static final Set<String> FIELDS =
            Set.of("topic", "topics", "message", "user_id", "ttl", "exclude", "retain");
    private static final BigInteger MOST = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

    private static final BigInteger YEAR_SECONDS = BigInteger.valueOf(365 * 24 * 3600);

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
        assertThat(message.topics().stream().map(Topic::name).toList()).isEqualTo(topics(object));
        assertThat(message.options().ttl().map(Duration::toSeconds))
                .isEqualTo(Optional.of(object.path("ttl"))
                        .filter(JsonNode::isNumber)
                        .map(JsonNode::asLong));
        assertThat(message.options().exclude().map(ClientId::secret))
                .isEqualTo(Optional.ofNullable(object.path("exclude").textValue()));
        assertThat(message.options().retain()).isEqualTo(retain(object));
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
        ObjectNode object = mapper.createObjectNode();
        if (message.options().retain() == Retain.CLEAR) {
            object.putNull("message");
        } else {
            object.put("message", message.text().toString());
        }
        message.topics().forEach(topic -> object.withArray("topics").add(topic.name()));
        message.options().ttl().ifPresent(ttl -> object.put("ttl", ttl.toSeconds()));
        message.options().exclude().ifPresent(id -> object.put("exclude", id.secret()));
        object.put("retain", message.options().retain() != Retain.NO);
        message.recipient().ifPresent(user -> object.put("user_id", user.value()));
        return mapper.writeValueAsString(object).getBytes(StandardCharsets.UTF_8);
    }

    private static String asWritten(Message message) {
        return message.topics() + "\n" + message.recipient() + "\n" + message.text() + "\n" + message.options();
    }

    private static boolean isMessage(ObjectNode object) {
        Set<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        JsonNode message = object.path("message");
        return FIELDS.containsAll(names)
                && areTopics(object)
                && areOptions(object)
                && isUserOrNobody(object.path("user_id"))
                && !message.isMissingNode()
                && (!message.isTextual() || ReferenceRules.isWellFormed(message.textValue()));
    }

    private static List<String> topics(ObjectNode object) {
        List<String> topics = new ArrayList<>();
        object.path("topics").forEach(topic -> topics.add(topic.textValue()));
        if (object.has("topic")) {
            topics.add(object.get("topic").textValue());
        }
        return topics;
    }

    private static Retain retain(ObjectNode object) {
        if (!object.path("retain").asBoolean()) {
            return Retain.NO;
        }
        return object.get("message").isNull() ? Retain.CLEAR : Retain.VALUE;
    }

    private static boolean areTopics(ObjectNode object) {
        if (object.has("topic")) {
            return !object.has("topics") && isTopic(object.get("topic"));
        }
        JsonNode topics = object.path("topics");
        Set<JsonNode> different = new HashSet<>();
        topics.forEach(different::add);
        return topics.isArray()
                && topics.size() >= 1
                && topics.size() <= 100
                && different.size() == topics.size()
                && different.stream().allMatch(PublishRequestFuzzTest::isTopic);
    }

    private static boolean isTopic(JsonNode topic) {
        return topic.isTextual() && ReferenceRules.isTopic(topic.textValue());
    }

    private static boolean areOptions(ObjectNode object) {
        JsonNode ttl = object.path("ttl");
        JsonNode exclude = object.path("exclude");
        boolean seconds = ttl.isIntegralNumber()
                && ttl.bigIntegerValue().signum() > 0
                && ttl.bigIntegerValue().compareTo(YEAR_SECONDS) <= 0;
        boolean id = exclude.isTextual() && exclude.textValue().matches("[0-9a-f]{32}");
        return (ttl.isMissingNode() || seconds)
                && (exclude.isMissingNode() || id)
                && (object.path("retain").isMissingNode()
                        || object.get("retain").isBoolean());
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
