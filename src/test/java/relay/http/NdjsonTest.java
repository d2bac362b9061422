package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** {@code POST /publish} with many messages, one a line. */
class NdjsonTest {
    private static final String NDJSON = "application/x-ndjson";
    private static final int MAX_LINE = 4096;

    @AutoClose
    private static final TestRelay relay =
            TestRelay.start("--max-body-bytes", String.valueOf(MAX_LINE), "--publish-queue-bytes", "64MiB");

    private TestSocket socket;

    @BeforeEach
    void connect() {
        socket = TestSocket.open(relay.api().register(1).url());
    }

    @AfterEach
    void disconnect() {
        socket.close();
    }

    @Test
    void theAnswerCountsLinesAndConnections() {
        try (TestSocket other = TestSocket.open(relay.api().register(2).url())) {
            Answer answer = publish(line("a") + "\n" + line("b") + "\n{\"topic\":\"nobody\",\"message\":\"c\"}\n");
            assertThat(answer.header("Content-Type")).isEqualTo("application/json");
            assertThat(answer.body()).isEqualTo("{\"accepted\":3,\"queued\":4,\"rejected\":0,\"errors\":[]}");
            assertThat(socket.receive(2)).containsExactly("a", "b");
            assertThat(other.receive(2)).containsExactly("a", "b");
        }
    }

    @Test
    void badLinesAreNamedByNumberAndGoodOnesArePublished() {
        Answer answer = publish(String.join(
                "\n", line("1"), "bad", "", line("4"), "{\"topic\":\"cats\"}", line("6"), "[]", line("8"), ""));
        assertThat(counts(answer)).containsExactly(4, 4, 3);
        assertThat(errorLines(answer)).containsExactly(2, 5, 7);
        assertThat(details(answer).get(0)).startsWith("not valid JSON");
        assertThat(details(answer).get(1)).startsWith("message is missing");
        assertThat(details(answer).get(2)).startsWith("not a JSON object");
        assertThat(answer.json().get("errors").get(0).fieldNames()).toIterable().containsExactly("line", "detail");
        assertThat(socket.receive(4)).containsExactly("1", "4", "6", "8");
    }

    @Test
    void allKindsOfValuesAndUsersMayStandInALine() {
        Answer answer = publish("""
                {"user_id":2,"topic":"cats","message":"not mine"}
                {"user_id":1,"topic":"cats","message":"by number"}
                {"user_id":"1","topic":"cats","message":"by string"}
                {"user_id":null,"topic":"cats","message":"all"}
                {"user_id":-1,"topic":"cats","message":"bad"}
                {"topic":"cats","message":{ "a": 1.10 }}
                """);
        assertThat(counts(answer)).containsExactly(5, 4, 1);
        assertThat(socket.receive(4)).containsExactly("by number", "by string", "all", "{ \"a\": 1.10 }");
    }

    @Test
    void linesEndWithOrWithoutCarriageReturnAndTheLastNeedsNoEnd() {
        Answer answer = publish(
                String.join("\n", "\r", "", " \t\r", line("a") + "\r", "", "  " + line("b") + "  ", "\r", line("c")));
        assertThat(answer.body()).isEqualTo("{\"accepted\":3,\"queued\":3,\"rejected\":0,\"errors\":[]}");
        assertThat(socket.receive(3)).containsExactly("a", "b", "c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r\n\r\n", "  "})
    void noLinesAreNoError(String body) {
        assertThat(publish(body).body()).isEqualTo("{\"accepted\":0,\"queued\":0,\"rejected\":0,\"errors\":[]}");
    }

    @Test
    void blankLinesCountAsLines() {
        assertThat(errorLines(publish("\n\r\n \nbad\n\nbad"))).containsExactly(4, 6);
    }

    @Test
    void aLineOverTheLimitIsAnErrorOfThatLineOnly() {
        String longest = line("x".repeat(MAX_LINE - line("").length()));
        Answer answer = publish(String.join("\n", longest, longest + " ", line("next"), longest + "x".repeat(50_000)));
        assertThat(counts(answer)).containsExactly(2, 2, 2);
        assertThat(errorLines(answer)).containsExactly(2, 4);
        assertThat(details(answer)).containsOnly("the line is too long: it takes at most " + MAX_LINE + " bytes");
        assertThat(socket.receive(2)).last().isEqualTo("next");
    }

    @Test
    void aLineThatIsNotUtf8IsAnErrorOfThatLineOnly() {
        byte[] body = (line("a") + "\n" + line("é") + "\n" + line("b")).getBytes(StandardCharsets.ISO_8859_1);
        Answer answer = Raw.post(relay.port(), "/publish", NDJSON, body);
        assertThat(counts(answer)).containsExactly(2, 2, 1);
        assertThat(errorLines(answer)).containsExactly(2);
        assertThat(details(answer).get(0)).contains("UTF-8");
        assertThat(socket.receive(2)).containsExactly("a", "b");
    }

    @Test
    void theErrorsThatAreListedAreBounded() {
        Answer answer = publish("x\n".repeat(1500) + line("good"));
        assertThat(counts(answer)).containsExactly(1, 1, 1500);
        assertThat(errorLines(answer))
                .isEqualTo(IntStream.rangeClosed(1, 1000).boxed().toList());
        assertThat(socket.receive()).isEqualTo("good");
    }

