package relay.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CharactersTest {
    @ParameterizedTest
    @CsvSource({
        "'one line', 'one line'",
        "'two\nlines', 'two lines'",
        "'two\r\n\t  lines\n', 'two lines'",
        "'\u2028two\u0085lines\u2029', 'two lines'",
        "'a bell\u0007 and an escape\u001b[31m', 'a bell and an escape [31m'",
        "'half a pair \ud800', 'half a pair \\ud800'",
        "'', ''",
    })
    void whatAnotherProgramSaysIsOneLine(String said, String shown) {
        assertThat(Characters.oneLine(said)).isEqualTo(shown);
    }
}
