package relay.websocket;

import static relay.websocket.Bytes.hex;
import static relay.websocket.Bytes.joined;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import relay.testing.RawSocket;

/** Conformance, categories 1 to 5 and 10: framing, control frames, reserved bits and opcodes, fragments, lengths. */
class FramingConformanceTest extends Conformance {
    private static final String OK = "{\"ok\":";
    private static final String UNSUPPORTED = "{\"error\":{\"code\":\"unsupported_frame\"";
    private static final String INVALID = "{\"error\":{\"code\":\"invalid_command\"";

    static Stream<Case> framing() {
        List<Case> cases = new ArrayList<>();
        for (int size : new int[] {125, 126, 127, 128, 1000, 4096, 65535, 65536}) {
            cases.add(Case.goesOn("text of " + size, frame(FIN | TEXT, commandOf(size)))
                    .answered(OK));
            cases.add(Case.goesOn("text of no meaning of " + size, frame(FIN | TEXT, "x".repeat(size)))
                    .answered(INVALID));
        }
        for (int size : new int[] {0, 1, 125, 126, 127, 128, 65535, 65536}) {
            cases.add(Case.goesOn("binary of " + size, frame(FIN | BINARY, new byte[size]))
                    .answered(UNSUPPORTED));
        }
        for (int size : new int[] {0, 1, 125, 126, 127, 128, 1000}) {
            cases.add(Case.goesOn("binary of " + size, frame(FIN | BINARY, new byte[size]))
                    .answered(UNSUPPORTED)
                    .chopped());
        }
        for (int size : new int[] {125, 126, 128, 1000}) {
            cases.add(Case.goesOn("text of " + size, frame(FIN | TEXT, commandOf(size)))
                    .answered(OK)
                    .chopped());
        }
        cases.add(Case.goesOn("empty text", frame(FIN | TEXT, NOTHING)).answered(INVALID));
        return cases.stream();
    }

    static Stream<Case> pingsAndPongs() {
        return Stream.of(
                Case.goesOn("empty ping", ping("")).answered(""),
                Case.goesOn("ping with text", ping("hello")).answered("hello"),
                Case.goesOn("ping of 125", ping("p".repeat(125))).answered("p".repeat(125)),
                Case.goesOn("ping of 125", ping("p".repeat(125)))
                        .answered("p".repeat(125))
                        .chopped(),
                Case.closes(1002, "ping of 126", ping("p".repeat(126))),
                Case.closes(1002, "pong of 126", pong("p".repeat(126))),
                Case.closes(1002, "ping of 126, its header alone", hex("89 FE")),
                Case.closes(1002, "ping in 64 bits of length, its header alone", hex("89 FF")),
                Case.goesOn("unsolicited empty pong", pong("")),
                Case.goesOn("unsolicited pong with text", pong("hello")),
                Case.goesOn("unsolicited pong of a number", pong("12345678")),
                Case.goesOn("unsolicited pong, then a ping", pong("hello"), ping("x"))
                        .answered("x"),
                Case.goesOn("ten pings in a row", joined(tenPings())).answered(tenPayloads()),
                Case.goesOn("ten pings in a row", joined(tenPings()))
                        .answered(tenPayloads())
                        .chopped(),
                Case.goesOn(
                        "ten pongs in a row",
                        joined(Collections.nCopies(10, pong("x")).toArray(byte[][]::new))));
    }

    static Stream<Case> reservedBits() {
        List<Case> cases = new ArrayList<>();
        for (int bits = 1; bits <= 7; bits++) {
            for (int opCode : new int[] {TEXT, BINARY, RawSocket.PING, RawSocket.PONG, RawSocket.CLOSE}) {
                cases.add(Case.closes(
                        1002, "bits " + bits + " with opcode " + opCode, frame(FIN | bits << 4 | opCode, NOTHING)));
            }
            cases.add(Case.closes(
                    1002, "bits " + bits + ", a byte and nothing else", new byte[] {(byte) (FIN | bits << 4 | TEXT)}));
            cases.add(Case.closes(1002, "bits " + bits + " after a ping", ping("x"), frame(FIN | bits << 4 | TEXT, "x"))
                    .answered("x"));
        }
        cases.add(Case.closes(1002, "a bit on a continuation", frame(TEXT, "x"), frame(FIN | 0x40, "x")));
        return cases.stream();
    }

