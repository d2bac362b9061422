package relay.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import relay.message.InvalidInputException;

class ApiKeysFuzzTest {
    /** All that a refusal says but the number of the key: so nothing of a key can be in it. */
    private static final Set<String> REFUSALS = Stream.of(
                    "!",
                    "k:?",
                    "k:publish:",
                    "k:publish:a*",
                    "k:publish:\u0001",
                    "k:publish:" + "x".repeat(257),
                    "k\n".repeat(ApiKeys.MOST + 1))
            .map(ApiKeysFuzzTest::refusal)
            .collect(Collectors.toUnmodifiableSet());

    @FuzzTest
    void aKeyIsFoundAgainOrRefusedWithoutItsText(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        ApiKeys keys;
        try {
            keys = ApiKeys.parse(text);
        } catch (InvalidInputException e) {
            assertThat(withoutNumber(e.detail())).isIn(REFUSALS);
            return;
        }
        Set<String> written = written(text);
        assertThat(written).allSatisfy(key -> assertThat(keys.find(key)).isPresent());
        assertThat(written)
                .allSatisfy(key -> assertThat(keys.find(key + "x").isPresent()).isEqualTo(written.contains(key + "x")));
        assertThat(keys.isEmpty()).isEqualTo(written.isEmpty());
    }

    private static Set<String> written(String text) {
        return text.lines()
                .filter(line -> !line.strip().startsWith("#"))
                .flatMap(line -> Stream.of(line.split(",", -1)))
                .filter(part -> !part.isBlank())
                .map(part -> part.strip().split(":", -1)[0])
                .collect(Collectors.toSet());
    }

    private static String refusal(String text) {
        try {
            ApiKeys.parse(text);
        } catch (InvalidInputException e) {
            return withoutNumber(e.detail());
        }
        throw new AssertionError("taken: " + text);
    }

    private static String withoutNumber(String detail) {
        return detail.replaceFirst("^key \\d+", "key");
    }
}
