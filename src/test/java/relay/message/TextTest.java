package relay.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "are awesome", "für älle", "\ud83d\ude00", "\u0000\n"})
    void whatComesAsUtf8IsTheTextThatItStandsFor(String text) {
        byte[] bytes = ("head\n" + text).getBytes(StandardCharsets.UTF_8);
        Text read = Text.ofUtf8(bytes, 5);
        bytes[bytes.length - 1] = '?';
        assertThat(read).hasToString(text);
        assertThat(read.size()).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
    }

    /** Cut short, too long a form, half of a surrogate pair, nothing that begins a character. */
    @ParameterizedTest
    @ValueSource(strings = {"a\u00c3", "\u00c0\u0080", "\u00ed\u00a0\u0080", "\u0080"})
    void whatIsNotUtf8IsRefused(String bytes) {
        assertThatThrownBy(() -> Text.ofUtf8(bytes.getBytes(StandardCharsets.ISO_8859_1), 0))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("UTF-8");
    }

    @Test
    void halfOfASurrogatePairIsRefused() {
        assertThatThrownBy(() -> Text.of("\ud83d")).isInstanceOf(InvalidInputException.class);
    }
}
