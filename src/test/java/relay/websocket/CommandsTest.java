package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.ReferenceRules;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** What a client says on its socket, well said or not. */
class CommandsTest {

    @AutoClose
    private static final TestRelay relay = TestRelay.start("--max-frames-per-second", "100000");

    private TestSocket socket;

    @BeforeEach
    void connect() {
        socket = TestSocket.open(relay.api().register(1, "first", "second").url());
    }

    @AfterEach
    void disconnect() {
        socket.close();
    }

    @Test
    void topicsReplaceThoseThatWere() {
        socket.subscribe("second", "third");
        assertThat(relay.api().publish("first", "of no interest")).isZero();
        assertThat(relay.api().publish("second", "kept")).isEqualTo(1);
        assertThat(relay.api().publish("third", "new")).isEqualTo(1);
        assertThat(socket.receive(2)).containsExactly("kept", "new");
    }

    @Test
    void emptyListAsksForNothing() {
        socket.send("{\"topics\":[]}");
        socket.barrier();
        assertThat(relay.api().publish("first", "x")).isZero();
        assertThat(relay.api().publish("second", "x")).isZero();
        assertThat(relay.api().publish(1, "first", "x")).isZero();
        socket.subscribe("first");
        assertThat(relay.api().publish("first", "back")).isEqualTo(1);
        assertThat(socket.receive()).isEqualTo("back");
    }

    @Test
    void topicNamedTwiceIsReceivedOnce() {
        socket.subscribe("twice", "twice", "twice");
        assertThat(relay.api().publish("twice", "once")).isEqualTo(1);
        socket.barrier();
        assertThat(socket.received()).containsExactly("once");
    }

    @Test
    void topicsThatNobodyPublishesToCanBeAskedForAndLeft() {
        for (int i = 0; i < 100; i++) {
            socket.send("{\"topics\":[\"nowhere " + i + "\"]}");
        }
        socket.barrier();
        assertThat(relay.api().publish("nowhere 98", "left")).isZero();
        assertThat(relay.api().publish("nowhere 99", "last")).isEqualTo(1);
        assertThat(socket.receive()).isEqualTo("last");
    }

    @Test
    void addressedMessagesComeOnlyForTopicsThatWereAskedFor() {
        socket.subscribe("letters");
        assertThat(relay.api().publish(1, "first", "left")).isZero();
        assertThat(relay.api().publish(2, "letters", "for another")).isZero();
        assertThat(relay.api().publish(1, "letters", "for you")).isEqualTo(1);
        socket.barrier();
        assertThat(socket.received()).containsExactly("for you");
    }

