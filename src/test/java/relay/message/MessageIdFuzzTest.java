package relay.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

class MessageIdFuzzTest {
    @FuzzTest
    void whateverIsNoIdIsRefusedAndAnIdIsReadAsItWasWritten(byte[] input) {
        MessageId id;
        try {
            id = MessageId.parse(new String(input, StandardCharsets.UTF_8));
        } catch (InvalidInputException e) {
            return;
        }
        assertThat(id.sequence()).isNotNegative();
        assertThat(MessageId.parse(id.toString())).isEqualTo(id);
    }
}
