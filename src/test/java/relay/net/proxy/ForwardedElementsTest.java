package relay.net.proxy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.message.InvalidInputException;

class ForwardedElementsTest {
    @ParameterizedTest
    @ValueSource(strings = {"for=\"203.0.113.7\"\u0085", "for=203.0.113.7\n", "for=203.0.113.7;\u0085", "\u0085"})
    void aLineThatEndsInAnotherSpaceThanABlankIsMalformed(String line) {
        assertThatThrownBy(() -> ForwardedElements.of(List.of(line)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("malformed");
    }
}
