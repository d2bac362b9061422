package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.websocket.Bytes.hex;
import static relay.websocket.Bytes.joined;
import static relay.websocket.Bytes.utf8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import relay.TestRelay;
import relay.testing.Api.Registered;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** Frames that break RFC 6455: each gets its close code, its client is gone, and nobody else notices. */
class FramesTest {
    private static final int FIN = 0x80;
    private static final int TEXT = RawSocket.TEXT;
    private static final int CONTINUATION = 0;
    private static final int LARGEST_MESSAGE = 64 << 10;
    private static final byte[] NOTHING = {};

    private static TestRelay relay;
    private static TestSocket bystander;

    private Registered client;

    @BeforeAll
    static void start() {
        relay = TestRelay.start();
        bystander = TestSocket.open(relay.api().register(7, "frames").url());
    }

    @AfterAll
    static void stop() {
        bystander.close();
        relay.close();
    }

    @BeforeEach
    void register() {
        client = relay.api().register(1, "frames");
    }

    static Stream<Arguments> protocolErrors() {
        return Stream.of(
                        Stream.of(
                                mistake("text without a mask", hex("81 02 68 69")),
                                mistake("ping without a mask", hex("89 00")),
                                mistake("close without a mask", hex("88 02 03 E8")),
                                mistake("RSV1", frame(FIN | 0x40 | TEXT, "hi")),
                                mistake("RSV2", frame(FIN | 0x20 | TEXT, "hi")),
                                mistake("RSV3", frame(FIN | 0x10 | TEXT, "hi")),
                                mistake("RSV1 on a ping", frame(FIN | 0x40 | RawSocket.PING, "hi")),
                                mistake("fragmented ping", frame(RawSocket.PING, "hi")),
                                mistake("fragmented pong", frame(RawSocket.PONG, "hi")),
                                mistake("fragmented close", frame(RawSocket.CLOSE, NOTHING)),
                                mistake("ping of 126 bytes", frame(FIN | RawSocket.PING, new byte[126])),
                                mistake("pong of 126 bytes", frame(FIN | RawSocket.PONG, new byte[126])),
                                mistake("close of 126 bytes", frame(FIN | RawSocket.CLOSE, closing(1000, 124))),
                                mistake("continuation of nothing", frame(FIN | CONTINUATION, "hi")),
                                mistake("continuation of nothing, not the last", frame(CONTINUATION, "hi")),
                                mistake(
                                        "continuation after a message's end",
                                        joined(RawSocket.text("ping"), frame(FIN | CONTINUATION, "hi"))),
                                mistake("text within a text", joined(frame(TEXT, "a"), frame(FIN | TEXT, "b"))),
                                mistake(
                                        "binary within a text",
                                        joined(frame(TEXT, "a"), frame(FIN | RawSocket.BINARY, "b"))),
                                mistake(
                                        "text within a binary",
                                        joined(frame(RawSocket.BINARY, "a"), frame(FIN | TEXT, "b"))),
                                mistake("close of one byte", frame(FIN | RawSocket.CLOSE, new byte[1]))),
                        IntStream.of(3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
                                .mapToObj(opCode -> mistake("opcode " + opCode, frame(FIN | opCode, "hi"))),
                        IntStream.of(0, 999, 1004, 1005, 1006, 1015, 5000, 65535)
                                .mapToObj(code ->
                                        mistake("close code " + code, frame(FIN | RawSocket.CLOSE, closing(code, 0)))))
                .flatMap(mistakes -> mistakes);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("protocolErrors")
    void frameAgainstTheProtocolIsClosedWith1002(String name, byte[] bytes) throws IOException {
        assertClosedAfter(bytes, 1002);
    }

    static Stream<Arguments> badTexts() {
        return Stream.of(
                mistake("overlong slash", text("C0 AF")),
                mistake("overlong in three bytes", text("E0 80 AF")),
                mistake("overlong in four bytes", text("F0 80 80 AF")),
                mistake("high surrogate", text("ED A0 80")),
                mistake("surrogate pair", text("ED A0 BD ED B8 80")),
                mistake("beyond U+10FFFF", text("F4 90 80 80")),
                mistake("byte that UTF-8 does not have", text("61 FF 62")),
                mistake("continuation byte alone", text("80")),
                mistake("lead byte before a letter", text("C3 28")),
                mistake("character cut off at the end", text("61 E2 82")),
                mistake("bad after 60,000 good bytes", joined(frame(FIN | TEXT, joined(new byte[60_000], hex("FF"))))),
                mistake("bad in a fragment", joined(frame(TEXT, hex("61")), frame(FIN | CONTINUATION, hex("FF")))),
                mistake("bad over two fragments", joined(frame(TEXT, hex("E2")), frame(FIN | CONTINUATION, hex("28")))),
                mistake("cut off by the last fragment", joined(frame(TEXT, hex("E2 82")), frame(FIN, NOTHING))),
                mistake(
                        "cut off in the last fragment",
                        joined(frame(TEXT, hex("61")), frame(FIN | CONTINUATION, hex("F0 9F 98")))),
                mistake(
                        "surrogate over fragments",
                        joined(
                                frame(TEXT, hex("ED")),
                                frame(CONTINUATION, hex("A0")),
                                frame(FIN | CONTINUATION, hex("80")))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badTexts")
    void textThatIsNotUtf8IsClosedWith1007(String name, byte[] bytes) throws IOException {
        assertClosedAfter(bytes, 1007);
    }

    @Test
    void badTextIsClosedBeforeItsLastFragment() throws IOException {
        assertClosedAfter(frame(TEXT, hex("61 FF 62")), 1007);
    }

    static Stream<Arguments> tooBig() {
        byte[] half = new byte[LARGEST_MESSAGE / 2];
        byte[] more = new byte[LARGEST_MESSAGE / 2 + 1];
        return Stream.of(
                mistake("text", frame(FIN | TEXT, new byte[LARGEST_MESSAGE + 1])),
                mistake("binary", frame(FIN | RawSocket.BINARY, new byte[LARGEST_MESSAGE + 1])),
                mistake("text in fragments", joined(frame(TEXT, half), frame(CONTINUATION, more))),
                mistake("binary in fragments", joined(frame(RawSocket.BINARY, half), frame(CONTINUATION, more))),
                mistake(
                        "text in fragments with a ping between",
                        joined(
                                frame(TEXT, half),
                                frame(FIN | RawSocket.PING, NOTHING),
                                frame(FIN | CONTINUATION, more))),
                mistake("first of 65,537 bytes", hex("81 FF 00 00 00 00 00 01 00 01 00 00 00 00 61")),
                mistake("header that announces 2^31 bytes", hex("81 FF 00 00 00 00 80 00 00 00 00 00 00 00")),
                mistake("header that announces 2^62 bytes", hex("81 FF 40 00 00 00 00 00 00 00 00 00 00 00")),
                mistake(
                        "continuation that announces 2^62 bytes",
                        joined(frame(TEXT, half), hex("80 FF 40 00 00 00" + " 00 00 00 00 00 00 00 00"))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tooBig")
    void messageOver64KiBIsClosedWith1009(String name, byte[] bytes) throws IOException {
        assertClosedAfter(bytes, 1009);
    }

    static Stream<Arguments> mistakesOfEachKind() {
        return Stream.of(
                Arguments.of("opcode 3", frame(FIN | 3, "hi"), 1002),
                Arguments.of("bad UTF-8", text("FF"), 1007),
                Arguments.of("too big", frame(FIN | TEXT, new byte[LARGEST_MESSAGE + 1]), 1009));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakesOfEachKind")
    void closeFrameArrivesThoughTheClientGoesOnSending(String name, byte[] bytes, int code) throws IOException {
        byte[] garbage = new byte[1 << 20];
        Arrays.fill(garbage, (byte) 0xC1);
        try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
            socket.send(joined(bytes, garbage));
            assertThat(socket.readUntilClose()).isEqualTo(code);
            assertThat(socket.readAll()).isEmpty();
        }
        Registrations.awaitUnknown(relay.api(), client.id());
    }

    private void assertClosedAfter(byte[] bytes, int code) throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id())) {
            socket.send(bytes);
            assertThat(socket.readUntilClose()).isEqualTo(code);
            assertThat(socket.readAll()).isEmpty();
            Registrations.awaitUnknown(relay.api(), client.id());
        }
        assertThat(relay.api().publish("frames", "for the others")).isEqualTo(1);
        assertThat(bystander.receive()).isEqualTo("for the others");
    }

    private static Arguments mistake(String name, byte[] bytes) {
        return Arguments.of(name, bytes);
    }

    private static byte[] frame(int firstByte, String payload) {
        return RawSocket.frame(firstByte, utf8(payload));
    }

    private static byte[] frame(int firstByte, byte[] payload) {
        return RawSocket.frame(firstByte, payload);
    }

    private static byte[] text(String hex) {
        return RawSocket.frame(FIN | TEXT, hex(hex));
    }

    private static byte[] closing(int code, int reasonBytes) {
        return ByteBuffer.allocate(2 + reasonBytes).putShort((short) code).array();
    }
}
