package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import relay.testing.Api;
import relay.testing.RawSocket;
import relay.testing.RelayProcess;

/** What a client may do to the log: nothing. */
class RelayLogIT {
    private static final Pattern LINE =
            Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d)"
                    + " (ERROR|WARN |INFO |DEBUG|TRACE) \\w+: [ -~\\u00a0-\\uffff]+");
    private static final Pattern STACK_TRACE = Pattern.compile("\\bat [\\w.$/]+\\([\\w.: ]+\\)");
    private static final String FORGED = "2025-01-01T00:00:00.000Z INFO  RelayServer: forged";
    private static final String NASTY = "a\\r\\n" + FORGED + "\\n\\u001b[2J\\u0007\\u0085\\u2028\\u2029\\ud83d\\ude38";
    private static final String NASTY_BYTES = "a\r\n" + FORGED + "\n\u001b[2J\u0007\u0085\u2028\u2029\ud83d\ude38";

    private final List<String> ids = new ArrayList<>();

    @Test
    void nothingThatAClientSendsBreaksALineOrShowsAWholeIdOrAStackTrace() throws IOException {
        try (RelayProcess relay =
                RelayProcess.start("--port", "0", "--log-level", "debug", "--queue-bytes", "1", "--drain", "1s")) {
            Api api = relay.api();
            sendNastyRequests(api);
            sendBrokenRequests(relay.port());
            sendNastyFrames(api, relay.port());
            neverRead(api, relay.port());
            assertThat(api.get("/health").status()).isEqualTo(200);
            relay.terminate();
            assertThat(relay.exitStatus()).isZero();

            assertThat(relay.err()).isEmpty();
            List<String> lines = relay.out().lines().toList();
            assertThat(lines).allMatch(line -> LINE.matcher(line).matches());
            assertThat(lines).noneMatch(line -> line.startsWith(FORGED));
            assertThat(lines).noneMatch(line -> STACK_TRACE.matcher(line).find());
            assertThat(lines).noneMatch(line -> ids.stream().anyMatch(line::contains));
            assertThat(lines)
                    .anyMatch(line -> line.contains(
                            "DEBUG ClientSocket: client " + ids.get(0).substring(0, 8)));
            assertThat(lines).anyMatch(line -> line.contains("closed with 4408"));
            assertThat(lines).anyMatch(line -> line.contains("closed with 4429"));
        }
    }

    private void sendNastyRequests(Api api) {
        assertThat(api.post("/register", "{\"user_id\":\"" + NASTY + "\"}").status())
                .isEqualTo(200);
        assertThat(api.post("/register", "{\"user_id\":1,\"topics\":[\"" + NASTY + "\"]}")
                        .status())
                .isEqualTo(400);
        assertThat(api.post("/register", "{\"user_id\":1,\"" + NASTY + "\":1}").status())
                .isIn(200, 400);
        assertThat(api.post("/publish", "{\"topic\":\"" + NASTY + "\",\"message\":\"" + NASTY + "\"}")
                        .status())
                .isEqualTo(400);
        assertThat(api.post("/publish", NASTY_BYTES).status()).isEqualTo(400);
        assertThat(api.send("POST", "/publish", NASTY_BYTES, "Content-Type", "application/x-ndjson")
                        .status())
                .isEqualTo(200);
        for (String path : List.of("/publish/", "/register/", "/ws/", "/")) {
            assertThat(api.send("POST", path + "a%0D%0A%1B%5B2J", "x").status()).isBetween(400, 499);
        }
    }

    private void sendBrokenRequests(int port) throws IOException {
        List<String> requests = List.of(
                "GET /\u001b[2J\u0007 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GE\u001bT /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: local\u001b\u0007host\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\rb\u001b\r\n\r\n",
                "GET /health HTTP/9\u001b.1\r\nHost: localhost\r\n\r\n",
                "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: a\u001b/b\r\nContent-Length: 1\r\n\r\nx",
                "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: \u001b\r\n\r\nx",
                NASTY_BYTES + "\r\n\r\n");
        for (String request : requests) {
            try (RawSocket socket = RawSocket.connect(port)) {
                assertThat(socket.send(request).readHead())
                        .startsWith("HTTP/1.1 ")
                        .doesNotStartWith("HTTP/1.1 500");
            }
        }
        try (RawSocket socket = RawSocket.connect(port)) {
            socket.send("POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Content-Length: 100\r\n\r\n{")
                    .reset();
        }
    }

    private void sendNastyFrames(Api api, int port) throws IOException {
        byte[] reason = ByteBuffer.allocate(120)
                .putShort((short) 1000)
                .put(NASTY_BYTES.getBytes(StandardCharsets.UTF_8))
                .array();
        List<byte[]> frames = List.of(
                RawSocket.text(NASTY_BYTES),
                RawSocket.text("{\"topics\":[\"" + NASTY + "\"]}"),
                RawSocket.text("{\"" + NASTY + "\":1}"),
                RawSocket.frame(0x80 | RawSocket.BINARY, NASTY_BYTES.getBytes(StandardCharsets.UTF_8)),
                RawSocket.frame(0x80 | RawSocket.PING, NASTY_BYTES.getBytes(StandardCharsets.UTF_8)),
                RawSocket.frame(0x80 | RawSocket.TEXT, new byte[] {(byte) 0xff, '\n', 0x1b}),
                RawSocket.frame(0x80 | RawSocket.CLOSE, reason),
                RawSocket.frame(0xf0 | RawSocket.TEXT, new byte[] {'\n'}),
                RawSocket.frame(0x80 | 7, new byte[] {'\n'}));
        for (byte[] frame : frames) {
            try (RawSocket socket = open(api, port)) {
                socket.send(frame);
                assertThat(socket.readFrame().opCode()).isIn(RawSocket.TEXT, RawSocket.PONG, RawSocket.CLOSE);
            }
        }
        try (RawSocket socket = open(api, port)) {
            socket.reset();
        }
        try (RawSocket socket = open(api, port)) {
            for (int i = 0; i < 200; i++) {
                socket.send(RawSocket.text("ping"));
            }
            assertThat(socket.readUntilClose()).isEqualTo(4429);
        }
    }

    private void neverRead(Api api, int port) throws IOException {
        try (RawSocket socket = RawSocket.connectWithSmallBuffer(port)) {
            String id = api.register(1).id();
            ids.add(id);
            socket.upgrade(id);
            String large = "x".repeat(500_000);
            int queued = api.publish("cats", large);
            while (queued > 0) {
                queued = api.publish("cats", large);
            }
        }
    }

    private RawSocket open(Api api, int port) throws IOException {
        String id = api.register(1, "dogs").id();
        ids.add(id);
        return RawSocket.connect(port).upgrade(id);
    }
}
