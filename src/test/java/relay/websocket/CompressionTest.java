package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static relay.websocket.Bytes.hex;
import static relay.websocket.Bytes.joined;
import static relay.websocket.Bytes.utf8;
import static relay.websocket.Deflate.RSV1;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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
import relay.testing.Scrape;
import relay.testing.TestSocket;

/** {@code --compression}: permessage-deflate (RFC 7692), from a client's side. */
class CompressionTest {
    private static final int FIN = 0x80;
    private static final int LARGEST_MESSAGE = 64 << 10;
    private static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    private static final String ANSWER =
            "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    private static final String LONG = "the same again, and ".repeat(50);

    private static TestRelay relay;
    private static TestSocket bystander;

    private Registered client;

    @BeforeAll
    static void start() {
        relay = TestRelay.start("--compression");
        bystander = TestSocket.open(relay.api().register(7, "compressed").url());
    }

    @AfterAll
    static void stop() {
        bystander.close();
        relay.close();
    }

    @BeforeEach
    void register() {
        client = relay.api().register(1, "compressed");
    }

    @Test
    void nothingIsCompressedUnlessTheFlagIsGiven() throws IOException {
        try (TestRelay plain = TestRelay.start()) {
            String id = plain.api().register(1, "compressed").id();
            try (RawSocket socket = RawSocket.connect(plain.port())) {
                socket.send(RawSocket.handshake(id, OFFER));
                assertThat(socket.readHead()).startsWith("HTTP/1.1 101 ").doesNotContain("Extensions");
                plain.api().publish("compressed", LONG);
                assertThat(socket.readFrame().text()).isEqualTo(LONG);
                socket.send(Deflate.text("ping"));
                assertThat(socket.readUntilClose()).isEqualTo(1002);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "permessage-deflate",
                "permessage-deflate; client_max_window_bits",
                "permessage-deflate; client_max_window_bits=9; client_no_context_takeover; server_no_context_takeover",
                "Permessage-Deflate;client_max_window_bits=\"15\"",
                "x-webkit-deflate-frame, permessage-deflate; server_max_window_bits=8, permessage-deflate",
            })
    void anOfferIsAccepted(String offer) throws IOException {
        assertThat(head(offer)).startsWith("HTTP/1.1 101 ").contains(ANSWER + "\r\n");
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 13, 15})
    void anOfferThatLimitsTheWindowOfTheServerIsAccepted(int bits) throws IOException {
        assertThat(head("permessage-deflate; client_max_window_bits=12; server_max_window_bits=" + bits))
                .contains(ANSWER + "; server_max_window_bits=12\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "permessage-deflate; server_max_window_bits=11",
                "permessage-deflate; server_max_window_bits",
                "permessage-deflate; server_max_window_bits=012",
                "permessage-deflate; server_max_window_bits=16",
                "permessage-deflate; client_max_window_bits=7",
                "permessage-deflate; client_max_window_bits=",
                "permessage-deflate; server_no_context_takeover=1",
                "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
                "permessage-deflate; unheard_of",
                "permessage-deflate;",
                "permessage-bzip2",
                "\"permessage-deflate\"",
            })
    void anOfferThatCannotBeAcceptedIsDeclinedAndTheSocketOpensWithoutIt(String offer) throws IOException {
        assertThat(head(offer)).startsWith("HTTP/1.1 101 ").doesNotContain("Extensions");
    }

    static Stream<String> texts() {
        Random random = new Random(7);
        StringBuilder varied = new StringBuilder();
        while (varied.length() < 300_000) {
            varied.append("{\"price\":").append(random.nextInt(10_000)).append(",\"name\":\"né 猫 😸\"},");
        }
        return Stream.of(LONG, varied.substring(0, 4096), varied.substring(0, 4097), varied.toString());
    }

