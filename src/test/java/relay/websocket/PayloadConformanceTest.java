package relay.websocket;

import static relay.websocket.Bytes.hex;
import static relay.websocket.Bytes.joined;
import static relay.websocket.Bytes.utf8;

import java.io.IOException;
import java.util.Collections;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Conformance, categories 6, 7 and 9: UTF-8, closing, limits. */
class PayloadConformanceTest extends Conformance {
    private static final String INVALID = "{\"error\":{\"code\":\"invalid_command\"";

    static Stream<Case> goodTexts() {
        return Stream.of(
                        "00",
                        "7F",
                        "C2 80",
                        "DF BF",
                        "E0 A0 80",
                        "ED 9F BF",
                        "EE 80 80",
                        "EF BF BD",
                        "EF BF BE",
                        "EF BF BF",
                        "EF B7 90",
                        "F0 90 80 80",
                        "F0 9F BF BF",
                        "F4 8F BF BF",
                        "CE BA E1 BD B9 CF 83 CE BC CE B5")
                .flatMap(text -> Stream.of(
                        Case.goesOn(text, textOf(text)).answered(INVALID),
                        Case.goesOn(text + " a byte a fragment", inFragments(hex(text)))
                                .answered(INVALID)));
    }

    static Stream<Case> badTexts() {
        return Stream.of(
                        "80",
                        "BF",
                        "C0 80",
                        "C0 AF",
                        "C1 BF",
                        "C3 28",
                        "E0 80 80",
                        "E0 9F BF",
                        "E2 28 A1",
                        "E2 82 28",
                        "ED A0 80",
                        "ED AF BF",
                        "ED B0 80",
                        "ED BF BF",
                        "ED A0 80 ED B0 80",
                        "F0 80 80 80",
                        "F0 8F BF BF",
                        "F0 28 8C BC",
                        "F4 90 80 80",
                        "F5 80 80 80",
                        "F7 BF BF BF",
                        "F8 88 80 80 80",
                        "FC 84 80 80 80 80",
                        "FE",
                        "FF",
                        "CE BA E1 BD B9 ED A0 80 65 64")
                .flatMap(text -> Stream.of(
                        Case.closes(1007, text, textOf(text)),
                        Case.closes(1007, text + " a byte a fragment", inFragments(hex(text))),
                        Case.closes(1007, text + " before the message's end", frame(TEXT, hex(text)))));
    }

    static Stream<Case> textsCutOff() {
        return Stream.of("C3", "E2", "E2 82", "F0", "F0 9F", "F0 9F 98", "61 CE")
                .flatMap(text -> Stream.of(
                        Case.closes(1007, text + " at the end", textOf(text)),
                        Case.closes(
                                1007, text + " at the last fragment's end", frame(TEXT, "a"), frame(FIN, hex(text))),
                        Case.closes(
                                1007, text + " and an empty last fragment", frame(TEXT, hex(text)), frame(FIN, ""))));
    }

    static Stream<Case> goodCloses() {
        return Stream.concat(
                IntStream.of(
                                1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999,
                                4000, 4999)
                        .mapToObj(code -> Case.closes(code, "close with " + code, close(code, NOTHING))),
                Stream.of(
                        Case.closes(1005, "close without a code", close(NOTHING)),
                        Case.closes(1000, "close with a reason", close(1000, utf8("bye"))),
                        Case.closes(1000, "close with a reason", close(1000, utf8("bye")))
                                .chopped(),
                        Case.closes(1000, "close with the longest reason", close(1000, utf8("x".repeat(123)))),
                        Case.closes(1000, "close with a reason of many bytes", close(1000, utf8("ä€😀"))),
                        Case.closes(1000, "two closes", joined(close(1000, NOTHING), close(1001, NOTHING))),
                        Case.closes(1000, "ping after a close", joined(close(1000, NOTHING), ping("x"))),
                        Case.closes(1000, "text after a close", joined(close(1000, NOTHING), command())),
                        Case.closes(1000, "bad frame after a close", joined(close(1000, NOTHING), hex("FF 00"))),
                        Case.closes(1000, "close after a ping", joined(ping("x"), close(1000, NOTHING)))
                                .answered("x")));
    }

    static Stream<Case> badCloses() {
        return Stream.concat(
                IntStream.of(0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1100, 2000, 2999, 5000, 9999, 65535)
                        .mapToObj(code -> Case.closes(1002, "close with " + code, close(code, NOTHING))),
                Stream.of(
                        Case.closes(1002, "close of one byte", close(new byte[1])),
                        Case.closes(1002, "close of 126 bytes", close(1000, new byte[124])),
                        Case.closes(1007, "reason cut off", close(1000, hex("61 E2 82"))),
                        Case.closes(1007, "reason with a surrogate", close(1000, hex("ED A0 80"))),
                        Case.closes(1007, "reason overlong", close(1000, hex("C0 AF"))),
                        Case.closes(1007, "reason with FF", close(1000, hex("FF")))));
    }

    static Stream<Case> limits() {
        byte[] half = new byte[LARGEST_MESSAGE / 2];
        byte[] more = new byte[LARGEST_MESSAGE / 2 + 1];
        return Stream.of(
                Case.closes(1009, "text over the limit", frame(FIN | TEXT, new byte[LARGEST_MESSAGE + 1])),
                Case.closes(1009, "binary over the limit", frame(FIN | BINARY, new byte[LARGEST_MESSAGE + 1])),
                Case.closes(1009, "its header alone", hex("81 FF 00 00 00 00 00 01 00 01")),
                Case.closes(1009, "its header alone", hex("81 FF 00 00 00 00 00 01 00 01"))
                        .chopped(),
                Case.closes(1009, "2^31, its header alone", hex("81 FF 00 00 00 00 80 00 00 00")),
                Case.closes(1009, "2^62, its header alone", hex("82 FF 40 00 00 00 00 00 00 00")),
                Case.closes(1009, "after a ping", ping("x"), hex("81 FF 00 00 00 00 00 01 00 01"))
                        .answered("x"),
                Case.closes(1009, "fragments in sum", frame(TEXT, half), frame(FIN, more)),
                Case.closes(
                        1009, "fragments in sum, the last one's header alone", frame(BINARY, half), hex("80 FE 80 01")),
                Case.closes(1009, "many fragments in sum", manyFragments(66)),
                Case.goesOn("two fragments of the limit", frame(BINARY, half), frame(FIN, half))
                        .answered("{\"error\":"),
                Case.goesOn("many fragments of the limit", manyFragments(64)).answered("{\"error\":"),
                Case.goesOn("a thousand fragments of a byte", inFragments(new byte[1000]))
                        .answered(INVALID));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"goodTexts", "badTexts", "textsCutOff", "goodCloses", "badCloses", "limits"})
    void payloadIsTakenOrRefusedAsTheProtocolSays(Case tried) throws IOException {
        check(tried);
    }

    private static byte[] manyFragments(int count) {
        byte[][] frames =
                Collections.nCopies(count, frame(CONTINUATION, new byte[1024])).toArray(byte[][]::new);
        frames[0] = frame(BINARY, new byte[1024]);
        frames[count - 1] = frame(FIN, new byte[1024]);
        return joined(frames);
    }

    private static byte[] inFragments(byte[] text) {
        byte[][] frames = new byte[text.length][];
        for (int i = 0; i < text.length; i++) {
            int opCode = i == 0 ? TEXT : CONTINUATION;
            frames[i] = frame(i == text.length - 1 ? FIN | opCode : opCode, new byte[] {text[i]});
        }
        return joined(frames);
    }
}