    static Stream<Case> reservedOpCodes() {
        return IntStream.of(3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
                .boxed()
                .flatMap(opCode -> Stream.of(
                        Case.closes(1002, "opcode " + opCode, frame(FIN | opCode, NOTHING)),
                        Case.closes(1002, "opcode " + opCode + ", its byte alone", new byte[] {(byte) (FIN | opCode)}),
                        Case.closes(1002, "opcode " + opCode + " after a ping", ping("x"), frame(FIN | opCode, "x"))
                                .answered("x"),
                        Case.closes(
                                1002, "opcode " + opCode + " in a message", commandAround(frame(FIN | opCode, "")))));
    }

    static Stream<Case> fragments() {
        byte[] empty = frame(CONTINUATION, NOTHING);
        return Stream.of(
                Case.goesOn("two fragments", commandAround(NOTHING)).answered(OK),
                Case.goesOn("two fragments", commandAround(NOTHING))
                        .answered(OK)
                        .chopped(),
                Case.goesOn("ping between", commandAround(ping("x"))).answered("x", OK),
                Case.goesOn("ping between", commandAround(ping("x")))
                        .answered("x", OK)
                        .chopped(),
                Case.goesOn("pong between", commandAround(pong("x"))).answered(OK),
                Case.goesOn("ten pings between", commandAround(joined(tenPings())))
                        .answered(Stream.concat(Stream.of(tenPayloads()), Stream.of(OK))
                                .toArray(String[]::new)),
                Case.goesOn("empty fragments", commandAround(joined(empty, empty, empty)))
                        .answered(OK),
                Case.goesOn("empty first and last", frame(TEXT, NOTHING), frame(CONTINUATION, "ping"), frame(FIN, "")),
                Case.goesOn("binary in fragments", frame(BINARY, "a"), frame(FIN, "b"))
                        .answered(UNSUPPORTED),
                Case.closes(1000, "close between", commandAround(close(1000, NOTHING))),
                Case.closes(1002, "fragmented ping", frame(RawSocket.PING, "x")),
                Case.closes(1002, "fragmented ping, its byte alone", hex("09")),
                Case.closes(1002, "fragmented pong", frame(RawSocket.PONG, "x")),
                Case.closes(1002, "fragmented close", frame(RawSocket.CLOSE, NOTHING)),
                Case.closes(1002, "continuation of nothing", frame(FIN, "x")),
                Case.closes(1002, "continuation of nothing, its byte alone", hex("80")),
                Case.closes(1002, "open continuation of nothing", frame(CONTINUATION, "x")),
                Case.closes(1002, "continuation after a message", command(), frame(FIN, "x"))
                        .answered(OK),
                Case.closes(1002, "text within a message", frame(TEXT, "x"), frame(FIN | TEXT, "x")),
                Case.closes(1002, "text within a message, its byte alone", frame(TEXT, "x"), hex("81")),
                Case.closes(1002, "binary within a message", frame(TEXT, "x"), frame(FIN | BINARY, "x")),
                Case.closes(1002, "a new message within an open one", frame(BINARY, "x"), frame(TEXT, "x")));
    }

    static Stream<Case> masksAndLengths() {
        return Stream.of(
                Case.closes(1002, "text without a mask", hex("81 02 68 69")),
                Case.closes(1002, "text without a mask, its header alone", hex("81 02")),
                Case.closes(1002, "empty text without a mask", hex("81 00")),
                Case.closes(1002, "binary without a mask, its header alone", hex("82 7E")),
                Case.closes(1002, "ping without a mask", hex("89 00")),
                Case.closes(1002, "pong without a mask", hex("8A 00")),
                Case.closes(1002, "close without a mask", hex("88 02 03 E8")),
                Case.closes(1002, "no mask after a good ping", ping("x"), hex("81 02"))
                        .answered("x"),
                Case.closes(1002, "no mask on a continuation", frame(TEXT, "x"), hex("80 01 78")),
                Case.closes(1002, "0 in 16 bits", hex("81 FE 00 00 00 00 00 00")),
                Case.closes(1002, "5 in 16 bits, its header alone", hex("81 FE 00 05")),
                Case.closes(1002, "125 in 16 bits, its header alone", hex("82 FE 00 7D")),
                Case.closes(1002, "0 in 64 bits", hex("81 FF 00 00 00 00 00 00 00 00 00 00 00 00")),
                Case.closes(1002, "5 in 64 bits", hex("81 FF 00 00 00 00 00 00 00 05")),
                Case.closes(1002, "126 in 64 bits", hex("81 FF 00 00 00 00 00 00 00 7E")),
                Case.closes(1002, "65535 in 64 bits", hex("82 FF 00 00 00 00 00 00 FF FF")),
                Case.closes(1002, "5 in 16 bits", hex("81 FE 00 05")).chopped(),
                Case.closes(1002, "5 in 64 bits", hex("81 FF 00 00 00 00 00 00 00 05"))
                        .chopped(),
                Case.closes(1002, "2^63", hex("81 FF 80 00 00 00 00 00 00 00 00 00 00 00")),
                Case.closes(1002, "2^63, up to its top bit", hex("81 FF 80")),
                Case.closes(1002, "2^64-1", hex("82 FF FF FF FF FF FF FF FF FF 00 00 00 00")),
                Case.closes(1002, "non-minimal after a ping", ping("x"), hex("81 FE 00 05"))
                        .answered("x"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"framing", "pingsAndPongs", "reservedBits", "reservedOpCodes", "fragments", "masksAndLengths"})
    void frameIsTakenOrRefusedAsTheProtocolSays(Case tried) throws IOException {
        check(tried);
    }

    private static byte[][] tenPings() {
        return IntStream.range(0, 10).mapToObj(i -> ping("ping " + i)).toArray(byte[][]::new);
    }

    private static String[] tenPayloads() {
        return IntStream.range(0, 10).mapToObj(i -> "ping " + i).toArray(String[]::new);
    }
}
