package relay.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import relay.message.MessageId;
import relay.message.UnavailableException;

/** Acknowledgements here and at other relays. */
class ReceiptTest {
    private static final MessageId ID = new MessageId("epoch", 1);

    private final List<String> answers = new ArrayList<>();
    private final Receipt receipt = new Receipt(Duration.ofSeconds(1), new PublishListener() {
        @Override
        public void published(Outcome outcome) {
            answers.add(outcome.acknowledged() + " of " + outcome.queued() + ", " + outcome.reported() + " of "
                    + outcome.others());
        }

        @Override
        public void repeated(MessageId id, Optional<String> answer) {
            answers.add("repeated");
        }

        @Override
        public void refused(RuntimeException cause) {
            answers.add("refused");
        }
    });

    @Test
    void waitsForEveryOtherRelayToReportAndForWhatTheirConnectionsAcknowledge() {
        receipt.expect();
        receipt.published(PublishListener.Outcome.handedOver(ID, 1, 2));
        receipt.acknowledged();
        receipt.elsewhere("b", 2, 0);
        receipt.elsewhere("c", 0, 0);
        receipt.elsewhere("b", 2, 1);
        assertThat(answers).isEmpty();
        receipt.elsewhere("b", 2, 2);
        assertThat(answers).containsExactly("3 of 3, 2 of 2");
    }

    @Test
    void countsReportsThatComeBeforeTheMessageIsHandedOverHere() {
        receipt.elsewhere("b", 1, 1);
        assertThat(answers).isEmpty();
        receipt.published(PublishListener.Outcome.handedOver(ID, 0, 1));
        assertThat(answers).containsExactly("1 of 1, 1 of 1");
    }

    @Test
    void waitsForNoReportFromWhereItGoesNotOrHasBeenCountedAlready() {
        receipt.droppedElsewhere();
        receipt.published(PublishListener.Outcome.handedOver(ID, 0, 3));
        receipt.elsewhere("b", 1, 1);
        assertThat(answers).isEmpty();
        receipt.droppedElsewhere();
        assertThat(answers).containsExactly("1 of 1, 1 of 1");
    }

    @Test
    void saysHowManyRelaysHaveReportedWhenTheTimeIsUp() {
        receipt.published(PublishListener.Outcome.handedOver(ID, 0, 2));
        receipt.elsewhere("b", 3, 1);
        receipt.expire();
        assertThat(answers).containsExactly("1 of 3, 1 of 2");
        receipt.elsewhere("c", 1, 1);
        assertThat(answers).hasSize(1);
    }

    @Test
    void whatIsRefusedOrRepeatedIsAnsweredOnceAndNotConfirmed() {
        receipt.refused(UnavailableException.engine("gone"));
        receipt.repeated(ID, Optional.empty());
        receipt.expire();
        assertThat(answers).containsExactly("refused");
    }
}
