package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** {@code {"add":[...]}} and {@code {"remove":[...]}} on the socket. */
class ChangedTopicsTest {
    @AutoClose
    private static final TestRelay relay =
            TestRelay.start("--max-topics", "150", "--max-frames-per-second", "100000", "--history-messages", "1000");

    private static final Api api = relay.api();

    @Test
    void addedTopicsComeBesideThoseThatWere() {
        try (TestSocket socket = connect("one")) {
            send(socket, "{\"add\":[\"two\",\"three\"]}");
            assertThat(List.of(api.publish("one", "1"), api.publish("two", "2"), api.publish("three", "3")))
                    .containsExactly(1, 1, 1);
            assertThat(socket.receive(3)).containsExactly("1", "2", "3");
        }
    }

    @Test
    void removedTopicsComeNoMoreAndTheOthersGoOn() {
        try (TestSocket socket = connect("one", "two", "three")) {
            send(socket, "{\"remove\":[\"two\",\"never had\"]}");
            assertThat(api.publish("two", "2")).isZero();
            assertThat(api.publish("three", "3")).isEqualTo(1);
            send(socket, "{\"remove\":[\"one\",\"three\"]}");
            assertThat(api.publish("one", "1")).isZero();
            send(socket, "{\"add\":[\"two\"]}");
            assertThat(api.publish("two", "again")).isEqualTo(1);
            assertThat(socket.receive(2)).containsExactly("3", "again");
        }
    }

    @Test
    void theAnswerListsTheTopicsInForce() {
        try (TestSocket socket = TestSocket.open(api.register(1, "one", "two").url() + "?format=json")) {
            assertThat(answered(socket, "{\"add\":[\"three\",\"one\"]}"))
                    .containsExactlyInAnyOrder("one", "two", "three");
            assertThat(answered(socket, "{\"remove\":[\"one\"]}")).containsExactlyInAnyOrder("two", "three");
            assertThat(answered(socket, "{\"remove\":[\"one\"]}")).containsExactlyInAnyOrder("two", "three");
            assertThat(answered(socket, "{\"remove\":[]}")).containsExactlyInAnyOrder("two", "three");
        }
    }

    @Test
    void addTakesMessagesOfThePastOfTheAddedTopicsOnly() {
        for (int i = 0; i < 5; i++) {
            api.publish("past a", "a" + i);
            api.publish("past b", "b" + i);
        }
        try (TestSocket socket = connect("past a")) {
            send(socket, "{\"add\":[\"past b\"],\"last\":2}");
            api.publish("past a", "a5");
            api.publish("past b", "b5");
            assertThat(socket.receive(4)).containsExactly("b3", "b4", "a5", "b5");
            socket.barrier();
            assertThat(socket.received()).isEmpty();
        }
    }

