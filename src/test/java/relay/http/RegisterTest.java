package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.TestSocket;

/** What {@code POST /register} takes. */
class RegisterTest {
    private static final String ASTRAL = "😀";

    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "-0", "18446744073709551615", "\"a\"", "\"0\"", "\"-1\"", "\"ünï\"", "\" \""})
    void userIdIsAWholeNumberOrAString(String userId) {
        assertThat(register("{\"user_id\":" + userId + "}").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "18446744073709551616 | out of range",
                "-1                   | out of range",
                "1.5                  | whole number",
                "1.0                  | whole number",
                "1e2                  | whole number",
                "null                 | whole number",
                "{}                   | whole number",
                "{\"a\":1}            | whole number",
                "[]                   | whole number",
                "[1]                  | whole number",
                "true                 | whole number",
                "\"\"                 | empty",
                "\"\\ud800\"          | surrogate",
            })
    void otherUserIdsAreRejected(String userId, String detail) {
        assertThat(assertProblem(register("{\"user_id\":" + userId + "}"), 400)).contains("user_id", detail);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", ASTRAL})
    void userIdHas256CharactersAtMost(String character) {
        assertThat(register("{\"user_id\":\"" + character.repeat(256) + "\"}").status())
                .isEqualTo(200);
        assertThat(assertProblem(register("{\"user_id\":\"" + character.repeat(257) + "\"}"), 400))
                .contains("user_id is too long", "256");
    }

    @Test
    void aNumberAndItsDigitsNameTheSameUser() {
        try (TestSocket byNumber = open("{\"user_id\":701}");
                TestSocket byDigits = open("{\"user_id\":\"701\"}")) {
            assertThat(publish("{\"user_id\":\"701\",\"topic\":\"cats\",\"message\":\"a\"}"))
                    .isEqualTo(2);
            assertThat(publish("{\"user_id\":701,\"topic\":\"cats\",\"message\":\"b\"}"))
                    .isEqualTo(2);
            assertThat(byNumber.receive(2)).containsExactly("a", "b");
            assertThat(byDigits.receive(2)).containsExactly("a", "b");
        }
    }

    @Test
    void theLargestNumberIsAUserOfItsOwn() {
        try (TestSocket socket = open("{\"user_id\":18446744073709551615}")) {
            assertThat(publish("{\"user_id\":18446744073709551614,\"topic\":\"cats\",\"message\":\"other\"}"))
                    .isZero();
            assertThat(publish("{\"user_id\":\"18446744073709551615\",\"topic\":\"cats\",\"message\":\"own\"}"))
                    .isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("own");
        }
    }

    @Test
    void otherSpellingsOfANumberAreOtherUsers() {
        try (TestSocket socket = open("{\"user_id\":\"0702\"}")) {
            assertThat(publish("{\"user_id\":702,\"topic\":\"cats\",\"message\":\"other\"}"))
                    .isZero();
            assertThat(publish("{\"user_id\":\"0702\",\"topic\":\"cats\",\"message\":\"own\"}"))
                    .isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("own");
        }
    }

    @Test
    void userIdIsRequired() {
        assertThat(assertProblem(register("{\"topics\":[\"cats\"]}"), 400)).contains("user_id is missing");
    }

    @Test
    void topicsAreCatsUnlessGiven() {
        try (TestSocket socket = open("{\"user_id\":710}")) {
            assertThat(publish("{\"user_id\":710,\"topic\":\"dogs\",\"message\":\"no\"}"))
                    .isZero();
            assertThat(publish("{\"user_id\":710,\"topic\":\"cats\",\"message\":\"yes\"}"))
                    .isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("yes");
        }
    }

    @Test
    void givenTopicsTakeThePlaceOfCats() {
        try (TestSocket socket = open("{\"user_id\":711,\"topics\":[\"dogs\",\"owls\"]}")) {
            assertThat(publish("{\"user_id\":711,\"topic\":\"cats\",\"message\":\"no\"}"))
                    .isZero();
            assertThat(publish("{\"user_id\":711,\"topic\":\"dogs\",\"message\":\"dog\"}"))
                    .isEqualTo(1);
            assertThat(publish("{\"user_id\":711,\"topic\":\"owls\",\"message\":\"owl\"}"))
                    .isEqualTo(1);
            assertThat(socket.receive(2)).containsExactly("dog", "owl");
        }
    }

    @Test
    void noTopicsAtAllIsAChoiceToo() {
        try (TestSocket socket = open("{\"user_id\":712,\"topics\":[]}")) {
            assertThat(publish("{\"user_id\":712,\"topic\":\"cats\",\"message\":\"no\"}"))
                    .isZero();
            socket.subscribe("cats");
            assertThat(publish("{\"user_id\":712,\"topic\":\"cats\",\"message\":\"yes\"}"))
                    .isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("yes");
        }
    }

    @Test
    void aTopicGivenTwiceDeliversOnce() {
        try (TestSocket socket = open("{\"user_id\":713,\"topics\":[\"dogs\",\"dogs\"]}")) {
            assertThat(publish("{\"user_id\":713,\"topic\":\"dogs\",\"message\":\"once\"}"))
                    .isEqualTo(1);
            socket.barrier();
            assertThat(socket.received()).containsExactly("once");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"cats\"           | not an array",
                "null               | not an array",
                "{}                 | not an array",
                "1                  | not an array",
                "[1]                | not a string",
                "[null]             | not a string",
                "[\"cats\",[\"a\"]] | not a string",
                "[{\"a\":\"b\"}]    | not a string",
                "[\"\"]             | empty",
                "[\"a\\n\"]         | control character",
                "[\"a\\u0000b\"]    | control character",
                "[\"a\\u007f\"]     | control character",
                "[\"a\\u0085\"]     | control character",
                "[\"\\udc00\"]      | surrogate",
            })
    void topicsThatAreNoArrayOfTopicsAreRejected(String topics, String detail) {
        assertThat(assertProblem(register("{\"user_id\":1,\"topics\":" + topics + "}"), 400))
                .contains("topic", detail);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", ASTRAL})
    void aTopicHas256CharactersAtMost(String character) {
        assertThat(register("{\"user_id\":1,\"topics\":[\"" + character.repeat(256) + "\"]}")
                        .status())
                .isEqualTo(200);
        assertThat(assertProblem(register("{\"user_id\":1,\"topics\":[\"" + character.repeat(257) + "\"]}"), 400))
                .contains("topic is too long", "256");
    }

    @Test
    void aClientHas1000TopicsAtMost() {
        assertThat(register("{\"user_id\":1,\"topics\":" + topics(1000) + "}").status())
                .isEqualTo(200);
        assertThat(assertProblem(register("{\"user_id\":1,\"topics\":" + topics(1001) + "}"), 400))
                .contains("topics", "1000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "86400"})
    void keepIsAWholeNumberOfSeconds(String keep) {
        assertThat(register("{\"user_id\":1,\"keep\":" + keep + "}").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"-1", "86401", "1.5", "1e1", "\"5\"", "null", "[]", "{}", "true", "99999999999999999999999999"})
    void otherKeepsAreRejected(String keep) {
        assertThat(assertProblem(register("{\"user_id\":1,\"keep\":" + keep + "}"), 400))
                .isEqualTo("keep takes a whole number from 0 to 86400");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"overflow\":\"close\"",
                "\"overflow\":\"catchup\",\"keep\":1",
                "\"keep\":1,\"overflow\":\"catchup\""
            })
    void overflowIsCloseOrWithKeepCatchup(String fields) {
        assertThat(register("{\"user_id\":1," + fields + "}").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"overflow\":\"catchup\"              | overflow catchup needs keep",
                "\"overflow\":\"catchup\",\"keep\":0   | overflow catchup needs keep",
                "\"overflow\":\"latest\",\"keep\":1    | overflow takes close or catchup",
                "\"overflow\":\"\"                     | overflow takes close or catchup",
                "\"overflow\":\"CLOSE\"                | overflow takes close or catchup",
                "\"overflow\":null                     | overflow is not a string",
                "\"overflow\":1                        | overflow is not a string",
            })
    void otherOverflowsAreRejected(String fields, String detail) {
        assertThat(assertProblem(register("{\"user_id\":1," + fields + "}"), 400))
                .contains(detail);
    }

    @ParameterizedTest
    @ValueSource(strings = {"userId", "topic", "User_id", "", "allow\\u0000", "😀"})
    void unknownFieldsAreRejected(String name) {
        assertThat(assertProblem(register("{\"user_id\":1,\"" + name + "\":1}"), 400))
                .startsWith("unknown field")
                .contains("user_id, topics, allow, publish, keep and overflow");
    }

    @Test
    void theOrderOfTheFieldsDoesNotMatter() {
        assertThat(register("{\"keep\":5,\"topics\":[\"dogs\"],\"user_id\":1}").status())
                .isEqualTo(200);
    }

    private static String topics(int count) {
        return IntStream.range(0, count).mapToObj(i -> "\"t" + i + "\"").collect(Collectors.joining(",", "[", "]"));
    }

    private static Answer register(String body) {
        return relay.api().post("/register", body);
    }

    private static TestSocket open(String body) {
        return TestSocket.open(register(body).json().get("url").asText());
    }

    private static int publish(String body) {
        Answer answer = relay.api().post("/publish", body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().get("queued").asInt();
    }
}
