package relay.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import relay.engine.Epochs.Epoch;
import relay.engine.Epochs.Resumption;
import relay.message.Gap;
import relay.message.MessageId;

class EpochsTest {
    private static final long JUMP = 1_000_000_000;
    private static final Epochs TWO = two(0);
    private static final Epochs TWO_WITH_A_LOSS = two(JUMP + 103);

    @Test
    void aSequenceTellsItsEpoch() {
        assertThat(TWO.id(100)).isEqualTo(new MessageId("old", 100));
        assertThat(TWO.id(100 + JUMP)).isEqualTo(new MessageId("old", 100 + JUMP));
        assertThat(TWO.id(101 + JUMP)).isEqualTo(new MessageId("new", 101 + JUMP));
        assertThat(Epochs.first("only").id(7)).isEqualTo(new MessageId("only", 7));
    }

    @Test
    void aClientGoesOnAfterWhatItHasOfTheCurrentEpochAndOfTheOneBefore() {
        assertThat(resumption(TWO, "new", JUMP + 105)).isEqualTo(goesOn(JUMP + 105));
        assertThat(resumption(TWO, "old", 100)).isEqualTo(goesOn(100));
        assertThat(resumption(TWO, "old", 7)).isEqualTo(goesOn(7));
    }

    @Test
    void aClientThatHasWhatWasLostGoesOnAfterWhatWasNotAndIsTold() {
        assertThat(resumption(TWO, "old", 101)).isEqualTo(withGap(100, Gap.Reason.EPOCH));
    }

    @Test
    void whereMessagesWereLostWhoeverHasNothingNewerThanWhenThatWasKnownIsTold() {
        assertThat(resumption(TWO_WITH_A_LOSS, "old", 90)).isEqualTo(withGap(90, Gap.Reason.EPOCH));
        assertThat(resumption(TWO_WITH_A_LOSS, "new", JUMP + 103)).isEqualTo(withGap(JUMP + 103, Gap.Reason.EPOCH));
        assertThat(resumption(TWO_WITH_A_LOSS, "new", JUMP + 104)).isEqualTo(goesOn(JUMP + 104));
    }

    @Test
    void whatNobodyHasYetIsTheFuture() {
        assertThat(resumption(TWO, "new", JUMP + 111)).isEqualTo(withGap(JUMP + 110, Gap.Reason.FUTURE));
    }

    @Test
    void anEpochThatIsNotRememberedIsUnknown() {
        assertThat(TWO.after(new MessageId("older", 5), JUMP + 110)).isEmpty();
    }

    private static Epochs two(long lossKnownAt) {
        return new Epochs(
                List.of(new Epoch("old", 0, 100, lossKnownAt), new Epoch("new", 100 + JUMP, Long.MAX_VALUE, 0)));
    }

    private static Resumption resumption(Epochs epochs, String epoch, long sequence) {
        return epochs.after(new MessageId(epoch, sequence), JUMP + 110).orElseThrow();
    }

    private static Resumption goesOn(long after) {
        return new Resumption(after, Optional.empty());
    }

    private static Resumption withGap(long after, Gap.Reason reason) {
        return new Resumption(after, Optional.of(reason));
    }
}
