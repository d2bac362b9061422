package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.message.MessageId;
import relay.message.StartPosition;
import relay.message.Subscription;
import relay.outbound.CloseReason;
import relay.outbound.SendQueue;
import relay.outbound.SubscribeAnswer;
import relay.testing.FakeConnection;
import relay.testing.FixedAnswer;

/** What is said to a client beside its messages has the bound of its queue too. */
class HubAnswersTest {
    private static final int QUEUE_BYTES = 200;
    private static final StartPosition OTHER_EPOCH = new StartPosition.After(new MessageId("0123456789abcdef", 1));

    @AutoClose
    private final TestHub relay = new TestHub();

    private final AtomicInteger answered = new AtomicInteger();
    private final FakeConnection stuck = new FakeConnection().takesPerWrite(0);
    private final Client client = relay.register("1", "cats");
    private final SendQueue queue = relay.connect(client, stuck, QUEUE_BYTES);

    @Test
    void aCommandIsDoneWhenItsAnswerIsOut() {
        command(StartPosition.NOW, Optional.of("ok\n"), "dogs");
        assertThat(answered).hasValue(0);
        assertThat(relay.publishAndWait("dogs", "follows the command already")).isEqualTo(1);
        stuck.takesPerWrite(Integer.MAX_VALUE).takeRest();
        assertThat(answered).hasValue(1);
        assertThat(stuck.text()).isEqualTo("ok\nfollows the command already\n");
    }

    @Test
    void aCommandIsDoneWhenWhatTheClientMissedIsOut() {
        command(OTHER_EPOCH, Optional.empty(), "dogs");
        assertThat(answered).hasValue(0);
        stuck.takesPerWrite(Integer.MAX_VALUE).takeRest();
        assertThat(answered).hasValue(1);
        assertThat(stuck.text()).isEqualTo("gap dogs 1 epoch\n");
    }

    @Test
    void aCommandThatIsAnsweredByNothingIsDoneAtOnceHoweverSlowTheClientIs() {
        relay.publishAndWait("cats", "waits");
        command(StartPosition.NOW, Optional.empty(), "dogs");
        assertThat(answered).hasValue(1);
    }

    @Test
    void aCommandIsDoneAlsoWhenTheConnectionEndsBeforeItsAnswerIsOut() {
        command(StartPosition.NOW, Optional.of("ok\n"), "dogs");
        queue.fail(new IllegalStateException("gone"));
        assertThat(answered).hasValue(1);
    }

    @Test
    void gapsThatTheQueueHasNoRoomForEndTheConnection() {
        relay.publishAndWait("cats", "waits");
        String[] topics = IntStream.range(0, 50).mapToObj(i -> "topic " + i).toArray(String[]::new);
        command(OTHER_EPOCH, Optional.empty(), topics);
        assertThat(stuck.closeReasons()).containsExactly(CloseReason.TOO_SLOW);
        assertThat(queue.bytes()).isLessThanOrEqualTo(QUEUE_BYTES);
        assertThat(relay.knows(client)).isFalse();
        assertThat(relay.hub.figures().gaps().values()).containsOnly(0L);
    }

    private void command(StartPosition start, Optional<String> answer, String... topics) {
        relay.hub.subscribe(
                client,
                queue,
                new Subscription(TestHub.topics(topics), start),
                answer.<SubscribeAnswer>map(FixedAnswer::of).orElse(SubscribeAnswer.NONE),
                answered::incrementAndGet,
                cause -> {
                    throw new AssertionError(cause);
                });
        relay.settle();
    }
}
