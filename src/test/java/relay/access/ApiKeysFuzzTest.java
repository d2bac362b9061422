package relay.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import relay.message.InvalidInputException;
import relay.message.Topic;
import relay.testing.ReferenceRules;

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

    /** What stands in the text for one key: patterns are absent where any topic is meant. */
    private record Written(Set<String> rights, Optional<List<String>> patterns) {}

    @FuzzTest
    void aKeyIsFoundWithItsRightsAndNoOtherIsAndARefusalHasNothingOfIt(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        ApiKeys keys;
        try {
            keys = ApiKeys.parse(text);
        } catch (InvalidInputException e) {
            ReferenceRules.assertForPeople(e);
            assertThat(withoutNumber(e.detail())).isIn(REFUSALS);
            return;
        }
        Map<String, Written> written = written(text);
        assertThat(keys.isEmpty()).isEqualTo(written.isEmpty());
        for (String key : written.keySet()) {
            for (String presented :
                    List.of(key, key + "x", key.substring(1), key.toUpperCase(Locale.ROOT), key + "\n", "x")) {
                check(keys.find(presented), Optional.ofNullable(written.get(presented)), written);
            }
        }
        assertThat(keys.find("")).isEmpty();
    }

    private static void check(Optional<Caller> found, Optional<Written> expected, Map<String, Written> all) {
        assertThat(found.isPresent()).isEqualTo(expected.isPresent());
        if (found.isPresent()) {
            assertThat(found.get().rights().stream().map(Right::word)).hasSameElementsAs(expected.get().rights);
            assertThat(found.get().user()).isEmpty();
            assertThat(topicsLike(all))
                    .allSatisfy(topic -> assertThat(found.get().topics().allows(new Topic(topic)))
                            .isEqualTo(expected.get()
                                    .patterns
                                    .map(patterns ->
                                            patterns.stream().anyMatch(pattern -> ReferenceRules.fits(pattern, topic)))
                                    .orElse(true)));
        }
    }

    private static Set<String> topicsLike(Map<String, Written> keys) {
        return Stream.concat(
                        Stream.of("cats", "a.b"),
                        keys.values().stream()
                                .flatMap(key -> key.patterns.stream())
                                .flatMap(List::stream)
                                .map(pattern -> pattern.replace('*', 'x')))
                .collect(Collectors.toSet());
    }

    private static Map<String, Written> written(String text) {
        Map<String, Written> written = new HashMap<>();
        text.lines()
                .filter(line -> !line.strip().startsWith("#"))
                .flatMap(line -> Stream.of(line.split(",", -1)))
                .filter(part -> !part.isBlank())
                .map(part -> part.strip().split(":", -1))
                .forEach(parts -> written.put(
                        parts[0],
                        new Written(
                                parts.length > 1
                                        ? Set.copyOf(words(parts[1]))
                                        : Set.of("register", "publish", "subscribe", "admin"),
                                parts.length > 2 ? Optional.of(words(parts[2])) : Optional.empty())));
        return written;
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.split("\\+", -1))
                .map(String::strip)
                .distinct()
                .toList();
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
