package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.TestSocket;

/** JSON that is none, or more than the relay takes: always a 400 that says why, and nobody else notices. */
class BadJsonTest {
    private static final String MESSAGE = "\"topic\":\"cats\",\"message\":\"x\"";
    private static final String REGISTRATION = "\"user_id\":1";
    private static TestRelay relay;
    private static TestSocket bystander;

    @BeforeAll
    static void start() {
        relay = TestRelay.start();
        bystander = TestSocket.open(relay.api().register(1).url());
    }

    @AfterAll
    static void stop() {
        bystander.close();
        relay.close();
    }

    @AfterEach
    void theBystanderGetsWhatIsPublishedNextAndNothingElse() {
        assertThat(relay.api().publish("cats", "next")).isEqualTo(1);
        assertThat(bystander.receive()).isEqualTo("next");
    }

    @Test
    void theSameWithoutAMistakeIsTaken() {
        assertThat(relay.api().post("/register", "{" + REGISTRATION + "} \n").status())
                .isEqualTo(200);
        assertThat(relay.api().post("/publish", " {" + MESSAGE + "}").status()).isEqualTo(200);
        assertThat(bystander.receive()).isEqualTo("x");
    }

    /** Each is completed by the fields that the path requires, in place of the dollar sign. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " \t\r\n ",
                "{",
                "{\"",
                "{$",
                "{$,",
                "{$,}",
                "{$,\"",
                "{$,\"a",
                "{$,\"a\"",
                "{$,\"a\":",
                "{$]",
                "{$}}",
                "{$}x",
                "{$}{$}",
                "{$},",
                "{$}\n{$}",
                "{$}null",
                "{$}\0",
                "\0{$}",
                "\u000b{$}",
                "\u00a0{$}",
                "{,$}",
                "{$ $}",
                "{$,$}",
                "[{$}]",
                "[]",
                "null",
                "1",
                "\"{$}\"",
                "true",
                "tru",
                "nul",
                "{/* comment */$}",
                "// comment\n{$}",
                "{$}# comment",
                "{$,'a':1}",
                "{$,a:1}",
                "'",
                "$",
                "%7B$%7D",
                "data={$}",
                "<xml/>",
            })
    void whatIsNotOneJsonObjectIsRejected(String template) {
        assertRejected(template.replace("$", MESSAGE), template.replace("$", REGISTRATION));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "NaN",
                "Infinity",
                "-Infinity",
                "+1",
                "-",
                "01",
                "-01",
                ".5",
                "1.",
                "1e",
                "1e+",
                "0x1",
                "1_000",
                "1 2",
                "True",
                "undefined",
                "'x'",
                "\"",
                "\"\t\"",
                "\"\n\"",
                "\"\0\"",
                "\"\\x\"",
                "\"\\u00g0\"",
                "\"\\u12\"",
                "[1,]",
                "[,1]",
                "[1",
                "[1}",
                "{\"a\"}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":{\"b\":1,\"b\":1}}",
                "[{\"a\":1,\"\\u0061\":2}]",
            })
    void aValueThatIsNoJsonIsRejected(String value) {
        assertRejected(
                "{\"topic\":\"cats\",\"message\":" + value + "}", "{" + REGISTRATION + ",\"topics\":" + value + "}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"topic\":\"cats\",\"topic\":\"cats\",\"message\":\"x\"}",
                "{\"topic\":\"cats\",\"message\":\"x\",\"message\":\"y\"}",
                "{\"topic\":\"cats\",\"message\":\"x\",\"user_id\":1,\"user_id\":2}",
                "{\"topic\":\"cats\",\"message\":\"x\",\"mess\\u0061ge\":\"y\"}",
            })
    void aFieldGivenTwiceIsNamed(String body) {
        assertThat(assertProblem(relay.api().post("/publish", body), 400)).contains("Duplicate");
        assertThat(assertProblem(relay.api().post("/register", "{\"user_id\":1,\"user_id\":1}"), 400))
                .contains("Duplicate", "user_id");
    }

    @Test
    void jsonIsAtMost32LevelsDeep() {
        String deepest = "[".repeat(31) + "]".repeat(31);
        assertThat(relay.api()
                        .post("/publish", "{\"topic\":\"nobody\",\"message\":" + deepest + "}")
                        .status())
                .isEqualTo(200);
        assertThat(assertProblem(
                        relay.api().post("/publish", "{\"topic\":\"nobody\",\"message\":[" + deepest + "]}"), 400))
                .contains("32 levels");
    }

    @ParameterizedTest
    @CsvSource({"[, ''", "[, ]", "'{\"a\":', ''", "'{\"a\":', 1}"})
    void deepJsonIsRejectedWhetherItEndsOrNot(String open, String close) {
        String deep = open.repeat(500) + close + close.replace("1", "").repeat(499);
        assertRejected("{\"topic\":\"cats\",\"message\":" + deep + "}", "{" + REGISTRATION + ",\"x\":" + deep + "}");
        assertRejected(deep, deep);
    }

    @Test
    void veryDeepJsonIsRejectedToo() {
        String deep = "[".repeat(500_000);
        assertRejected("{\"topic\":\"cats\",\"message\":" + deep, "{\"user_id\":" + deep);
    }

    @Test
    void namesAreAtMost256CharactersLong() {
        for (int length : new int[] {257, 300_000}) {
            String name = "a".repeat(length);
            assertRejected("{" + MESSAGE + ",\"" + name + "\":1}", "{" + REGISTRATION + ",\"" + name + "\":1}");
            assertThat(assertProblem(
                            relay.api().post("/publish", "{\"topic\":\"cats\",\"message\":{\"" + name + "\":1}}"), 400))
                    .contains("names of 256");
        }
    }

    @Test
    void numbersAreAtMost1000CharactersLong() {
        for (String number : List.of("1".repeat(2000), "-" + "1".repeat(2000), "0." + "1".repeat(2000))) {
            assertRejected("{\"topic\":\"cats\",\"message\":" + number + "}", "{\"user_id\":" + number + "}");
            assertRejected(
                    "{\"topic\":\"cats\",\"message\":[" + number + "]}",
                    "{" + REGISTRATION + ",\"keep\":" + number + "}");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE"})
    void otherEncodingsAreRejected(String charset) {
        assertRejected(
                ("{" + MESSAGE + "}").getBytes(Charset.forName(charset)),
                ("{" + REGISTRATION + "}").getBytes(Charset.forName(charset)));
    }

    @ParameterizedTest
    @CsvSource({
        "FF, not in UTF-8 at all",
        "80, a continuation byte alone",
        "C3, cut short",
        "E282, cut short",
        "C0AF, overlong slash",
        "E080AF, overlong slash",
        "F08080AF, overlong slash",
        "C080, overlong NUL",
        "EDA080, a surrogate",
        "EDA0BDEDB880, a pair of surrogates",
        "F4908080, beyond Unicode",
        "F888808080, five bytes",
    })
    void bytesThatAreNotUtf8AreRejected(String hex, String kind) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        assertThat(assertProblem(
                        Raw.post(
                                relay.port(),
                                "/publish",
                                "application/json",
                                spliced("{\"topic\":\"cats\",\"message\":\"", bytes)),
                        400))
                .as(kind)
                .contains("UTF-8");
        assertThat(assertProblem(
                        Raw.post(relay.port(), "/register", "application/json", spliced("{\"user_id\":\"", bytes)),
                        400))
                .as(kind)
                .contains("UTF-8");
    }

    private static byte[] spliced(String before, byte[] bytes) {
        String text = before + new String(bytes, StandardCharsets.ISO_8859_1) + "\"}";
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void assertRejected(String message, String registration) {
        assertRejected(message.getBytes(StandardCharsets.UTF_8), registration.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertRejected(byte[] message, byte[] registration) {
        assertProblem(post("/publish", message), 400);
        assertProblem(post("/register", registration), 400);
    }

    private static Answer post(String path, byte[] body) {
        return Raw.post(relay.port(), path, "application/json", body);
    }
}