    @Test
    void sayingTheSameListAgainLosesAndRepeatsNothing() {
        CompletableFuture<Void> publisher = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < 300; i++) {
                relay.api().publish("first", "message " + i);
            }
        });
        int said = 0;
        while (!publisher.isDone() || said < 50) {
            socket.subscribe("first", "second");
            said++;
        }
        publisher.join();
        assertThat(socket.receive(300))
                .isEqualTo(IntStream.range(0, 300).mapToObj(i -> "message " + i).toList());
        socket.barrier();
        assertThat(socket.received()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ping", "ping\n", "ping\r\n"})
    void pingAsTextIsToleratedAndAnswersNothing(String ping) {
        socket.send(ping);
        socket.send(ping);
        socket.barrier();
        assertThat(socket.received()).isEmpty();
        assertTopicsAreUnchanged();
    }

    @Test
    void largestListOfTheLongestTopicsOfManyBytesIsTaken() {
        String longest = "😀".repeat(256);
        socket.subscribe(longest);
        assertThat(relay.api().publish(longest, "long")).isEqualTo(1);
        socket.send(command(IntStream.range(0, 1000).mapToObj(i -> "t" + i)));
        socket.barrier();
        assertThat(relay.api().publish("t0", "first of all")).isEqualTo(1);
        assertThat(relay.api().publish("t999", "last of all")).isEqualTo(1);
        assertThat(socket.receive(3)).containsExactly("long", "first of all", "last of all");
    }

    @Test
    void topicsCountOnceHoweverOftenTheyAreNamed() {
        socket.send(command(IntStream.range(0, 1500).mapToObj(i -> "t" + i % 1000)));
        socket.barrier();
        assertThat(socket.received()).isEmpty();
        assertThat(relay.api().publish("t999", "x")).isEqualTo(1);
    }

    @Test
    void whitespaceAndEscapesAreJsonsOwn() {
        socket.send(" \r\n\t{ \"t\\u006fpics\" :\n[ \"caf\\u00e9\" , \"\\ud83d\\ude00\" ] }\n");
        socket.barrier();
        assertThat(relay.api().publish("café", "x")).isEqualTo(1);
        assertThat(relay.api().publish("😀", "y")).isEqualTo(1);
        assertThat(socket.receive(2)).containsExactly("x", "y");
    }

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of("empty", ""),
                Arguments.of("blank", " \n"),
                Arguments.of("prose", "hello"),
                Arguments.of("ping in uppercase", "PING"),
                Arguments.of("ping with more", "ping ping"),
                Arguments.of("ping with two newlines", "ping\n\n"),
                Arguments.of("cut off", "{\"topics\":[\"wrong\""),
                Arguments.of("cut off in a string", "{\"topics\":[\"wro"),
                Arguments.of("trailing comma", "{\"topics\":[\"wrong\",]}"),
                Arguments.of("trailing garbage", "{\"topics\":[\"wrong\"]}x"),
                Arguments.of("two commands", "{\"topics\":[\"wrong\"]}{\"topics\":[\"wrong\"]}"),
                Arguments.of("single quotes", "{'topics':['wrong']}"),
                Arguments.of("comment", "{\"topics\":[\"wrong\"]}//"),
                Arguments.of("NUL", "{\"topics\":[\"wrong\"]}\0"),
                Arguments.of("word with control characters", "nul\u0001\u0085l"),
                Arguments.of("array", "[\"wrong\"]"),
                Arguments.of("string", "\"topics\""),
                Arguments.of("number", "1"),
                Arguments.of("null", "null"),
                Arguments.of("no field", "{}"),
                Arguments.of("unknown field", "{\"topic\":\"wrong\"}"),
                Arguments.of("unknown field beside", "{\"topics\":[\"wrong\"],\"x\":1}"),
                Arguments.of("unknown field with a hostile name", "{\"\\u0000\\n\\\"}]\":1}"),
                Arguments.of("unknown field with half a character", "{\"\\ud800\":1}"),
                Arguments.of("unknown field with an endless name", "{\"" + "n".repeat(5000) + "\":1}"),
                Arguments.of("field twice", "{\"topics\":[\"wrong\"],\"topics\":[\"wrong\"]}"),
                Arguments.of("topics null", "{\"topics\":null}"),
                Arguments.of("topics a string", "{\"topics\":\"wrong\"}"),
                Arguments.of("topics an object", "{\"topics\":{\"wrong\":1}}"),
                Arguments.of("topic a number", "{\"topics\":[\"wrong\",1]}"),
                Arguments.of("topic null", "{\"topics\":[\"wrong\",null]}"),
                Arguments.of("topic an array", "{\"topics\":[\"wrong\",[]]}"),
                Arguments.of("topic empty", "{\"topics\":[\"wrong\",\"\"]}"),
                Arguments.of("topic of 257 characters", "{\"topics\":[\"wrong\",\"" + "x".repeat(257) + "\"]}"),
                Arguments.of("topic with a tab", "{\"topics\":[\"wrong\",\"a\\tb\"]}"),
                Arguments.of("topic with DEL", "{\"topics\":[\"wrong\",\"a\\u007f\"]}"),
                Arguments.of("topic with a raw control character", "{\"topics\":[\"wrong\",\"a\u0001\"]}"),
                Arguments.of("topic with half a character", "{\"topics\":[\"wrong\",\"\\ud800\"]}"),
                Arguments.of(
                        "1,001 topics", command(IntStream.range(0, 1001).mapToObj(i -> i == 0 ? "wrong" : "t" + i))),
                Arguments.of("topics 500 levels deep", "{\"topics\":" + "[".repeat(500) + "]".repeat(500) + "}"),
                Arguments.of("500 levels deep", "[".repeat(500) + "]".repeat(500)),
                Arguments.of("500 levels deep in a field", "{\"x\":".repeat(500) + "1" + "}".repeat(500)),
                Arguments.of("20,000 levels deep, never closed", "{\"topics\":[" + "[".repeat(20_000)),
                Arguments.of("number of 60,000 digits", "{\"topics\":" + "9".repeat(60_000) + "}"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void mistakeIsAnsweredWithOneErrorAndChangesNothing(String name, String text) throws Exception {
        socket.send(text);
        socket.barrier();
        List<String> answers = socket.received();
        assertThat(answers).hasSize(1);
        JsonNode answer = TestJson.parse(answers.get(0));
        assertThat(answer.fieldNames()).toIterable().containsExactly("error");
        assertThat(answer.path("error").path("code").asText()).isEqualTo("invalid_command");
        String detail = answer.path("error").path("detail").asText();
        ReferenceRules.assertForPeople(detail);
        assertThat(detail).hasSizeLessThan(1000).doesNotContain("com.fasterxml", "StreamReadConstraints", "Exception");
        assertThat(relay.api().publish("wrong", "x")).isZero();
        assertTopicsAreUnchanged();
    }

    @Test
    void everyMistakeIsAnsweredInTurnAmongTheMessages() {
        socket.send("one");
        socket.barrier();
        relay.api().publish("first", "between");
        socket.send("two");
        socket.barrier();
        assertThat(socket.received())
                .satisfiesExactly(
                        text -> assertThat(text).contains("invalid_command"),
                        text -> assertThat(text).isEqualTo("between"),
                        text -> assertThat(text).contains("invalid_command"));
    }

    private void assertTopicsAreUnchanged() {
        assertThat(relay.api().publish("first", "still")).isEqualTo(1);
        assertThat(relay.api().publish("second", "here")).isEqualTo(1);
        assertThat(socket.receive(2)).containsExactly("still", "here");
    }

    private static String command(Stream<String> topics) {
        return "{\"topics\":[" + topics.map(topic -> "\"" + topic + "\"").collect(Collectors.joining(",")) + "]}";
    }
}
