package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static relay.http.Problems.assertProblem;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.Api.Registered;
import relay.testing.TestSocket;

/** {@code POST /publish} with one message as JSON. */
class PublishTest {

    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    private TestSocket socket;

    @BeforeEach
    void connect() {
        socket = TestSocket.open(relay.api().register(1, "t").url());
    }

    @AfterEach
    void disconnect() {
        socket.close();
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> relay.api().publish("t", "anybody there?") == 0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"are awesome\"          | are awesome",
                "\"\"                     | ''",
                "\" a  b \"               | ' a  b '",
                "\"ünï 😀 \u2028\"        | ünï 😀 \u2028",
                "\"\\ud83d\\ude00\\u00e9\" | 😀é",
                "\"{\\\"a\\\": 1}\"       | {\"a\": 1}",
                "\"\\/\\\\\\\"\"          | /\\\"",
            })
    void aStringIsForwardedAsTheTextItStandsFor(String json, String text) {
        assertThat(forwarded(json)).isEqualTo(text);
    }

    @Test
    void escapedControlCharactersAreForwardedAsTheyAre() {
        assertThat(forwarded("\"a\\n\\r\\t\\b\\f\\u0000\\u007f\"")).isEqualTo("a\n\r\t\b\f\0\u007f");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.10",
                "1e400",
                "-0",
                "-0.0",
                "1E+2",
                "123456789012345678901234567890.12345678901234567890",
                "true",
                "false",
                "null",
                "[]",
                "{}",
                "[ 1.10 ,\t2 ]",
                "{ \"b\" : [ 1e400, {\"a\": \"\\u00e9\\/\"} ],\n  \"a\" : null }",
                "{\"message\":\"x\",\"topic\":\"y\",\"user_id\":[\"😀\"]}",
                "[\"\\ud800\"]",
            })
    void anyOtherValueIsForwardedAsItsJsonToTheLetter(String json) {
        assertThat(forwarded(json)).isEqualTo(json);
    }

    @Test
    void aLargeMessageArrivesWhole() {
        String text = "0123456789é😀".repeat(50_000);
        relay.api().publish("t", text);
        assertThat(socket.receive()).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"topic\":\"t\"}                                         | message is missing",
                "{\"message\":\"x\"}                                       | topic is missing",
                "{}                                                        | topic is missing",
                "{\"topic\":\"\",\"message\":\"x\"}                        | topic is empty",
                "{\"topic\":5,\"message\":\"x\"}                           | topic is not a string",
                "{\"topic\":null,\"message\":\"x\"}                        | topic is not a string",
                "{\"topic\":[\"t\"],\"message\":\"x\"}                     | topic is not a string",
                "{\"topic\":\"a\\u0000\",\"message\":\"x\"}                | control character",
                "{\"topic\":\"a\\n\",\"message\":\"x\"}                    | control character",
                "{\"topic\":\"\\u007f\",\"message\":\"x\"}                 | control character",
                "{\"topic\":\"\\u009f\",\"message\":\"x\"}                 | control character",
                "{\"topic\":\"\\ud800\",\"message\":\"x\"}                 | surrogate",
                "{\"topic\":\"t\",\"message\":\"\\ud800\"}                 | surrogate",
                "{\"topic\":\"t\",\"message\":\"a\\ude00\\ud83d\"}         | surrogate",
                "{\"topic\":\"t\",\"message\":\"x\",\"user_id\":\"\\udfff\"} | surrogate",
                "{\"topic\":\"t\",\"message\":\"x\",\"user_id\":\"\"}      | user_id is empty",
                "{\"topic\":\"t\",\"message\":\"x\",\"user_id\":-1}        | out of range",
                "{\"topic\":\"t\",\"message\":\"x\",\"user_id\":1.5}       | whole number",
                "{\"topic\":\"t\",\"message\":\"x\",\"user_id\":[1]}       | whole number",
                "{\"topic\":\"t\",\"message\":\"x\",\"user_id\":true}      | whole number",
                "{\"topic\":\"t\",\"message\":\"x\",\"userid\":1}          | unknown field",
                "{\"topic\":\"t\",\"Message\":\"x\"}                       | unknown field",
            })
    void aWrongOrMissingFieldIsRejectedAndNothingIsSent(String body, String detail) {
        assertThat(assertProblem(relay.api().post("/publish", body), 400)).contains(detail);
        socket.barrier();
        assertThat(socket.received()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "😀"})
    void aTopicHas256CharactersAtMost(String character) {
        String longest = character.repeat(256);
        socket.subscribe(longest);
        assertThat(relay.api().publish(longest, "x")).isEqualTo(1);
        String tooLong = "{\"topic\":\"" + character.repeat(257) + "\",\"message\":\"x\"}";
        assertThat(assertProblem(relay.api().post("/publish", tooLong), 400)).contains("topic is too long");
    }

    @Test
    void topicsDifferByCaseAndByEverySpace() {
        socket.subscribe("Cats", " cats", "ca ts");
        assertThat(relay.api().publish("cats", "none of them")).isZero();
        assertThat(relay.api().publish(" cats", "this one")).isEqualTo(1);
        assertThat(socket.receive()).isEqualTo("this one");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",\"user_id\":null"})
    void withoutAUserEverybodyOnTheTopicGetsIt(String user) {
        try (TestSocket other = TestSocket.open(relay.api().register(2, "t").url());
                TestSocket elsewhere =
                        TestSocket.open(relay.api().register(1, "other").url())) {
            assertThat(queued("{\"topic\":\"t\",\"message\":\"all\"" + user + "}"))
                    .isEqualTo(2);
            assertThat(socket.receive()).isEqualTo("all");
            assertThat(other.receive()).isEqualTo("all");
            elsewhere.barrier();
            assertThat(elsewhere.received()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "\"1\""})
    void withAUserOnlyHisClientsOnTheTopicGetIt(String user) {
        try (TestSocket second = TestSocket.open(relay.api().register(1, "t").url());
                TestSocket notHis =
                        TestSocket.open(relay.api().register(11, "t").url());
                TestSocket elsewhere =
                        TestSocket.open(relay.api().register(1, "other").url())) {
            assertThat(queued("{\"user_id\":" + user + ",\"topic\":\"t\",\"message\":\"his\"}"))
                    .isEqualTo(2);
            assertThat(List.of(socket.receive(), second.receive())).containsOnly("his");
            notHis.barrier();
            elsewhere.barrier();
            assertThat(notHis.received()).isEmpty();
            assertThat(elsewhere.received()).isEmpty();
        }
    }

    @Test
    void queuedCountsNeitherTheUnconnectedNorTheGone() {
        relay.api().register(1, "t");
        Registered client = relay.api().register(1, "t");
        TestSocket leaves = TestSocket.open(client.url());
        assertThat(relay.api().publish("t", "two")).isEqualTo(2);
        leaves.abort();
        await().until(() -> relay.api().publish("t", "one") == 1);
    }

    @Test
    void aReplacedSocketIsNotCounted() {
        Registered client = relay.api().register(3, "r");
        try (TestSocket first = TestSocket.open(client.url());
                TestSocket second = TestSocket.open(client.url())) {
            assertThat(relay.api().publish("r", "newest only")).isEqualTo(1);
            assertThat(second.receive()).isEqualTo("newest only");
            assertThat(first.closeCode()).isEqualTo(4409);
            assertThat(first.received()).isEmpty();
        }
    }

    @Test
    void nobodyThereIsNoError() {
        assertThat(queued("{\"topic\":\"nobody\",\"message\":\"x\"}")).isZero();
    }

    @Test
    void theIdIsEpochAndSequenceAndGrows() {
        Answer first = publish("{\"topic\":\"t\",\"message\":\"x\"}");
        Answer second = publish("{\"topic\":\"nobody\",\"message\":\"x\"}");
        assertThat(first.header("Content-Type")).isEqualTo("application/json");
        assertThat(first.body()).matches("\\{\"id\":\"[0-9a-f]{16}-[0-9]+\",\"queued\":1}");
        assertThat(epoch(second)).isEqualTo(epoch(first));
        assertThat(sequence(second)).isEqualTo(sequence(first) + 1);
    }

    @Test
    void aRejectedMessageTakesNoId() {
        Answer first = publish("{\"topic\":\"t\",\"message\":\"x\"}");
        assertProblem(relay.api().post("/publish", "{\"topic\":\"t\"}"), 400);
        assertThat(sequence(publish("{\"topic\":\"t\",\"message\":\"x\"}"))).isEqualTo(sequence(first) + 1);
    }

    @Test
    void eachRelayHasItsOwnEpoch() {
        try (TestRelay other = TestRelay.start()) {
            Answer there = other.api().post("/publish", "{\"topic\":\"t\",\"message\":\"x\"}");
            assertThat(epoch(there)).isNotEqualTo(epoch(publish("{\"topic\":\"t\",\"message\":\"x\"}")));
            assertThat(sequence(there)).isEqualTo(1);
        }
    }

    private String forwarded(String json) {
        assertThat(queued("{\"topic\":\"t\",\"message\":" + json + "}")).isEqualTo(1);
        return socket.receive();
    }

    private static int queued(String body) {
        return publish(body).json().get("queued").asInt();
    }

    private static Answer publish(String body) {
        Answer answer = relay.api().post("/publish", body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer;
    }

    private static String epoch(Answer answer) {
        return answer.json().get("id").asText().split("-", 2)[0];
    }

    private static long sequence(Answer answer) {
        return Long.parseLong(answer.json().get("id").asText().split("-", 2)[1]);
    }
}