    @ParameterizedTest
    @MethodSource("texts")
    void aMessageComesCompressedToWhoOfferedItAndAsItIsToOthers(String text) throws IOException {
        try (RawSocket socket = open()) {
            assertThat(relay.api().publish("compressed", text)).isEqualTo(2);
            Frame frame = socket.readFrame();
            assertThat(frame.rsv1()).isTrue();
            assertThat(frame.payload().remaining()).isLessThan(utf8(text).length / 2);
            assertThat(Deflate.inflated(frame.payload())).isEqualTo(text);
            assertThat(bystander.receive()).isEqualTo(text);
        }
    }

    @Test
    void whatWouldNotBecomeSmallerComesAsItIs() throws IOException {
        byte[] noise = new byte[3000];
        new Random(7).nextBytes(noise);
        String incompressible = new String(noise, StandardCharsets.ISO_8859_1)
                .codePoints()
                .map(code -> 0x4E00 + code * 79)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        String noTwoCharactersAlike = IntStream.range(33, 127)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        List<String> messages = List.of("short", "", LONG, incompressible, noTwoCharactersAlike);
        try (RawSocket socket = open()) {
            messages.forEach(message -> relay.api().publish("compressed", message));
            for (String message : messages) {
                Frame frame = socket.readFrame();
                assertThat(frame.rsv1() ? Deflate.inflated(frame.payload()) : frame.text())
                        .isEqualTo(message);
                assertThat(frame.payload().remaining()).isLessThanOrEqualTo(utf8(message).length);
            }
        }
        assertThat(bystander.receive(5)).isEqualTo(messages);
    }

