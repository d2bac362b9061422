package relay.hub;

import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.engine.Peers.ReplyTo;
import relay.engine.Registration;
import relay.message.AcceptedMessage;
import relay.message.ClientId;
import relay.message.Message;
import relay.message.MessageId;
import relay.message.Text;
import relay.message.Topic;
import relay.message.TopicFilter;
import relay.message.UserId;

/** Messages of other relays, which wait to hear what became of them here. */
class ReportTest {
    private final SharedEngine engine = new SharedEngine(new Registration(
            ClientId.random(),
            new UserId("1"),
            Map.of(),
            TopicFilter.ANY,
            TopicFilter.ANY,
            Duration.ZERO,
            Optional.empty()));

    @AutoClose
    private final TestHub relay = new TestHub(engine);

    /** Nobody receives it here: so it is over as soon as the worker has come to it. */
    private WeakReference<ReplyTo> reported() {
        ReplyTo report = new ReplyTo("other", 1, Duration.ofHours(1));
        engine.receiver()
                .fromElsewhere(
                        new AcceptedMessage(
                                new MessageId("8d2b1f0c9a7e6453", 1),
                                0,
                                new Message(new Topic("cats"), Optional.empty(), Text.of("meow"))),
                        Optional.of(report));
        return new WeakReference<>(report);
    }

    @Test
    void whatIsOverBeforeItsTimeIsKeptNoLonger() {
        WeakReference<ReplyTo> report = reported();
        relay.settle();
        await().until(() -> {
            System.gc();
            return report.get() == null;
        });
    }
}
