package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import relay.json.Json;
import relay.message.InvalidInputException;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.message.Topic;
import relay.testing.ReferenceRules;
import relay.testing.TestJson;

class SocketCommandFuzzTest {
    private static final int MAX_DEPTH = 8;
    private static final int MAX_TOPICS = 3;
    private static final int LONGEST_TOKEN = 8192;
    private static final Set<String> FIELDS = Set.of("topics", "after", "last");

    private final Json json = new Json(MAX_DEPTH);
    private final ObjectMapper mapper = ReferenceRules.mapper(MAX_DEPTH);

    @FuzzTest
    void aCommandIsReadAsItsTreeSaysAndIsTheSameWhenWrittenAgain(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        Optional<ObjectNode> tree = ReferenceRules.object(mapper, text);
        if (tree.filter(object -> object.has("publish")).isPresent()) {
            assertIsReadAsAPublication(text, tree.get());
            return;
        }
        Optional<SocketCommand> expected = tree.flatMap(SocketCommandFuzzTest::command);
        SocketCommand read;
        try {
            read = SocketCommand.read(json, text, MAX_TOPICS);
        } catch (InvalidInputException e) {
            ReferenceRules.assertForPeople(e);
            assertThat(expected).isEmpty();
            return;
        }
        assertThat(expected).contains(read);
        assertThat(SocketCommand.read(json, written(read), MAX_TOPICS)).isEqualTo(read);
    }

    private void assertIsReadAsAPublication(String text, ObjectNode tree) {
        SocketCommand read;
        try {
            read = SocketCommand.read(json, text, MAX_TOPICS);
        } catch (InvalidInputException e) {
            ReferenceRules.assertForPeople(e);
            assertThat(isPublication(tree)).isFalse();
            return;
        }
        assertThat(isPublication(tree)).isTrue();
        SocketCommand.Publish publish = (SocketCommand.Publish) read;
        JsonNode words = tree.get("publish");
        assertThat(publish.topic().name()).isEqualTo(words.get("topic").textValue());
        assertThat(publish.key())
                .isEqualTo(Optional.ofNullable(words.get("key")).map(JsonNode::textValue));
        String message = publish.text().toString();
        if (words.get("message").isTextual()) {
            assertThat(message).isEqualTo(words.get("message").textValue());
        } else {
            assertThat(TestJson.parse(message)).isEqualTo(words.get("message"));
            assertThat(text).contains(message);
        }
    }

    private static boolean isPublication(ObjectNode command) {
        JsonNode words = command.get("publish");
        Set<String> names = new TreeSet<>();
        words.fieldNames().forEachRemaining(names::add);
        JsonNode key = words.path("key");
        return command.size() == 1
                && words.isObject()
                && Set.of("topic", "message", "key").containsAll(names)
                && names.containsAll(Set.of("topic", "message"))
                && words.get("topic").isTextual()
                && ReferenceRules.isTopic(words.get("topic").textValue())
                && (!words.get("message").isTextual()
                        || ReferenceRules.isWellFormed(words.get("message").textValue()))
                && (key.isMissingNode() || (key.isTextual() && isKey(key.textValue())));
    }

    private static boolean isKey(String key) {
        long characters = key.codePoints().count();
        return characters >= 1 && characters <= 255 && ReferenceRules.isWellFormed(key);
    }

    private String written(SocketCommand read) {
        ObjectNode command = mapper.createObjectNode();
        if (read instanceof SocketCommand.Renew renewal) {
            return command.put("token", renewal.token()).toString();
        }
        Subscription subscription = ((SocketCommand.Subscribe) read).wanted();
        if (subscription.start() instanceof StartPosition.After after) {
            command.put("after", after.id().toString());
        } else if (subscription.start() instanceof StartPosition.Last last) {
            command.put("last", last.count());
        }
        command.set(
                "topics",
                mapper.valueToTree(
                        subscription.topics().stream().map(Topic::name).toList()));
        return command.toString();
    }

    private static Optional<SocketCommand> command(ObjectNode command) {
        JsonNode token = command.path("token");
        if (!token.isMissingNode()) {
            boolean good = command.size() == 1
                    && token.isTextual()
                    && token.textValue().length() <= LONGEST_TOKEN;
            return good ? Optional.of(new SocketCommand.Renew(token.textValue())) : Optional.empty();
        }
        return subscription(command).map(SocketCommand.Subscribe::new);
    }

    private static Optional<Subscription> subscription(ObjectNode command) {
        Set<String> names = new TreeSet<>();
        command.fieldNames().forEachRemaining(names::add);
        Set<String> topics = new LinkedHashSet<>();
        command.path("topics").forEach(topic -> topics.add(topic.isTextual() ? topic.textValue() : ""));
        boolean good = FIELDS.containsAll(names)
                && !names.containsAll(Set.of("after", "last"))
                && command.path("topics").isArray()
                && topics.size() <= MAX_TOPICS
                && topics.stream().allMatch(ReferenceRules::isTopic);
        return good
                ? start(command)
                        .map(start ->
                                new Subscription(topics.stream().map(Topic::new).collect(Collectors.toSet()), start))
                : Optional.empty();
    }

    private static Optional<StartPosition> start(ObjectNode command) {
        JsonNode last = command.path("last");
        JsonNode after = command.path("after");
        if (!last.isMissingNode()) {
            return last.isIntegralNumber() && last.canConvertToInt() && last.intValue() >= 0
                    ? Optional.of(new StartPosition.Last(last.intValue()))
                    : Optional.empty();
        }
        if (!after.isMissingNode()) {
            return after.isTextual() && ReferenceRules.isMessageId(after.textValue())
                    ? Optional.of(new StartPosition.After(id(after.textValue())))
                    : Optional.empty();
        }
        return Optional.of(StartPosition.NOW);
    }

    private static MessageId id(String text) {
        String[] parts = text.split("-", -1);
        return new MessageId(parts[0], Long.parseLong(parts[1]));
    }
}
