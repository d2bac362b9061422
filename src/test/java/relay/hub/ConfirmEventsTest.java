package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.MessageOptions;
import relay.message.Text;
import relay.message.Topic;
import relay.publish.PublishListener;
import relay.publish.Receipt;
import relay.schedule.Ticker;
import relay.testing.HandedOver;
import relay.testing.RecordingOutbox;

/** What the backend hears when the time of a confirm is up and another relay has not said what it did. */
class ConfirmEventsTest {
    private final RecordingOutbox outbox = new RecordingOutbox();
    private final AtomicInteger answers = new AtomicInteger();
    private final Receipt receipt = new BackendEvents(Optional.of(outbox), true, Optional.empty(), Ticker.system())
            .receipt(
                    new Message(List.of(new Topic("cats")), Optional.empty(), Text.of("x"), MessageOptions.NONE),
                    Duration.ofSeconds(1),
                    HandedOver.to((id, queued) -> answers.incrementAndGet()));

    @BeforeEach
    void start() {
        outbox.start();
    }

    @Test
    void aRelayThatDidNotReportMayHaveHandedItToNobodyWhereAllOthersHaveIt() {
        receipt.expect();
        receipt.published(PublishListener.Outcome.handedOver(new MessageId("e", 5), 1, 1));
        receipt.acknowledged();
        receipt.expire();
        assertThat(answers).hasValue(1);
        assertThat(outbox.said()).isEmpty();
    }

    @Test
    void whatIsNotAcknowledgedHereIsUndeliveredWhateverOthersDid() {
        receipt.expect();
        receipt.published(PublishListener.Outcome.handedOver(new MessageId("e", 5), 1, 1));
        receipt.expire();
        assertThat(answers).hasValue(1);
        assertThat(outbox.said()).containsExactly("undelivered 5 0 of 1");
    }
}
