package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import relay.access.NewToken;
import relay.message.TopicPattern;
import relay.message.UserId;
import relay.testing.Chromium;
import relay.testing.CuttableProxy;
import relay.testing.ExternalProgram;
import relay.testing.RedisServer;

/** Clients as they are everywhere subscribe with one URL, and read the past. */
class OneUrlClientsIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Map<String, String> NODE_LIBRARIES = Map.of("NODE_PATH", "/usr/share/nodejs");
    private static final String NODE = "/usr/bin/node";
    private static final String PYTHON = "/usr/bin/python3";

    @TempDir
    private static Path profile;

    @TempDir
    private Path folder;

    private static Chromium chromium;
    private final List<AutoCloseable> running = new ArrayList<>();

    /** Where the relay has what it holds. */
    private enum Engine {
        MEMORY,
        DISK,
        REDIS
    }

    @BeforeAll
    static void startTheBrowser() {
        chromium = Chromium.start(profile);
    }

    @AfterAll
    static void endTheBrowser() {
        chromium.close();
    }

    @AfterEach
    void endAllThatRuns() throws Exception {
        chromium.evaluate("globalThis.source?.close(); globalThis.socket?.close()");
        for (int i = running.size() - 1; i >= 0; i--) {
            running.get(i).close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void anEventSourceContinuesAfterACutThoughItsUrlSaysLast(Engine engine) {
        TestRelay relay = start(engine);
        CuttableProxy line = run(CuttableProxy.to(relay.port()));
        publish(relay, 1, 5);
        chromium.evaluate("""
                globalThis.received = [];
                new Promise(opened => {
                    globalThis.source = new EventSource('http://127.0.0.1:%d/sse?topic=cats&topic=dogs&last=2');
                    source.onopen = opened;
                    source.onmessage = event => received.push(event.data);
                })""".formatted(line.port()));
        awaitInThePage("4", "5");
        line.cut();
        publish(relay, 6, 15);
        line.mend();
        publish(relay, 16, 16);
        awaitInThePage("4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16");
    }

    @ParameterizedTest
    @EnumSource
    void curlStreamsWhatWasAndWhatComesAndALongPollIsAnsweredByIt(Engine engine) throws Exception {
        TestRelay relay = start(engine);
        publish(relay, 1, 3);
        String url = "http://127.0.0.1:" + relay.port();
        ExternalProgram stream = run(ExternalProgram.start(Map.of(), "curl", "-sN", url + "/sse?topic=cats&last=2"));
        stream.awaitThat(() -> stream.output().endsWith("data: 3\n\n"));
        String next =
                relay.api().get("/topics/cats/messages").json().get("next").asText();
        CompletableFuture<String> poll = CompletableFuture.supplyAsync(
                () -> ExternalProgram.run("curl", "-s", url + "/topics/cats/messages?wait=30s&after=" + next));
        publish(relay, 4, 4);
        assertThat(poll.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS))
                .contains("\"message\":\"4\"")
                .doesNotContain("\"message\":\"3\"");
        stream.awaitThat(() -> stream.output().endsWith("data: 4\n\n"));
        assertThat(stream.output()).startsWith(":\nretry: ").doesNotContain("data: 1\n");
        assertThat(ExternalProgram.run(
                        "curl", "-s", "-H", "Accept: application/x-ndjson", url + "/topics/cats/messages?since=all"))
                .hasLineCount(5)
                .contains("\"message\":\"1\"");
    }

    @Test
    void aPageSendsItsTokenAsASubprotocol() throws IOException {
        TestRelay relay = startWithSecret();
        assertThat(chromium.evaluate("""
                globalThis.received = [];
                new Promise((opened, failed) => {
                    globalThis.socket = new WebSocket('ws://127.0.0.1:%d/ws?topic=cats&last=1', ['bearer', '%s']);
                    socket.onopen = () => opened(socket.protocol);
                    socket.onclose = ({ code, reason }) => failed(new Error(code + reason));
                    socket.onmessage = ({ data }) => received.push(data);
                })""".formatted(relay.port(), token("cats"))).asText())
                .isEqualTo("bearer");
        assertThat(relay.api().publish(7, "cats", "for its user")).isEqualTo(1);
        awaitInThePage("for its user");
    }

    @Test
    void aPageSeesWhyItsWebSocketIsRefused() throws IOException {
        TestRelay relay = startWithSecret();
        assertThat(closeOf(relay, "/ws?topic=cats&refuse=close", "[]")).startsWith("4401 ");
        assertThat(closeOf(relay, "/ws?topic=cats&refuse=close", "['bearer', 'x.y.z']"))
                .startsWith("4401 ");
        assertThat(closeOf(relay, "/ws?topic=dogs&refuse=close", "['bearer', '" + token("cats") + "']"))
                .startsWith("4403 ")
                .contains("dogs");
        assertThat(closeOf(relay, "/ws/00000000000000000000000000000000?refuse=close", "[]"))
                .startsWith("4404 ");
        assertThat(closeOf(relay, "/ws?topic=cats", "[]")).isEqualTo("1006 ");
        assertThat(closeOf(relay, "/ws?refuse=close", "['bearer', '" + token("cats") + "']"))
                .isEqualTo("1006 ");
    }

    @Test
    void aPageOfAnotherOriginReadsThePastAndAsksAgainByItsETag() {
        TestRelay relay = start(Engine.MEMORY);
        publish(relay, 1, 2);
        JsonNode seen = chromium.evaluate("""
                (async () => {
                    const url = 'http://127.0.0.1:%d/topics/cats/messages?last=2';
                    const first = await fetch(url, { cache: 'no-store' });
                    const { messages, next } = await first.json();
                    const again = await fetch(url, { cache: 'no-store', headers: { 'If-None-Match': first.headers.get('ETag') } });
                    return { messages: messages.map(({ message }) => message), isLast: next === messages[1].id, again: again.status };
                })()""".formatted(relay.port()));
        assertThat(seen.toString()).isEqualTo("{\"messages\":[\"1\",\"2\"],\"isLast\":true,\"again\":304}");
    }

    @Test
    void npmsWsSubscribesWithATokenAsASubprotocol() throws IOException {
        ExternalProgram.require("nodejs node-ws", NODE_LIBRARIES, NODE, "--eval", "require('ws')");
        TestRelay relay = startWithSecret();
        publish(relay, 1, 3);
        ExternalProgram program = run(ExternalProgram.start(
                NODE_LIBRARIES,
                NODE,
                "--eval",
                """
                const socket = new (require('ws'))(process.argv[1], ['bearer', process.argv[2]]);
                socket.on('open', () => console.log('opened ' + socket.protocol));
                socket.on('message', text => console.log('< ' + text));
                socket.on('close', code => console.log('closed ' + code));
                """,
                "ws://127.0.0.1:" + relay.port() + "/ws?topic=cats&topic=dogs&last=2",
                token()));
        assertThatItReceivesTwoAndGoesOn(relay, program);
    }

    @Test
    void pythonsWebsocketsSubscribesWithATokenAsASubprotocol() throws IOException {
        ExternalProgram.require("python3-websockets", Map.of(), PYTHON, "-c", "import websockets");
        TestRelay relay = startWithSecret();
        publish(relay, 1, 3);
        ExternalProgram program = run(ExternalProgram.start(
                Map.of(),
                PYTHON,
                "-u",
                "-c",
                """
                import asyncio, sys, websockets
                async def run():
                    async with websockets.connect(sys.argv[1], subprotocols=['bearer', sys.argv[2]]) as socket:
                        print('opened', socket.subprotocol)
                        async for message in socket:
                            print('< ' + message)
                asyncio.run(run())
                """,
                "ws://127.0.0.1:" + relay.port() + "/ws?topic=cats&topic=dogs&last=2",
                token()));
        assertThatItReceivesTwoAndGoesOn(relay, program);
    }

    private static void assertThatItReceivesTwoAndGoesOn(TestRelay relay, ExternalProgram program) {
        program.awaitThat(() -> program.output().contains("< 3"));
        assertThat(relay.api().publish(7, "dogs", "woof")).isEqualTo(1);
        program.awaitThat(() -> program.output().contains("< woof"));
        assertThat(program.output().lines()).containsExactly("opened bearer", "< 2", "< 3", "< woof");
    }

    private <T extends AutoCloseable> T run(T started) {
        running.add(started);
        return started;
    }

    private TestRelay start(Engine engine) {
        return switch (engine) {
            case MEMORY -> run(TestRelay.start());
            case DISK -> run(TestRelay.start("--data", folder.resolve("data").toString()));
            case REDIS -> {
                TestRelay relay =
                        run(TestRelay.start("--engine", run(RedisServer.start()).url()));
                await().atMost(TIMEOUT).until(() -> relay.api().get("/ready").status() == 200);
                yield relay;
            }
        };
    }

    private TestRelay startWithSecret() throws IOException {
        Files.writeString(secret(), "0123456789abcdef".repeat(2));
        return run(TestRelay.start("--jwt-secret-file", secret().toString()));
    }

    private Path secret() {
        return folder.resolve("secret");
    }

    private String token(String... topics) {
        List<TopicPattern> patterns =
                List.of(topics).stream().map(TopicPattern::new).toList();
        return new NewToken(new UserId("7"), patterns, Duration.ofHours(1), List.of(), Optional.empty())
                .sign(secret(), InstantSource.system());
    }

    private static String closeOf(TestRelay relay, String path, String protocols) {
        return chromium.evaluate("""
                new Promise(closed => {
                    const socket = new WebSocket('ws://127.0.0.1:%d%s', %s);
                    socket.onclose = ({ code, reason }) => closed(code + ' ' + reason);
                })""".formatted(relay.port(), path, protocols)).asText();
    }

    private static void publish(TestRelay relay, int from, int to) {
        for (int i = from; i <= to; i++) {
            relay.api().publish("cats", String.valueOf(i));
        }
    }

    private static void awaitInThePage(String... expected) {
        await().atMost(TIMEOUT)
                .untilAsserted(
                        () -> assertThat(chromium.evaluateToTexts("received")).containsExactly(expected));
    }
}
