package relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import relay.testing.ReferenceRules;

class MediaTypeFuzzTest {
    private static final String TOKEN_CHARACTERS =
            "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final String[] SPACES = {"", " ", "\t", "  "};

    /**
     * Types, charsets and their parameters' names are all written in any case (RFC 9110 §8.3), a parameter's value with
     * quotes or without (§5.6.6).
     */
    @FuzzTest
    void aTypeAndItsCharsetAreReadHoweverTheyAreWritten(FuzzedDataProvider data) {
        boolean quoted = data.consumeBoolean();
        String before = data.pickValue(SPACES);
        String after = data.pickValue(SPACES);
        String charset = token(data.consumeString(12));
        String value = ReferenceRules.headerValue(data.consumeRemainingAsString());
        check(value, MediaType.of(Optional.of(value)));
        String name = value.split(";", -1)[0].replace("\"", "");
        String whole = name + before + ";" + after + "charset=" + (quoted ? '"' + charset + '"' : charset);
        MediaType type = MediaType.of(Optional.of(whole));
        check(whole, type);
        if (!charset.isEmpty()) {
            String inLowerCase = charset.toLowerCase(Locale.ROOT);
            // Jetty gives two charsets the one name of each.
            assertThat(type.charset().orElseThrow())
                    .isIn(inLowerCase, inLowerCase.replace("utf8", "utf-8").replace('_', '-'));
        }
    }

    private static void check(String value, MediaType type) {
        assertThat(MediaType.of(Optional.of(inUpperCase(value)))).isEqualTo(type);
        String name = value.split(";", -1)[0].strip().replace('\t', ' ').toLowerCase(Locale.ROOT);
        assertThat(type.name()).isEqualTo(name);
        boolean json = name.isEmpty() || name.matches("(application|text)/json") || name.endsWith("+json");
        String charset = type.charset().orElse("utf-8");
        boolean taken = json && (charset.equals("utf-8") || charset.equals("us-ascii"));
        try {
            type.requireJson();
            assertThat(taken).isTrue();
        } catch (RefusedException e) {
            assertThat(taken).isFalse();
            assertThat(e.problem().status()).isEqualTo(415);
            ReferenceRules.assertForPeople(e.problem().detail());
        }
    }

    private static String token(String text) {
        return text.chars()
                .filter(c -> TOKEN_CHARACTERS.indexOf(c) >= 0)
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
    }

    private static String inUpperCase(String ascii) {
        return ascii.chars()
                .map(c -> c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c)
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
    }
}
