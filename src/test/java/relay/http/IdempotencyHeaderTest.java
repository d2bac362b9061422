package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import relay.message.InvalidInputException;
import relay.testing.ReferenceRules;

/** Which values of {@code Idempotency-Key} name a request, and which key they name. */
class IdempotencyHeaderTest {
    static final List<String> BAD_VALUES = Stream.concat(
                    Stream.of(
                            "",
                            "\"",
                            "\"\"",
                            "\"\"\"",
                            "\"a",
                            "a\"",
                            "a\"b",
                            "'a\"",
                            "\"a\"b",
                            "\"a\" \"b\"",
                            "\"a\", \"b\"",
                            "\"a\";p=1",
                            "\"a\\\"",
                            "\"a\\b\"",
                            "\"a\\",
                            "\"\u00e9\"",
                            "\"\u007f\"",
                            "\"a\tb\"",
                            "a,b",
                            "a, b",
                            ",",
                            "a b",
                            "a;p=1",
                            "a\\b",
                            "a\tb",
                            "\u00e9",
                            "\u007f",
                            "\u0000",
                            "a\u0000",
                            "\u20ac",
                            "\ud83d\ude00",
                            "a".repeat(256),
                            "\"" + "a".repeat(256) + "\"",
                            "\"" + "\\\\".repeat(256) + "\"",
                            "a".repeat(100_000),
                            "\"" + "\\\"".repeat(100_000) + "\""),
                    IntStream.concat(IntStream.range(0, ' '), IntStream.rangeClosed(0x7f, 0x100))
                            .mapToObj(Character::toString)
                            .flatMap(c -> Stream.of("a" + c + "b", "\"a" + c + "b\"")))
            .toList();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "a                                      | a",
                "8e03978e-40d5-43dd-bc93-6894a57f9324   | 8e03978e-40d5-43dd-bc93-6894a57f9324",
                "\"8e03978e-40d5-43dd-bc93-6894a57f93\" | 8e03978e-40d5-43dd-bc93-6894a57f93",
                "\"with space\"                         | with space",
                "\" \"                                  | ` `",
                "\"a\\\"b\\\\c\"                        | a\"b\\c",
                "\"a,b;c='d'\"                          | a,b;c='d'",
                "AbC=/+:?1*                             | AbC=/+:?1*",
                "!#$%&'()*+-./:<=>?@[]^_{}~             | !#$%&'()*+-./:<=>?@[]^_{}~",
            })
    void aKeyIsTheSameInQuotesAndWithout(String value, String key) {
        assertThat(IdempotencyHeader.key(List.of(value))).hasValue(key);
    }

    @Test
    void everyVisibleCharacterCanBeInAKey() {
        IntStream.rangeClosed('!', '~').mapToObj(Character::toString).forEach(c -> {
            assertThat(IdempotencyHeader.key(List.of(quoted(c)))).hasValue(c);
            if (!"\",;\\".contains(c)) {
                assertThat(IdempotencyHeader.key(List.of(c))).hasValue(c);
            }
        });
    }

    @Test
    void theLongestHas255CharactersHoweverManyOfThemAreEscaped() {
        String longest = "\\".repeat(255);
        assertThat(IdempotencyHeader.key(List.of(quoted(longest)))).hasValue(longest);
        assertThat(IdempotencyHeader.key(List.of("a".repeat(255)))).hasValue("a".repeat(255));
    }

    @ParameterizedTest
    @FieldSource("BAD_VALUES")
    void aValueThatIsNoKeyIsRefused(String value) {
        assertRefused(List.of(value));
    }

    @Test
    void oneRequestHasOneKey() {
        assertThat(IdempotencyHeader.key(List.of())).isEmpty();
        assertRefused(List.of("a", "a"));
        assertRefused(List.of("a", ""));
    }

    @Test
    void whateverIsTakenNamesTheKeyThatItsQuotedFormNames() {
        Random random = new Random(20261123);
        String alphabet = "ab\"\\,; \t\u00e9!~";
        int taken = 0;
        for (int i = 0; i < 20_000; i++) {
            String value = random.ints(random.nextInt(8), 0, alphabet.length())
                    .mapToObj(at -> alphabet.substring(at, at + 1))
                    .collect(Collectors.joining());
            try {
                String key = IdempotencyHeader.key(List.of(value)).orElseThrow();
                assertThat(key).matches("[ -~]{1,255}").isIn(value, unquoted(value));
                assertThat(IdempotencyHeader.key(List.of(quoted(key)))).hasValue(key);
                taken++;
            } catch (InvalidInputException e) {
                ReferenceRules.assertForPeople(e.detail());
            }
        }
        assertThat(taken).isBetween(100, 19_900);
    }

    private static void assertRefused(List<String> values) {
        assertThatThrownBy(() -> IdempotencyHeader.key(values))
                .isInstanceOfSatisfying(InvalidInputException.class, refused -> {
                    assertThat(refused.detail()).startsWith("Idempotency-Key ").contains("1 to 255 visible ASCII");
                    ReferenceRules.assertForPeople(refused.detail());
                });
    }

    private static String quoted(String key) {
        return '"' + key.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** What stands between quotes, told by hand. */
    private static String unquoted(String value) {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i < value.length() - 1; i++) {
            i += value.charAt(i) == '\\' ? 1 : 0;
            text.append(value.charAt(i));
        }
        return text.toString();
    }
}
