package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.websocket.Bytes.hex;
import static relay.websocket.Bytes.joined;
import static relay.websocket.Bytes.utf8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import relay.TestRelay;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/**
 * What the categories of the conformance suite share: a relay, a client that knows nothing of its neighbour, and the
 * neighbour, who has to live and receive after every case.
 */
abstract class Conformance {
    static final int FIN = 0x80;
    static final int CONTINUATION = 0;
    static final int TEXT = RawSocket.TEXT;
    static final int BINARY = RawSocket.BINARY;
    static final int LARGEST_MESSAGE = 64 << 10;
    static final byte[] NOTHING = {};

    private static final String COMMAND = "{\"topics\":[\"conformance\"]}";

    private static TestRelay relay;
    private static TestSocket bystander;

    /** What is sent, and what has to come back in this order: pongs, texts, then an open connection or a close code. */
    record Case(String name, List<byte[]> sent, List<String> answers, int closeCode) {
        private static final int STAYS_OPEN = 0;

        /** A mistake that closes the connection. */
        static Case closes(int code, String name, byte[]... sent) {
            return new Case(name, List.of(sent), List.of(), code);
        }

        /** Something after which the connection goes on. */
        static Case goesOn(String name, byte[]... sent) {
            return new Case(name, List.of(sent), List.of(), STAYS_OPEN);
        }

        /** The same, with these payloads in what comes back, whether text or pong; a text is told by how it begins. */
        Case answered(String... payloads) {
            return new Case(name, sent, List.of(payloads), closeCode);
        }

        /** The same, byte by byte. */
        Case chopped() {
            List<byte[]> bytes = new ArrayList<>();
            for (byte b : joined(sent.toArray(byte[][]::new))) {
                bytes.add(new byte[] {b});
            }
            return new Case(name + ", byte by byte", bytes, answers, closeCode);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    @BeforeAll
    static void start() {
        relay = TestRelay.start("--max-frames-per-second", "100000");
        bystander = TestSocket.open(relay.api().register(7, "conformance").url());
    }

    @AfterAll
    static void stop() {
        bystander.close();
        relay.close();
    }

    static void check(Case tried) throws IOException {
        String id = relay.api().register(1, "elsewhere").id();
        try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(id + "?format=json")) {
            for (byte[] bytes : tried.sent()) {
                socket.send(bytes);
            }
            for (String answer : tried.answers()) {
                assertThat(socket.readFrame().text()).startsWith(answer);
            }
            if (tried.closeCode() == Case.STAYS_OPEN) {
                assertGoesOn(socket);
            } else {
                RawSocket.Frame close = socket.readFrame();
                assertThat(close.opCode()).isEqualTo(RawSocket.CLOSE);
                assertThat(close.payload().hasRemaining() ? close.closeCode() : 1005)
                        .isEqualTo(tried.closeCode());
                assertThat(socket.readAll()).isEmpty();
            }
        }
        Registrations.awaitUnknown(relay.api(), id);
        assertThat(relay.api().publish("conformance", tried.name())).isEqualTo(1);
        assertThat(bystander.receive()).isEqualTo(tried.name());
    }

    /** A ping is answered, and a command takes effect. */
    private static void assertGoesOn(RawSocket socket) throws IOException {
        socket.send(ping("still there?"));
        RawSocket.Frame pong = socket.readFrame();
        assertThat(pong.opCode()).isEqualTo(RawSocket.PONG);
        assertThat(pong.text()).isEqualTo("still there?");
        socket.send(RawSocket.text(COMMAND));
        assertThat(socket.readFrame().text()).startsWith("{\"ok\":");
    }

    static byte[] frame(int firstByte, byte[] payload) {
        return RawSocket.frame(firstByte, payload);
    }

    static byte[] frame(int firstByte, String payload) {
        return RawSocket.frame(firstByte, utf8(payload));
    }

    static byte[] ping(String payload) {
        return frame(FIN | RawSocket.PING, payload);
    }

    static byte[] pong(String payload) {
        return frame(FIN | RawSocket.PONG, payload);
    }

    static byte[] command() {
        return RawSocket.text(COMMAND);
    }

    /** A command in two fragments, with something between them. */
    static byte[] commandAround(byte[] between) {
        return joined(frame(TEXT, COMMAND.substring(0, 9)), between, frame(FIN | CONTINUATION, COMMAND.substring(9)));
    }

    /** A command of so many bytes, filled up with spaces. */
    static byte[] commandOf(int bytes) {
        return utf8(COMMAND + " ".repeat(bytes - COMMAND.length()));
    }

    static byte[] close(byte[] payload) {
        return frame(FIN | RawSocket.CLOSE, payload);
    }

    static byte[] close(int code, byte[] reason) {
        return close(joined(ByteBuffer.allocate(2).putShort((short) code).array(), reason));
    }

    /** A text message of these bytes. */
    static byte[] textOf(String digits) {
        return frame(FIN | TEXT, hex(digits));
    }
}
