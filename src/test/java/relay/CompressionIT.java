package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.BrowserClient;
import relay.testing.Chromium;
import relay.testing.CommandLineClient;
import relay.testing.CuttableProxy;
import relay.testing.ExternalProgram;

/** Clients as they are everywhere agree with the relay upon permessage-deflate, and understand what it compresses. */
class CompressionIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    /** Some are larger than the window of the most sparing client, which is 4 KiB. */
    private static final List<String> MESSAGES = IntStream.of(20, 200, 3000, 9000, 200_000)
            .mapToObj(CompressionIT::measurements)
            .toList();

    @TempDir
    private Path profile;

    private TestRelay relay;
    private CuttableProxy line;

    @BeforeEach
    void start() {
        relay = TestRelay.start("--compression");
        line = CuttableProxy.to(relay.port());
    }

    @AfterEach
    void stop() throws Exception {
        line.close();
        relay.close();
    }

    @Test
    void aBrowserReceivesCompressedMessagesAndItsCompressedCommandIsUnderstood() {
        Chromium chromium = Chromium.start(profile);
        try (BrowserClient client = new BrowserClient(chromium)) {
            client.open(line.along(relay.api().register(1).url()));
            assertThat(chromium.evaluate("socket.extensions").asText()).contains("permessage-deflate");
            chromium.evaluate(
                    "socket.send(JSON.stringify({topics: ['cats', ...Array(50).fill(0).map((_, i) => 'topic ' + i)]}))");
            await().atMost(TIMEOUT).until(() -> relay.api().publish("cats", "understood") == 1);
            assertThatItReceivesAll(() -> client.received().stream()
                    .filter(message -> !message.equals("understood"))
                    .toList());
        }
    }

    @Test
    void wsOfNodeReceivesCompressedMessages() {
        assertThatItReceivesAll(CommandLineClient.nodeWs());
    }

    @Test
    void websocketsOfPythonReceivesCompressedMessages() {
        assertThatItReceivesAll(CommandLineClient.pythonWebsockets());
    }

    /** It does not hear that it is not to. */
    @Test
    void tornadoOfPythonKeepsItsContextAndEachOfItsCommandsIsUnderstood() {
        String python = "/usr/bin/python3";
        ExternalProgram.require("python3-tornado", Map.of(), python, "-c", "import tornado");
        String script = """
                import asyncio, json, sys, tornado.websocket
                async def run():
                    socket = await tornado.websocket.websocket_connect(sys.argv[1], compression_options={})
                    for i in range(20):
                        await socket.write_message(json.dumps({'topics': ['topic %d' % j for j in range(i * i, i * i + 9)]}))
                        print('<', await socket.read_message())
                asyncio.run(run())
                """;
        try (ExternalProgram tornado = ExternalProgram.start(
                Map.of(), python, "-c", script, relay.api().register(1, "cats").url() + "?format=json")) {
            assertThat(tornado.exitStatus()).as(tornado::output).isZero();
            assertThat(tornado.output().lines())
                    .hasSize(20)
                    .allSatisfy(line -> assertThat(line).startsWith("< {\"ok\":{\"topics\":[\"topic"))
                    .last()
                    .asString()
                    .endsWith("\"topic 369\"]}}");
        }
    }

    private void assertThatItReceivesAll(CommandLineClient program) {
        try (CommandLineClient client = program) {
            client.open(line.along(relay.api().register(1, "cats").url()));
            assertThatItReceivesAll(client::received);
        }
    }

    private void assertThatItReceivesAll(Supplier<List<String>> received) {
        long before = line.carriedBytes();
        MESSAGES.forEach(message -> relay.api().publish("cats", message));
        await().atMost(TIMEOUT).untilAsserted(() -> assertThat(received.get()).isEqualTo(MESSAGES));
        int sent = MESSAGES.stream().mapToInt(String::length).sum();
        assertThat(line.carriedBytes() - before).isLessThan(sent / 2);
    }

    private static String measurements(int characters) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; text.length() < characters; i++) {
            text.append("{\"sensor\":")
                    .append(i * 7919 % 1000)
                    .append(",\"celsius\":")
                    .append(i * 31 % 40)
                    .append("},");
        }
        return text.toString();
    }
}
