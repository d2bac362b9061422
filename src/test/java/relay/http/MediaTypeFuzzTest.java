package relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Collectors;

class MediaTypeFuzzTest {
    /** Types, charsets and their parameters' names are all written in any case (RFC 9110 §8.3). */
    @FuzzTest
    void anyContentTypeIsTakenOrRefusedHoweverItsLettersAreWritten(byte[] input) {
        String value = new String(input, StandardCharsets.ISO_8859_1);
        MediaType type = MediaType.of(Optional.of(value));
        assertThat(MediaType.of(Optional.of(inUpperCase(value)))).isEqualTo(type);
        try {
            type.requireJson();
        } catch (RefusedException e) {
            return;
        }
        assertThat(type.isJson()).isTrue();
        assertThat(type.charset().orElse("utf-8")).isIn("utf-8", "us-ascii");
    }

    private static String inUpperCase(String ascii) {
        return ascii.chars()
                .map(c -> c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c)
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
    }
}
