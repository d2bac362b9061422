package relay.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import relay.client.Client;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.Message;
import relay.outbound.CloseReason;
import relay.outbound.Encoding;
import relay.outbound.SendQueue;
import relay.testing.FakeConnection;
import relay.testing.LineEncoding;

/** A message that cannot be sent as somebody wants it: those come back for it, and nobody else notices. */
class HubFailureTest {
    @AutoClose
    private final TestHub relay = new TestHub();

    private final Fragile fragile = new Fragile();

    /** Lines, until it meets what it cannot write. */
    private static final class Fragile implements Encoding {
        private final LineEncoding lines = new LineEncoding("fragile ");
        private volatile boolean mended;

        @Override
        public long maxSize(Message message) {
            return message.text().toString().startsWith("too long") && !mended ? 10 : lines.maxSize(message);
        }

        @Override
        public void encode(AcceptedMessage accepted, ByteBuffer target) {
            lines.encode(accepted, target);
            if (accepted.message().text().toString().equals("poison") && !mended) {
                throw new IllegalStateException("cannot be encoded");
            }
        }

        @Override
        public boolean ping(long sequence, ByteBuffer target) {
            return lines.ping(sequence, target);
        }

        @Override
        public ByteBuffer encode(Gap gap) {
            return lines.encode(gap);
        }
    }

    @Test
    void whoCannotBeGivenAMessageIsClosedAndEverybodyElseGetsAll() {
        FakeConnection other = relay.connected("1", "cats");
        FakeConnection first = new FakeConnection(fragile);
        FakeConnection second = new FakeConnection(fragile);
        Client client = relay.register("2", "cats");
        relay.connect(client, first);
        relay.connect(relay.register("3", "cats", "dogs"), second);
        CountDownLatch gate = relay.block();
        List<TestHub.Published> queued = List.of(
                relay.publish("cats", "before"),
                relay.publish("cats", "poison"),
                relay.publish("dogs", "between"),
                relay.publish("cats", "after"));
        gate.countDown();
        assertThat(queued.stream().map(TestHub.Published::queued)).containsExactly(3, 1, 0, 1);
        assertThat(other.text()).isEqualTo("before\npoison\nafter\n");
        assertThat(first.text()).isEqualTo("fragile before\n");
        assertThat(second.text()).isEqualTo("fragile before\n");
        relay.settle();
        assertThat(first.closeReasons()).containsExactly(CloseReason.FAILED);
        assertThat(second.closeReasons()).containsExactly(CloseReason.FAILED);
        assertThat(relay.knows(client)).isFalse();
        assertThat(relay.publishAndWait("cats", "later")).isEqualTo(1);
    }

    @Test
    void whoWasClosedForAMessageGetsItWhenItComesBack() {
        Client client = relay.register(Duration.ofMinutes(1), "1", "cats");
        FakeConnection connection = new FakeConnection(fragile);
        SendQueue queue = relay.connect(client, connection);
        relay.publishAndWait("cats", "before");
        relay.settle();
        relay.hub.acknowledge(
                client, queue, Long.parseLong(connection.pingPayloads().get(0)));
        assertThat(relay.publishAndWait("cats", "poison")).isZero();
        relay.publishAndWait("cats", "after");
        fragile.mended = true;
        FakeConnection again = new FakeConnection(fragile);
        relay.connect(client, again);
        relay.settle();
        assertThat(again.text()).isEqualTo("fragile poison\nfragile after\n");
    }

    @Test
    void whoComesBackToWhatCannotBeSentIsClosedAgain() {
        Client client = relay.register(Duration.ofMinutes(1), "1", "cats");
        relay.hub.disconnect(client, relay.connect(client, new FakeConnection(fragile)));
        relay.publishAndWait("cats", "poison");
        FakeConnection again = new FakeConnection(fragile);
        relay.connect(client, again);
        relay.settle();
        assertThat(again.closeReasons()).containsExactly(CloseReason.FAILED);
        assertThat(relay.publishAndWait("cats", "after")).isZero();
    }

    @Test
    void aMessageThatTakesMoreThanItSaidIsNotCutAndTakesNobodyElsesPlace() {
        FakeConnection other = relay.connected("1", "cats");
        FakeConnection broken = new FakeConnection(fragile);
        relay.connect(relay.register("2", "cats"), broken);
        assertThat(relay.publishAndWait("cats", "too long " + "x".repeat(100_000)))
                .isEqualTo(1);
        relay.settle();
        assertThat(broken.text()).isEmpty();
        assertThat(broken.closeReasons()).containsExactly(CloseReason.FAILED);
        FakeConnection sound = new FakeConnection(fragile);
        relay.connect(relay.register("3", "cats"), sound);
        assertThat(relay.publishAndWait("cats", "after")).isEqualTo(2);
        assertThat(sound.text()).isEqualTo("fragile after\n");
        assertThat(other.text()).endsWith("x\nafter\n");
    }
}