    @Test
    void manyLinesArriveInTheirOrder() {
        int count = 20_000;
        Answer answer = publish(
                IntStream.range(0, count).mapToObj(i -> line(String.valueOf(i))).collect(Collectors.joining("\n")));
        assertThat(answer.body()).isEqualTo("{\"accepted\":20000,\"queued\":20000,\"rejected\":0,\"errors\":[]}");
        assertThat(socket.receive(count))
                .isEqualTo(IntStream.range(0, count).mapToObj(String::valueOf).toList());
    }

    @Test
    void aStreamMayBeFarLargerThanABodyOrWhatMayWait() {
        String lines = ("{\"topic\":\"nobody\",\"message\":\"" + "x".repeat(4000) + "\"}\n").repeat(4000);
        assertThat(publish(lines).body()).isEqualTo("{\"accepted\":4000,\"queued\":0,\"rejected\":0,\"errors\":[]}");
    }

    @Test
    void eachLineIsPublishedAsItArrives() throws IOException {
        try (RawSocket stream = RawSocket.connect(relay.port())) {
            stream.send(chunkedHead()).send(chunk(line("first") + "\n"));
            assertThat(socket.receive()).isEqualTo("first");
            stream.send(chunk("bad\n"))
                    .send(chunk(line("second") + "\n" + line("third").substring(0, 10)));
            assertThat(socket.receive()).isEqualTo("second");
            stream.send(chunk(line("third").substring(10) + "\r\n"));
            assertThat(socket.receive()).isEqualTo("third");
            stream.send(chunk(line("last"))).send("0\r\n\r\n");
            Answer answer = Raw.parse(stream.readAll());
            assertThat(counts(answer)).containsExactly(4, 4, 1);
            assertThat(errorLines(answer)).containsExactly(2);
            assertThat(socket.receive()).isEqualTo("last");
        }
    }

    @Test
    void charactersMayBeCutByChunks() throws IOException {
        byte[] bytes = (line("ünï 😀") + "\n").getBytes(StandardCharsets.UTF_8);
        try (RawSocket stream = RawSocket.connect(relay.port())) {
            stream.send(chunkedHead());
            for (byte b : bytes) {
                stream.send("1\r\n").send(new byte[] {b}).send("\r\n");
            }
            assertThat(socket.receive()).isEqualTo("ünï 😀");
            stream.send("0\r\n\r\n");
            assertThat(counts(Raw.parse(stream.readAll()))).containsExactly(1, 1, 0);
        }
    }

    @Test
    void whatCameWholeBeforeAStreamBreaksOffIsPublishedAndNothingElse() throws IOException {
        try (RawSocket stream = RawSocket.connect(relay.port())) {
            stream.send(chunkedHead()).send(chunk(line("whole") + "\n" + line("no end of line")));
            assertThat(socket.receive()).isEqualTo("whole");
            stream.send("not a chunk\r\n");
            assertThat(assertProblem(Raw.parse(stream.readAll()), 400)).contains("ended too early");
        }
        relay.api().publish("cats", "after");
        assertThat(socket.receive()).isEqualTo("after");
    }

    @Test
    void aConnectionThatIsResetHarmsNobody() throws IOException {
        try (RawSocket stream = RawSocket.connect(relay.port())) {
            stream.send(chunkedHead()).send(chunk(line("whole") + "\n" + line("half")));
            assertThat(socket.receive()).isEqualTo("whole");
            stream.reset();
        }
        assertThat(counts(publish(line("next")))).containsExactly(1, 1, 0);
        assertThat(socket.receive()).isEqualTo("next");
    }

    @Test
    void aLineThatFindsTheRelayOverloadedIsAnErrorOfThatLineOnly() {
        try (TestRelay small = TestRelay.start("--publish-queue-bytes", "1KiB")) {
            String tooMuch = line("x".repeat(1000));
            Answer answer = Raw.post(small.port(), "/publish", NDJSON, tooMuch + "\n" + line("fits") + "\n" + tooMuch);
            assertThat(errorLines(answer)).containsExactly(1, 3);
            assertThat(counts(answer)).containsExactly(1, 0, 2);
            Answer single = small.api().post("/publish", tooMuch);
            assertProblem(single, 503);
            assertThat(single.header("Retry-After")).isEqualTo("1");
        }
    }

    private static String line(String message) {
        return "{\"topic\":\"cats\",\"message\":\"" + message + "\"}";
    }

    private static String chunkedHead() {
        return "POST /publish HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: " + NDJSON
                + "\r\nTransfer-Encoding: chunked\r\n\r\n";
    }

    private static String chunk(String text) {
        return Integer.toHexString(text.getBytes(StandardCharsets.UTF_8).length) + "\r\n" + text + "\r\n";
    }

    private static Answer publish(String lines) {
        Answer answer = relay.api().send("POST", "/publish", lines, "Content-Type", NDJSON);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer;
    }

    /** Accepted, queued, rejected. */
    private static List<Integer> counts(Answer answer) {
        return List.of(
                answer.json().path("accepted").asInt(-1),
                answer.json().path("queued").asInt(-1),
                answer.json().path("rejected").asInt(-1));
    }

    private static List<Integer> errorLines(Answer answer) {
        return answer.json().get("errors").findValues("line").stream()
                .map(line -> line.asInt())
                .toList();
    }

    private static List<String> details(Answer answer) {
        return answer.json().get("errors").findValuesAsText("detail");
    }
}
