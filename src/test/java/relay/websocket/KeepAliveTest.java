package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import relay.TestRelay;
import relay.testing.Api.Registered;
import relay.testing.EventStreamReader;
import relay.testing.ManualClock;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** Silent connections are pinged, and dropped when they stay silent. */
class KeepAliveTest {
    private static final Duration INTERVAL = Duration.ofSeconds(25);

    @Test
    void silentClientIsPingedTwiceAndThenDropped() throws IOException {
        ManualClock clock = new ManualClock();
        try (TestRelay relay = TestRelay.start(clock)) {
            Registered client = relay.api().register(1, "silence");
            try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
                pass(INTERVAL.minusMillis(1), clock, relay);
                relay.api().publish("silence", "not pinged yet");
                assertThat(socket.readFrame().text()).isEqualTo("not pinged yet");
                pass(Duration.ofMillis(1), clock, relay);
                assertThat(socket.readFrame().opCode()).isEqualTo(RawSocket.PING);
                pass(INTERVAL, clock, relay);
                assertThat(socket.readFrame().opCode()).isEqualTo(RawSocket.PING);
                pass(INTERVAL.minusMillis(1), clock, relay);
                assertThat(relay.api().publish("silence", "not dropped yet")).isEqualTo(1);
                pass(Duration.ofMillis(1), clock, relay);
                assertThat(socket.readFrame().text()).isEqualTo("not dropped yet");
                assertThat(socket.readAll()).isEmpty();
                Registrations.awaitUnknown(relay.api(), client.id());
            }
        }
    }

    @Test
    void clientThatSpeaksByItselfIsNotPinged() throws IOException {
        ManualClock clock = new ManualClock();
        try (TestRelay relay = TestRelay.start(clock)) {
            Registered client = relay.api().register(1, "chatter");
            try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
                for (int i = 0; i < 10; i++) {
                    pass(INTERVAL.minusMillis(1), clock, relay);
                    socket.send(RawSocket.text("ping"));
                    socket.send(RawSocket.frame(0x80 | RawSocket.PING, Bytes.utf8("mine")));
                    assertThat(socket.readFrame().text()).isEqualTo("mine");
                }
            }
        }
    }

    @Test
    void messagesToASilentClientAreNoSignOfItsLife() throws IOException {
        ManualClock clock = new ManualClock();
        try (TestRelay relay = TestRelay.start(clock)) {
            Registered client = relay.api().register(1, "monologue");
            try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
                for (int i = 0; i < 3; i++) {
                    assertThat(relay.api().publish("monologue", "hello?")).isEqualTo(1);
                    pass(INTERVAL, clock, relay);
                }
                Registrations.awaitUnknown(relay.api(), client.id());
                assertThat(relay.api().publish("monologue", "hello?")).isZero();
                assertThat(socket.readFrame().text()).isEqualTo("hello?");
            }
        }
    }

    @Test
    void clientsOfARelayThatWasStoppedForLongStayOnEitherWire() throws IOException {
        ManualClock clock = new ManualClock();
        try (TestRelay relay = TestRelay.start(clock)) {
            Registered client = relay.api().register(1, "pause");
            Registered streamed = relay.api().register(1, "pause");
            try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id());
                    EventStreamReader events = EventStreamReader.open(relay.port(), streamed.id(), "")) {
                assertThat(events.next()).isEqualTo(":\n");
                assertThat(relay.api().publish("pause", "before")).isEqualTo(2);
                pass(INTERVAL.multipliedBy(4), clock, relay);
                assertThat(socket.readFrame().text()).isEqualTo("before");
                assertThat(socket.readFrame().opCode()).isEqualTo(RawSocket.PING);
                assertThat(relay.api().publish("pause", "after")).isEqualTo(2);
                assertThat(socket.readFrame().text()).isEqualTo("after");
            }
        }
    }

    @Test
    void silentClientIsDroppedWhileOneThatAnswersByItselfStays() throws IOException {
        try (TestRelay relay = TestRelay.start("--ping-interval", "400ms")) {
            Registered silent = relay.api().register(1, "interval");
            try (TestSocket lively =
                            TestSocket.open(relay.api().register(2, "interval").url());
                    RawSocket socket = RawSocket.connect(relay.port()).upgrade(silent.id())) {
                assertThat(socket.readFrame().opCode()).isEqualTo(RawSocket.PING);
                assertThat(socket.readFrame().opCode()).isEqualTo(RawSocket.PING);
                assertThat(socket.readAll()).isEmpty();
                Registrations.awaitUnknown(relay.api(), silent.id());
                assertThat(relay.api().publish("interval", "for the living")).isEqualTo(1);
                assertThat(lively.receive()).isEqualTo("for the living");
            }
        }
    }

    /** Lets time pass, and makes the relay notice: its worker sleeps by real time. */
    private static void pass(Duration time, ManualClock clock, TestRelay relay) {
        clock.advance(time);
        relay.api().publish("nobody's", "look at the clock");
    }
}