    @Test
    void nothingIsMissedOrRepeatedOnTheOtherTopicsWhileSomeAreAddedWithTheirPast() {
        api.publish("seam added", "old");
        CompletableFuture<Void> publisher = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < 500; i++) {
                api.publish("seam", "m" + i);
            }
        });
        try (TestSocket socket = connect("seam")) {
            int first = Integer.parseInt(socket.receive().substring(1));
            int commands = 0;
            while (!publisher.isDone()) {
                socket.send("{\"add\":[\"seam added\"],\"last\":1}");
                socket.send("{\"remove\":[\"seam added\"]}");
                commands++;
                if (commands % 50 == 0) {
                    socket.barrier();
                }
            }
            publisher.join();
            socket.barrier();
            List<String> others = socket.received().stream()
                    .filter(text -> text.startsWith("m"))
                    .toList();
            assertThat(commands).isPositive();
            assertThat(others)
                    .isEqualTo(IntStream.range(first + 1, 500)
                            .mapToObj(i -> "m" + i)
                            .toList());
        }
    }

    @Test
    void moreTopicsThanOneMayHaveAreRefusedAndNothingChanges() {
        try (TestSocket socket = connect("one")) {
            socket.send("{\"add\":" + names("t", 149) + "}");
            socket.send("{\"add\":[\"one too many\",\"and more\"]}");
            assertError(socket, "invalid_command", "152 topics", "150");
            assertThat(api.publish("one too many", "x")).isZero();
            assertThat(api.publish("t148", "last")).isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("last");
            send(socket, "{\"remove\":[\"one\"]}");
            send(socket, "{\"add\":[\"one too many\"]}");
            assertThat(api.publish("one too many", "fits")).isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("fits");
        }
    }

    @Test
    void aHundredPatternsAreTakenAndOneMoreIsRefused() {
        try (TestSocket socket = connect("one")) {
            socket.send("{\"add\":" + names("p", 99, ".*") + "}");
            socket.send("{\"add\":[\"q.*\",\"r.**\"]}");
            assertError(socket, "invalid_command", "101 patterns", "100");
            socket.send("{\"topics\":" + names("p", 101, ".*") + "}");
            assertError(socket, "invalid_command", "100");
        }
    }

    @Test
    void whatTheRegistrationDoesNotAllowIsNotAddedAndCanBeRemoved() {
        String url = api.post("/register", "{\"user_id\":1,\"topics\":[\"a.b\"],\"allow\":[\"a.*\",\"b.**\"]}")
                .json()
                .get("url")
                .asText();
        try (TestSocket socket = TestSocket.open(url)) {
            for (String refused : List.of("c", "a.**", "*", "**", "a.b.c", "b")) {
                socket.send("{\"add\":[\"a.c\",\"" + refused + "\"]}");
                assertError(socket, "not_allowed", "\"" + refused + "\"", "a.*, b.**");
            }
            assertThat(api.publish("a.c", "x")).isZero();
            for (String allowed : List.of("a.c", "a.*", "b.**", "b.*.x", "b.c.**")) {
                send(socket, "{\"add\":[\"" + allowed + "\"]}");
            }
            send(socket, "{\"remove\":[\"a.b\",\"c\"]}");
            assertThat(socket.received()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"add\":[\"wrong\"],\"remove\":[\"one\"]}",
                "{\"add\":[\"wrong\"],\"topics\":[\"wrong\"]}",
                "{\"remove\":[\"one\"],\"topics\":[\"wrong\"]}",
                "{\"remove\":[\"one\"],\"last\":1}",
                "{\"remove\":[\"one\"],\"since\":\"1m\"}",
                "{\"remove\":[\"one\"],\"token\":\"x\"}",
                "{\"add\":[\"wrong\"],\"token\":\"x\"}",
                "{\"add\":\"wrong\"}",
                "{\"add\":null}",
                "{\"add\":[\"wrong\",1]}",
                "{\"add\":[\"wrong\",\"\"]}",
                "{\"add\":[\"wrong\",\"a.**.b\"]}",
                "{\"add\":[\"wrong\",\"a.*.b*\"]}",
                "{\"add\":[\"wrong\",\"a..*\"]}",
                "{\"remove\":{\"one\":1}}",
                "{\"last\":1}"
            })
    void aMistakeIsAnsweredAndChangesNothing(String command) {
        try (TestSocket socket = connect("one")) {
            socket.send(command);
            socket.barrier();
            List<String> answers = socket.received();
            assertThat(answers).hasSize(1);
            assertThat(answers.get(0)).contains("invalid_command");
            assertThat(api.publish("wrong", "x")).isZero();
            assertThat(api.publish("one", "still")).isEqualTo(1);
        }
    }

    @Test
    void theTopicsOfAKeptClientAreWhatItHadLast() {
        String url = api.post("/register", "{\"user_id\":1,\"topics\":[\"kept one\"],\"keep\":60}")
                .json()
                .get("url")
                .asText();
        try (TestSocket socket = TestSocket.open(url)) {
            send(socket, "{\"add\":[\"kept two\",\"kept three\"]}");
            send(socket, "{\"remove\":[\"kept one\"]}");
        }
        api.publish("kept one", "1");
        api.publish("kept two", "2");
        api.publish("kept three", "3");
        try (TestSocket socket = TestSocket.open(url)) {
            assertThat(socket.receive(2)).containsExactly("2", "3");
            socket.barrier();
            assertThat(socket.received()).isEmpty();
        }
    }

    private static TestSocket connect(String... topics) {
        return TestSocket.open(api.register(1, topics).url());
    }

    /** Sends a command, and waits until it is in force. */
    private static void send(TestSocket socket, String command) {
        socket.send(command);
        socket.barrier();
    }

    private static List<String> answered(TestSocket socket, String command) {
        socket.send(command);
        JsonNode topics = parsed(socket.receive()).at("/ok/topics");
        return StreamSupport.stream(topics.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    private static void assertError(TestSocket socket, String code, String... details) {
        JsonNode error = parsed(socket.receive()).get("error");
        assertThat(error.get("code").asText()).isEqualTo(code);
        assertThat(error.get("detail").asText()).contains(details);
    }

    private static JsonNode parsed(String text) {
        try {
            return TestJson.parse(text);
        } catch (Exception e) {
            throw new AssertionError(text, e);
        }
    }

    private static String names(String prefix, int count) {
        return names(prefix, count, "");
    }

    private static String names(String prefix, int count, String suffix) {
        return IntStream.range(0, count)
                .mapToObj(i -> '"' + prefix + i + suffix + '"')
                .collect(Collectors.joining(",", "[", "]"));
    }
}
