package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import relay.TestRelay;
import relay.testing.Api.Registered;
import relay.testing.ManualClock;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** A client that sends as fast as it can and reads nothing: it is closed with 4429, and others receive all the while. */
class FloodTest {
    private static final int FRAMES_AT_ONCE = 500;
    private static final int FLOODS = 20;

    static Stream<Arguments> floods() {
        return Stream.of(
                Arguments.of("pings", RawSocket.frame(0x80 | RawSocket.PING, new byte[125])),
                Arguments.of("pongs", RawSocket.frame(0x80 | RawSocket.PONG, new byte[125])),
                Arguments.of("empty fragments", RawSocket.frame(0, new byte[0])),
                Arguments.of("commands", RawSocket.text("{\"topics\":[\"flood\"]}")),
                Arguments.of("mistakes", RawSocket.text("?")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("floods")
    void floodIsClosedWith4429AndOthersReceive(String name, byte[] frame) throws IOException {
        byte[] begun = name.equals("empty fragments") ? RawSocket.frame(RawSocket.TEXT, new byte[0]) : new byte[0];
        try (TestRelay relay = TestRelay.start(new ManualClock());
                TestSocket bystander =
                        TestSocket.open(relay.api().register(2, "floods").url())) {
            byte[][] frames = new byte[FRAMES_AT_ONCE][];
            Arrays.fill(frames, frame);
            for (int i = 0; i < FLOODS; i++) {
                Registered client = relay.api().register(1, "elsewhere");
                try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
                    socket.send(Bytes.joined(begun, Bytes.joined(frames)));
                    assertThat(relay.api().publish("floods", "during " + i)).isEqualTo(1);
                    assertThat(bystander.receive()).isEqualTo("during " + i);
                    assertThat(socket.readUntilClose()).isEqualTo(4429);
                }
                Registrations.awaitUnknown(relay.api(), client.id());
            }
        }
    }
}
