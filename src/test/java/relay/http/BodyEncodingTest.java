package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.TestSocket;

/** Bodies that are not just UTF-8: with a byte order mark, in UTF-16, or coded for the way. */
class BodyEncodingTest {
    private static final String MARK = "\uFEFF";
    private static final String MESSAGE = "{\"topic\":\"cats\",\"message\":{\"name\":\"Tom\"}}";
    private static final String REGISTRATION = "{\"user_id\":1}";

    @AutoClose
    private final TestRelay relay = TestRelay.start();

    @AutoClose
    private TestSocket socket;

    @BeforeEach
    void connect() {
        socket = TestSocket.open(relay.api().register(1).url());
    }

    private Answer post(String path, String contentType, String body) {
        return Raw.post(relay.port(), path, contentType, body);
    }

    private Answer coded(String path, String body, String... headers) {
        List<String> head = new ArrayList<>(List.of(
                "POST " + path + " HTTP/1.1",
                "Host: localhost",
                "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length));
        head.addAll(List.of(headers));
        return Raw.exchange(relay.port(), head, body);
    }

    @Test
    void aMarkBeforeJsonIsPassedOver() throws IOException {
        assertThat(post("/register", "application/json", MARK + REGISTRATION).status())
                .isEqualTo(200);
        assertThat(post("/publish", "application/json", MARK + " " + MESSAGE).status())
                .isEqualTo(200);
        assertThat(socket.receive()).isEqualTo("{\"name\":\"Tom\"}");
    }

    @Test
    void aMarkBeforeTheLinesOfAFileIsPassedOver() throws IOException {
        String body = MARK + MESSAGE + "\n" + MARK + MESSAGE + "\r\n" + MESSAGE + "\n";
        assertThat(post("/publish", "application/x-ndjson", body).body())
                .isEqualTo("{\"accepted\":3,\"queued\":3,\"rejected\":0,\"errors\":[]}");
        for (int i = 0; i < 3; i++) {
            assertThat(socket.receive()).isEqualTo("{\"name\":\"Tom\"}");
        }
    }

    @Test
    void aMarkBeforeACommandIsPassedOver() throws IOException {
        socket.send(MARK + "{\"topics\":[\"dogs\"]}");
        socket.send("{\"topics\":[\"dogs\"");
        assertThat(socket.receive()).contains("not valid JSON");
        assertThat(relay.api().publish("dogs", "woof")).isEqualTo(1);
        assertThat(socket.receive()).isEqualTo("woof");
    }

    @Test
    void elsewhereItIsNoJson() {
        assertProblem(post("/publish", "application/json", " " + MARK + MESSAGE), 400);
        assertProblem(post("/publish", "application/json", MESSAGE + MARK), 400);
        assertThat(assertProblem(post("/publish", "application/json", MARK), 400))
                .contains("empty");
        assertProblem(post("/publish", "application/json", MARK.repeat(300_000) + MESSAGE), 400);
    }

    @Test
    void whereTheBodyIsTheMessageTheMarkIsPartOfIt() throws IOException {
        assertThat(post("/publish/cats", "text/plain", MARK + "are awesome").status())
                .isEqualTo(200);
        assertThat(socket.receive()).isEqualTo(MARK + "are awesome");
    }

    @ParameterizedTest
    @CsvSource({
        "UTF-16, /publish", // with a mark, as all those that come without the order of their bytes
        "UTF-16LE, /publish",
        "UTF-16BE, /publish",
        "UTF-32LE, /publish",
        "UTF-32BE, /publish",
        "UTF-16, /register",
        "UTF-16LE, /register",
    })
    void anotherEncodingOfUnicodeIsNamedAndRefused(String charset, String path) {
        byte[] body = (path.equals("/publish") ? MESSAGE : REGISTRATION).getBytes(Charset.forName(charset));
        assertThat(assertProblem(Raw.post(relay.port(), path, "application/json", body), 400))
                .contains("UTF-16", "UTF-8");
        if (path.equals("/publish")) {
            assertThat(Raw.post(relay.port(), path, "application/x-ndjson", body)
                            .body())
                    .contains("\"rejected\":1", "UTF-16");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "GZIP", "br", "deflate", "zstd", "x-gzip", "identity, gzip", "gzip, identity"})
    void aCodedBodyIsRefusedByTheNameOfItsCoding(String coding) {
        for (String path : List.of("/publish", "/publish/cats", "/register")) {
            Answer answer = coded(path, "x", "Content-Encoding: " + coding);
            assertThat(assertProblem(answer, 415))
                    .as(path)
                    .containsIgnoringCase("Content-Encoding")
                    .contains("without that header");
            assertThat(answer.header("Accept-Encoding")).isEqualTo("identity");
        }
        assertProblem(
                coded("/publish", MESSAGE, "Content-Type: application/x-ndjson", "Content-Encoding: " + coding), 415);
    }

    @Test
    void ofTwoCodingsTheSecondOneCountsToo() {
        assertProblem(coded("/publish", MESSAGE, "Content-Encoding: identity", "Content-Encoding: gzip"), 415);
    }

    @ParameterizedTest
    @ValueSource(strings = {"identity", "Identity", "", "identity, identity"})
    void aBodyThatIsSaidNotToBeCodedIsTaken(String coding) {
        for (String path : List.of("/publish", "/publish/cats")) {
            assertThat(coded(path, MESSAGE, "Content-Encoding: " + coding).status())
                    .isEqualTo(200);
        }
    }
}
