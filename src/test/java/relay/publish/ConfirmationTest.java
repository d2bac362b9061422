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
class ConfirmationTest {
    private static final MessageId ID = new MessageId("epoch", 1);

    private final List<String> answers = new ArrayList<>();
    private final Confirmation confirmation = new Confirmation(Duration.ofSeconds(1), new Confirmation.Listener() {
        @Override
        public void confirmed(MessageId id, int queued, int acknowledged, int others, int reported) {
            answers.add(acknowledged + " of " + queued + ", " + reported + " of " + others);
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
        confirmation.expect();
        confirmation.publishListener().handedOver(ID, 1, 2);
        confirmation.acknowledged();
        confirmation.elsewhere("b", 2, 0);
        confirmation.elsewhere("c", 0, 0);
        confirmation.elsewhere("b", 2, 1);
        assertThat(answers).isEmpty();
        confirmation.elsewhere("b", 2, 2);
        assertThat(answers).containsExactly("3 of 3, 2 of 2");
    }

    @Test
    void countsReportsThatComeBeforeTheMessageIsHandedOverHere() {
        confirmation.elsewhere("b", 1, 1);
        assertThat(answers).isEmpty();
        confirmation.publishListener().handedOver(ID, 0, 1);
        assertThat(answers).containsExactly("1 of 1, 1 of 1");
    }

    @Test
    void saysHowManyRelaysHaveReportedWhenTheTimeIsUp() {
        confirmation.publishListener().handedOver(ID, 0, 2);
        confirmation.elsewhere("b", 3, 1);
        confirmation.expire();
        assertThat(answers).containsExactly("1 of 3, 1 of 2");
        confirmation.elsewhere("c", 1, 1);
        assertThat(answers).hasSize(1);
    }

    @Test
    void whatIsRefusedOrRepeatedIsAnsweredOnceAndNotConfirmed() {
        confirmation.publishListener().refused(UnavailableException.engine("gone"));
        confirmation.publishListener().repeated(ID, Optional.empty());
        confirmation.expire();
        assertThat(answers).containsExactly("refused");
    }
}
