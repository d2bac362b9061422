package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import relay.TestRelay;
import relay.client.InputMemory;
import relay.testing.Api.Registered;
import relay.testing.ManualClock;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** A message that is begun has to be finished in time. */
class UnfinishedMessagesTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final ManualClock clock = new ManualClock();
    private final InputMemory memory = new InputMemory(200);
    private final UnfinishedMessages messages = new UnfinishedMessages(clock, memory, LIMIT);
    private final Sender sender = new Sender();

    private static final class Sender implements UnfinishedMessages.Sender {
        private boolean awaited = true;
        private boolean closing;
        private boolean gone;
        private int overdue;

        @Override
        public boolean isAwaited() {
            return awaited;
        }

        @Override
        public boolean isClosing() {
            return closing;
        }

        @Override
        public boolean isGone() {
            return gone;
        }

        @Override
        public void overdue() {
            closing = true;
            overdue++;
        }
    }

    @Test
    void senderIsOverdueOnceWhenTheTimeIsOverAndNotBefore() {
        messages.began(sender);
        pass(LIMIT.minusNanos(1));
        assertThat(sender.overdue).isZero();
        pass(Duration.ofNanos(1));
        assertThat(sender.overdue).isEqualTo(1);
        pass(LIMIT);
        assertThat(sender.overdue).isEqualTo(1);
    }

    @Test
    void whoFinishesInTimeIsNotOverdue() {
        messages.began(sender);
        pass(LIMIT.minusNanos(1));
        messages.ended(sender);
        pass(LIMIT);
        assertThat(sender.overdue).isZero();
    }

    @Test
    void nextMessageHasItsOwnTime() {
        messages.began(sender);
        pass(LIMIT.minusNanos(1));
        messages.began(sender);
        pass(LIMIT.minusNanos(1));
        assertThat(sender.overdue).isZero();
    }

    @Test
    void timeInWhichTheRelayDoesNotReadDoesNotCount() {
        messages.began(sender);
        sender.awaited = false;
        pass(LIMIT);
        sender.awaited = true;
        pass(LIMIT.minusNanos(1));
        assertThat(sender.overdue).isZero();
        pass(Duration.ofNanos(1));
        assertThat(sender.overdue).isEqualTo(1);
    }

    @Test
    void whoIsClosingAnywayIsLeftAlone() {
        messages.began(sender);
        sender.closing = true;
        pass(LIMIT);
        assertThat(sender.overdue).isZero();
    }

    @Test
    void allTogetherTakeNoMoreThanTheyMayUntilSomeHaveEnded() {
        Sender other = new Sender();
        messages.began(sender);
        messages.began(other);
        assertThat(messages.holds(sender, 60)).isTrue();
        assertThat(messages.holds(sender, 60)).isTrue();
        assertThat(messages.holds(other, 60)).isFalse();
        assertThat(messages.holds(other, 40)).isTrue();
        messages.ended(sender);
        assertThat(messages.holds(other, 100)).isTrue();
        messages.began(other);
        assertThat(memory.held()).isZero();
    }

    @Test
    void whatIsClosedIsCountedUntilItIsGone() {
        messages.began(sender);
        messages.holds(sender, 60);
        pass(LIMIT);
        assertThat(sender.overdue).isEqualTo(1);
        assertThat(memory.held()).isEqualTo(120);
        sender.gone = true;
        pass(LIMIT);
        assertThat(memory.held()).isZero();
        messages.ended(sender);
        assertThat(memory.held()).isZero();
    }

    static Stream<Arguments> halves() {
        byte[] whole = RawSocket.text("{\"topics\":[\"half\"]}");
        byte[] half = new byte[whole.length / 2];
        System.arraycopy(whole, 0, half, 0, half.length);
        return Stream.of(
                Arguments.of("one byte of a header", Bytes.hex("81")),
                Arguments.of("header alone", Bytes.hex("81 85 12 34 56 78")),
                Arguments.of("half a frame", half),
                Arguments.of("half a ping", Bytes.hex("89 85 12")),
                Arguments.of("half a frame after a whole one", Bytes.joined(RawSocket.text("ping"), half)),
                Arguments.of("first fragment", RawSocket.frame(RawSocket.TEXT, Bytes.utf8("a"))),
                Arguments.of(
                        "two fragments, a ping after them",
                        Bytes.joined(
                                RawSocket.frame(RawSocket.TEXT, Bytes.utf8("a")),
                                RawSocket.frame(0, Bytes.utf8("b")),
                                RawSocket.frame(0x80 | RawSocket.PONG, new byte[0]))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("halves")
    void messageThatIsNotFinishedIsClosedWith1008AndOthersReceive(String name, byte[] half) throws IOException {
        try (TestRelay relay = TestRelay.start(clock);
                TestSocket bystander =
                        TestSocket.open(relay.api().register(2, "half").url())) {
            Registered client = relay.api().register(1, "elsewhere");
            try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
                sendAndAwait(socket, half);
                clock.advance(LIMIT);
                assertThat(socket.readUntilClose()).isEqualTo(1008);
                socket.reset();
                Registrations.awaitUnknown(relay.api(), client.id());
            }
            assertThat(relay.api().publish("half", "for the others")).isEqualTo(1);
            assertThat(bystander.receive()).isEqualTo("for the others");
        }
    }

    @Test
    void dripDoesNotGiveMoreTime() throws IOException {
        try (TestRelay relay = TestRelay.start(clock)) {
            Registered client = relay.api().register(1, "drip");
            try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
                sendAndAwait(socket, Bytes.hex("81 FE 10 00 12 34 56 78"));
                for (int second = 0; second < 40; second++) {
                    socket.send(new byte[1]);
                    clock.advance(Duration.ofSeconds(1));
                }
                assertThat(socket.readUntilClose()).isEqualTo(1008);
            }
        }
    }

    /** Behind a ping in the same segment: its pong tells that the relay has read both. */
    private static void sendAndAwait(RawSocket socket, byte[] bytes) throws IOException {
        socket.send(Bytes.joined(RawSocket.frame(0x80 | RawSocket.PING, new byte[0]), bytes));
        assertThat(socket.readFrame().opCode()).isEqualTo(RawSocket.PONG);
    }

    private void pass(Duration time) {
        clock.advance(time);
        messages.sweep();
    }
}