    @Test
    void whatAClientMissedComesCompressedToo() throws IOException {
        String first = relay.api()
                .post("/publish", "{\"topic\":\"history\",\"message\":\"first\"}")
                .json()
                .get("id")
                .asText();
        relay.api().publish("history", LONG);
        String id = relay.api().register(1, "history").id();
        try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(id + "?format=json&after=" + first, OFFER)) {
            Frame frame = socket.readFrame();
            assertThat(frame.rsv1()).isTrue();
            assertThat(Deflate.inflated(frame.payload())).contains("\"message\":\"" + LONG + "\"");
            socket.send(Deflate.text("{\"topics\":[\"history\"]}"));
            assertThat(socket.readFrame().text()).contains("ok");
        }
    }

    static Stream<Arguments> commands() {
        byte[] command = utf8("{\"topics\":[\"" + "x".repeat(200) + "\",\"wanted\"]}");
        byte[] deflated = Deflate.deflated(command);
        byte[] start = Arrays.copyOf(deflated, 10);
        byte[] rest = Arrays.copyOfRange(deflated, 10, deflated.length);
        return Stream.of(
                Arguments.of("whole", compressed(deflated)),
                Arguments.of("not compressed", RawSocket.frame(FIN | RawSocket.TEXT, command)),
                Arguments.of("with a last block", compressed(Deflate.deflatedWithLastBlock(command))),
                Arguments.of(
                        "of data that ends and begins anew",
                        compressed(joined(
                                Deflate.ended(Arrays.copyOf(command, 50)),
                                Deflate.deflated(Arrays.copyOfRange(command, 50, command.length))))),
                Arguments.of("in blocks of one byte each", compressed(inBlocksOfOneByte(command))),
                Arguments.of(
                        "in fragments with a ping between",
                        joined(
                                RawSocket.frame(RSV1 | RawSocket.TEXT, start),
                                RawSocket.frame(0, new byte[0]),
                                RawSocket.frame(FIN | RawSocket.PING, new byte[0]),
                                RawSocket.frame(FIN, rest))),
                Arguments.of(
                        "in fragments, the last of them empty",
                        joined(RawSocket.frame(RSV1 | RawSocket.TEXT, deflated), RawSocket.frame(FIN, new byte[0]))),
                Arguments.of("after an empty one", joined(compressed(new byte[1]), compressed(deflated))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("commands")
    void aCompressedCommandIsUnderstood(String name, byte[] frames) throws IOException {
        try (RawSocket socket = open()) {
            socket.send(frames).send(RawSocket.frame(FIN | RawSocket.PING, utf8("after")));
            Frame frame = socket.readFrame();
            while (frame.opCode() != RawSocket.PONG || !frame.text().equals("after")) {
                frame = socket.readFrame();
            }
            assertThat(relay.api().publish("wanted", "got it")).isEqualTo(1);
            assertThat(socket.readFrame().text()).isEqualTo("got it");
        }
        // The next command's relay is this one: it may not have noticed yet that the socket has gone.
        await().until(() -> relay.api().publish("wanted", "to nobody") == 0);
    }

    @Test
    void aClientThatKeepsItsContextAgainstWhatWasAgreedUponIsUnderstood() throws IOException {
        Deflate.Keeper keeper = new Deflate.Keeper();
        byte[] noise = new byte[LARGEST_MESSAGE];
        new Random(7).nextBytes(noise);
        try (RawSocket socket = RawSocket.connect(relay.port()).upgrade(client.id() + "?format=json", OFFER)) {
            for (int i = 0; i < 60; i++) {
                byte[] command =
                        utf8("{\"topics\":[\"" + "x".repeat(i + 1) + "\",\"wanted " + i + "\"]}" + " ".repeat(i * 700));
                switch (i % 6) {
                    case 0 -> socket.send(RawSocket.frame(FIN | RawSocket.TEXT, command));
                    case 1 -> {
                        byte[] deflated = keeper.deflated(command);
                        socket.send(RawSocket.frame(RSV1 | RawSocket.TEXT, Arrays.copyOf(deflated, 5)))
                                .send(RawSocket.frame(FIN | RawSocket.PING, new byte[0]))
                                .send(RawSocket.frame(FIN, Arrays.copyOfRange(deflated, 5, deflated.length)));
                        assertThat(socket.readFrame().opCode()).isEqualTo(RawSocket.PONG);
                    }
                    case 2 -> {
                        byte[] deflated = keeper.deflated(Arrays.copyOf(noise, 1 + i * i * 18));
                        socket.send(RawSocket.frame(FIN | RSV1 | RawSocket.BINARY, deflated));
                        assertThat(socket.readFrame().text()).contains("error");
                        socket.send(compressed(keeper.deflated(command)));
                    }
                    case 3 -> {
                        socket.send(compressed(new byte[1]));
                        assertThat(socket.readFrame().text()).contains("error");
                        socket.send(compressed(keeper.deflated(command)));
                    }
                    default -> socket.send(compressed(keeper.deflated(command)));
                }
                assertThat(socket.readFrame().text())
                        .isEqualTo("{\"ok\":{\"topics\":[\"" + "x".repeat(i + 1) + "\",\"wanted " + i + "\"]}}");
            }
            assertThat(Scrape.of(relay.api()).value("relay_input_bytes")).isPositive();
        }
        await().untilAsserted(() ->
                assertThat(Scrape.of(relay.api()).value("relay_input_bytes")).isZero());
    }

    static Stream<Arguments> mistakes() {
        byte[] deflated = Deflate.deflated(utf8(LONG));
        return Stream.of(
                Arguments.of("RSV1 on a ping", RawSocket.frame(FIN | RSV1 | RawSocket.PING, new byte[0]), 1002),
                Arguments.of(
                        "RSV1 on a continuation",
                        joined(
                                RawSocket.frame(RSV1 | RawSocket.TEXT, deflated),
                                RawSocket.frame(FIN | RSV1, new byte[0])),
                        1002),
                Arguments.of("RSV2", RawSocket.frame(FIN | RSV1 | 0x20 | RawSocket.TEXT, deflated), 1002),
                Arguments.of("no data at all", compressed(new byte[0]), 1007),
                Arguments.of("a block of no kind", compressed(hex("07 00 00")), 1007),
                Arguments.of("data that breaks off", compressed(Arrays.copyOf(deflated, deflated.length / 2)), 1007),
                Arguments.of("a distance before the start", compressed(hex("4B 04 A2 00")), 1007),
                Arguments.of("noise", compressed(Base64.getDecoder().decode("/v38+/r5+Pf29fTz8vHw")), 1007),
                Arguments.of("bad UTF-8", compressed(Deflate.deflated(hex("61 FF 62"))), 1007),
                Arguments.of(
                        "bad UTF-8 in fragments",
                        joined(
                                RawSocket.frame(RSV1 | RawSocket.TEXT, Deflate.deflated(hex("61 E2 82"))),
                                RawSocket.frame(FIN, new byte[0])),
                        1007),
                Arguments.of("a bomb", compressed(Deflate.deflated(new byte[60 << 20])), 1009),
                Arguments.of("one byte too many", compressed(Deflate.deflated(spaces(LARGEST_MESSAGE + 1))), 1009),
                Arguments.of(
                        "one byte too many as binary",
                        RawSocket.frame(FIN | RSV1 | RawSocket.BINARY, Deflate.deflated(spaces(LARGEST_MESSAGE + 1))),
                        1009),
                Arguments.of(
                        "too much before it is inflated",
                        RawSocket.frame(FIN | RSV1 | RawSocket.TEXT, new byte[LARGEST_MESSAGE + 1]),
                        1009),
                Arguments.of(
                        "a bomb in fragments",
                        joined(
                                RawSocket.frame(
                                        RSV1 | RawSocket.TEXT,
                                        Arrays.copyOf(Deflate.deflated(new byte[60 << 20]), LARGEST_MESSAGE / 2)),
                                RawSocket.frame(FIN, Deflate.deflated(new byte[20 << 20]))),
                        1009));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void whatIsWronglyCompressedIsClosedWithItsCodeAndNobodyElseNotices(String name, byte[] frames, int code)
            throws IOException {
        try (RawSocket socket = open()) {
            socket.send(frames);
            assertThat(socket.readUntilClose()).isEqualTo(code);
            assertThat(socket.readAll()).isEmpty();
        }
        Registrations.awaitUnknown(relay.api(), client.id());
        relay.api().publish("compressed", "for the others");
        assertThat(bystander.receive()).isEqualTo("for the others");
    }

    @Test
    void aMessageOfTheLargestSizeIsTakenHoweverSmallItIsOnTheWire() throws IOException {
        try (RawSocket socket = open()) {
            socket.send(compressed(Deflate.deflated(spaces(LARGEST_MESSAGE))));
            assertThat(socket.readFrame().text()).contains("error");
        }
    }

    @Test
    void aCompressedBinaryMessageIsRefusedAsAnyBinaryIs() throws IOException {
        try (RawSocket socket = open()) {
            socket.send(RawSocket.frame(FIN | RSV1 | RawSocket.BINARY, Deflate.deflated(utf8(LONG))));
            assertThat(socket.readFrame().text()).contains("error");
        }
    }

    private RawSocket open() throws IOException {
        return RawSocket.connect(relay.port()).upgrade(client.id(), OFFER);
    }

    private String head(String offer) throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            return socket.send(RawSocket.handshake(client.id(), "Sec-WebSocket-Extensions: " + offer + "\r\n"))
                    .readHead();
        }
    }

    private static byte[] compressed(byte[] payload) {
        return RawSocket.frame(FIN | RSV1 | RawSocket.TEXT, payload);
    }

    private static byte[] inBlocksOfOneByte(byte[] payload) {
        byte[] blocks = new byte[0];
        for (byte b : payload) {
            blocks = joined(blocks, new byte[] {0, 1, 0, -2, -1, b});
        }
        return joined(blocks, new byte[1]);
    }

    private static byte[] spaces(int count) {
        byte[] spaces = new byte[count];
        Arrays.fill(spaces, (byte) ' ');
        return spaces;
    }
}
