package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.websocket.Bytes.joined;
import static relay.websocket.Bytes.utf8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Registered;
import relay.testing.RawSocket;
import relay.testing.RawSocket.Frame;
import relay.testing.TestJson;

/** Frames that keep to RFC 6455, usual ones and odd ones, and the closing handshake. */
class MessagesTest {
    private static final int FIN = 0x80;
    private static final int CONTINUATION = 0;
    private static final int LARGEST_MESSAGE = 64 << 10;
    private static final String COMMAND = "{\"topics\":[\"€uro 😀\"]}";

    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    private Registered client;
    private RawSocket socket;

    @BeforeEach
    void connect() throws IOException {
        client = relay.api().register(1, "nothing");
        socket = RawSocket.connect(relay.port()).upgrade(client.id());
    }

    @AfterEach
    void disconnect() throws IOException {
        socket.close();
        Registrations.awaitUnknown(relay.api(), client.id());
    }

    static Stream<Arguments> waysToSendOneCommand() {
        byte[] command = utf8(COMMAND);
        byte[] nothing = {};
        byte[] pong = RawSocket.frame(FIN | RawSocket.PONG, utf8("unasked for"));
        return Stream.of(
                Arguments.of("whole", RawSocket.text(COMMAND)),
                Arguments.of("a byte in each fragment", fragments(command, 1)),
                Arguments.of("three bytes in each fragment", fragments(command, 3)),
                Arguments.of("fragments with pongs between", fragments(command, 7, pong)),
                Arguments.of("fragments with empty ones between", fragments(command, 7, fragment(nothing))),
                Arguments.of(
                        "an empty first and last fragment",
                        joined(
                                RawSocket.frame(RawSocket.TEXT, nothing),
                                fragment(command),
                                RawSocket.frame(FIN | CONTINUATION, nothing))),
                Arguments.of("exactly 64 KiB", RawSocket.text(COMMAND + " ".repeat(LARGEST_MESSAGE - command.length))),
                Arguments.of(
                        "exactly 64 KiB in fragments",
                        fragments(utf8(COMMAND + " ".repeat(LARGEST_MESSAGE - command.length)), 2048)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("waysToSendOneCommand")
    void commandTakesEffectHoweverItIsFramed(String name, byte[] bytes) throws IOException {
        socket.send(bytes);
        assertNothingCameBack();
        assertThat(relay.api().publish("€uro 😀", "1 €")).isEqualTo(1);
        assertThat(socket.readFrame().text()).isEqualTo("1 €");
    }

    @Test
    void pingBetweenFragmentsIsAnsweredAtOnce() throws IOException {
        socket.send(RawSocket.frame(RawSocket.TEXT, utf8("{\"topics\":")));
        assertNothingCameBack();
        socket.send(RawSocket.frame(FIN | CONTINUATION, utf8("[\"late\"]}")));
        assertNothingCameBack();
        assertThat(relay.api().publish("late", "now")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 124, 125})
    void pongCarriesThePayloadOfItsPing(int length) throws IOException {
        byte[] payload = new byte[length];
        for (int i = 0; i < length; i++) {
            payload[i] = (byte) (255 - i);
        }
        socket.send(RawSocket.frame(FIN | RawSocket.PING, payload));
        Frame pong = socket.readFrame();
        assertThat(pong.opCode()).isEqualTo(RawSocket.PONG);
        assertThat(pong.fin()).isTrue();
        assertThat(pong.payload()).isEqualTo(ByteBuffer.wrap(payload));
    }

    @Test
    void everyPingOfManyIsAnsweredInTurn() throws IOException {
        for (int i = 0; i < 50; i++) {
            socket.send(RawSocket.frame(FIN | RawSocket.PING, utf8("ping " + i)));
        }
        for (int i = 0; i < 50; i++) {
            assertThat(socket.readFrame().text()).isEqualTo("ping " + i);
        }
    }

    static Stream<Arguments> binaryMessages() {
        byte[] payload = {(byte) 0xFF, 0, (byte) 0xC0};
        return Stream.of(
                Arguments.of("whole", RawSocket.frame(FIN | RawSocket.BINARY, payload)),
                Arguments.of("empty", RawSocket.frame(FIN | RawSocket.BINARY, new byte[0])),
                Arguments.of("64 KiB", RawSocket.frame(FIN | RawSocket.BINARY, new byte[LARGEST_MESSAGE])),
                Arguments.of(
                        "fragmented",
                        joined(
                                RawSocket.frame(RawSocket.BINARY, payload),
                                fragment(payload),
                                RawSocket.frame(FIN | CONTINUATION, payload))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("binaryMessages")
    void binaryMessageIsAnsweredWithOneErrorAndTheConnectionGoesOn(String name, byte[] bytes) throws IOException {
        socket.send(bytes);
        Frame answer = socket.readFrame();
        assertThat(answer.opCode()).isEqualTo(RawSocket.TEXT);
        assertThat(TestJson.parse(answer.text()).at("/error/code").asText()).isEqualTo("unsupported_frame");
        assertThat(TestJson.parse(answer.text()).at("/error/detail").asText()).isNotEmpty();
        assertNothingCameBack();
        assertThat(relay.api().publish("nothing", "still here")).isEqualTo(1);
        assertThat(socket.readFrame().text()).isEqualTo("still here");
    }

    @Test
    void textAfterAFragmentedBinaryMessageIsReadAfresh() throws IOException {
        socket.send(joined(
                RawSocket.frame(RawSocket.BINARY, new byte[LARGEST_MESSAGE / 2]),
                RawSocket.frame(FIN | CONTINUATION, new byte[LARGEST_MESSAGE / 2]),
                fragments(utf8(COMMAND + " ".repeat(LARGEST_MESSAGE / 2)), LARGEST_MESSAGE / 4)));
        assertThat(socket.readFrame().text()).contains("unsupported_frame");
        assertNothingCameBack();
        assertThat(relay.api().publish("€uro 😀", "2 €")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1001, 1003, 1011, 3000, 3999, 4000, 4409, 4999})
    void closeIsAnsweredWithTheSameCode(int code) throws IOException {
        socket.send(closeFrame(code, "thanks for all the fish"));
        Frame answer = socket.readFrame();
        assertThat(answer.opCode()).isEqualTo(RawSocket.CLOSE);
        assertThat(answer.closeCode()).isEqualTo(code);
        assertThat(socket.readAll()).isEmpty();
    }

    @Test
    void closeWithoutACodeIsAnsweredWithoutOne() throws IOException {
        socket.send(RawSocket.frame(FIN | RawSocket.CLOSE, new byte[0]));
        Frame answer = socket.readFrame();
        assertThat(answer.opCode()).isEqualTo(RawSocket.CLOSE);
        assertThat(answer.payload().remaining()).isZero();
        assertThat(socket.readAll()).isEmpty();
    }

    @Test
    void closeReasonThatIsNotUtf8IsClosedAsAnError() throws IOException {
        socket.send(RawSocket.frame(FIN | RawSocket.CLOSE, Bytes.hex("03 E8 C0 AF")));
        assertThat(socket.readUntilClose()).isIn(1002, 1007);
        assertThat(socket.readAll()).isEmpty();
    }

    @Test
    void closeInTheMiddleOfAMessageIsAnswered() throws IOException {
        socket.send(joined(RawSocket.frame(RawSocket.TEXT, utf8("{")), closeFrame(1000, "")));
        assertThat(socket.readUntilClose()).isEqualTo(1000);
    }

    @Test
    void whatFollowsACloseIsIgnored() throws IOException {
        socket.send(joined(
                closeFrame(1000, ""),
                RawSocket.text("{\"topics\":[\"afterlife\"]}"),
                RawSocket.frame(FIN | RawSocket.PING, utf8("hello?")),
                RawSocket.frame(FIN | RawSocket.BINARY, new byte[10])));
        Frame answer = socket.readFrame();
        assertThat(answer.opCode()).isEqualTo(RawSocket.CLOSE);
        assertThat(answer.closeCode()).isEqualTo(1000);
        assertThat(socket.readAll()).isEmpty();
        assertThat(relay.api().publish("afterlife", "anybody?")).isZero();
    }

    private void assertNothingCameBack() throws IOException {
        socket.send(RawSocket.frame(FIN | RawSocket.PING, utf8("barrier")));
        Frame pong = socket.readFrame();
        assertThat(pong.text()).isEqualTo("barrier");
        assertThat(pong.opCode()).isEqualTo(RawSocket.PONG);
    }

    private static byte[] closeFrame(int code, String reason) {
        return RawSocket.frame(
                FIN | RawSocket.CLOSE, joined(new byte[] {(byte) (code >> 8), (byte) code}, utf8(reason)));
    }

    private static byte[] fragment(byte[] payload) {
        return RawSocket.frame(CONTINUATION, payload);
    }

    /** A text message in fragments of so many bytes, with these frames between them. */
    private static byte[] fragments(byte[] payload, int size, byte[]... between) {
        byte[] all = {};
        for (int start = 0; start < payload.length; start += size) {
            int end = Math.min(payload.length, start + size);
            int opCode = start == 0 ? RawSocket.TEXT : CONTINUATION;
            int fin = end == payload.length ? FIN : 0;
            byte[] part = Arrays.copyOfRange(payload, start, end);
            all = joined(all, RawSocket.frame(fin | opCode, part), fin == 0 ? joined(between) : new byte[0]);
        }
        return all;
    }
}
