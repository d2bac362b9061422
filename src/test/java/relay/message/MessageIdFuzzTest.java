package relay.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.math.BigInteger;
import relay.testing.ReferenceRules;

class MessageIdFuzzTest {
    private static final String EPOCH_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.";

    /** An id is written, then one of its characters is taken out, replaced or doubled, and anything may be put in its place. */
    @FuzzTest
    void anIdIsReadAsItWasWrittenAndWhateverIsNoneIsRefused(FuzzedDataProvider data) {
        MessageId id = new MessageId(
                epoch(data.consumeBytes(data.consumeInt(1, 64))), data.consumeLong(0, 999_999_999_999_999_999L));
        assertThat(MessageId.parse(id.toString())).isEqualTo(id);
        StringBuilder changed = new StringBuilder(id.toString());
        int from = data.consumeInt(0, changed.length());
        int to = Math.min(changed.length(), from + data.consumeInt(0, 3));
        changed.replace(from, to, data.consumeRemainingAsString());
        check(changed.toString());
    }

    private static void check(String text) {
        MessageId id;
        try {
            id = MessageId.parse(text);
        } catch (InvalidInputException e) {
            ReferenceRules.assertForPeople(e);
            assertThat(ReferenceRules.isMessageId(text)).as(text).isFalse();
            return;
        }
        assertThat(ReferenceRules.isMessageId(text)).as(text).isTrue();
        assertThat(id.epoch()).isEqualTo(text.substring(0, text.indexOf('-')));
        assertThat(BigInteger.valueOf(id.sequence())).isEqualTo(new BigInteger(text.substring(text.indexOf('-') + 1)));
    }

    private static String epoch(byte[] bytes) {
        StringBuilder epoch = new StringBuilder();
        for (byte b : bytes) {
            epoch.append(EPOCH_CHARACTERS.charAt(b & 63));
        }
        return epoch.isEmpty() ? "e" : epoch.toString();
    }
}
