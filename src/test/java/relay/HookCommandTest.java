package relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;
import relay.hook.HookSecret;
import relay.message.InvalidInputException;
import relay.testing.Api.Registered;
import relay.testing.HookFlags;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** {@code java -jar relay.jar hook}. */
class HookCommandTest {
    private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");
    private static final Pattern URL = Pattern.compile("--hook (http://127\\.0\\.0\\.1:\\d+/) ");
    private static final String BODY = "{\"type\":\"relay.events\",\"timestamp\":\"2026-11-26T12:00:00.000Z\",\"data\":"
            + "{\"events\":[{\"id\":\"1\",\"type\":\"a\"},{\"id\":\"2\",\"type\":\"b\"}]}}";
    private static final String PRINTED = "{\"id\":\"1\",\"type\":\"a\"}\n{\"id\":\"2\",\"type\":\"b\"}\n";

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final HttpClient http = HttpClient.newHttpClient();
    private final HookSecret secret = HookSecret.of(HookFlags.SECRET);
    private Instant now = NOON;
    private Path file;
    private Thread running;

    @BeforeEach
    void writeSecret() throws IOException {
        file = Files.writeString(folder.resolve("secret"), HookFlags.SECRET + "\n");
    }

    @AfterEach
    void end() throws InterruptedException {
        if (running != null) {
            running.interrupt();
            running.join();
        }
    }

    @Test
    void eachEventOfARelayIsALine() {
        now = Instant.now();
        URI url = start();
        try (TestRelay relay = TestRelay.start(HookFlags.to(url))) {
            Registered client = relay.api().register(1);
            TestSocket.open(client.url()).close();
            await().untilAsserted(() -> assertThat(out.toString(UTF_8).lines()).hasSize(2));
            assertThat(out.toString(UTF_8).lines().map(TestJson::parse))
                    .allMatch(event ->
                            event.at("/data/id").asText().equals(client.id().substring(0, 8)))
                    .extracting(event -> event.get("type").asText())
                    .containsExactly("client.connected", "client.gone");
        }
    }

    @Test
    void whatComesAgainIsNotPrintedAgain() throws Exception {
        URI url = start();
        assertThat(post(url, "one", BODY)).isEqualTo(204);
        assertThat(post(url, "one", BODY)).isEqualTo(204);
        assertThat(out.toString(UTF_8)).isEqualTo(PRINTED);
        assertThat(err.toString(UTF_8)).contains("one came again");
        assertThat(post(url, "two", BODY)).isEqualTo(204);
        assertThat(out.toString(UTF_8)).isEqualTo(PRINTED + PRINTED);
    }

    @Test
    void whatAnotherSecretHasSignedIsNotTaken() throws Exception {
        URI url = start();
        String timestamp = String.valueOf(now.getEpochSecond());
        String signature = secret.sign("one", timestamp, BODY.getBytes(UTF_8));
        assertThat(send(url, "one", timestamp, signature, BODY.replace("\"a\"", "\"x\"")))
                .isEqualTo(401);
        assertThat(send(url, "two", timestamp, signature, BODY)).isEqualTo(401);
        assertThat(send(url, "one", "1" + timestamp, signature, BODY)).isEqualTo(401);
        assertThat(send(url, "one", timestamp, "v1,AAAA", BODY)).isEqualTo(401);
        assertThat(out.toString(UTF_8)).isEmpty();
        assertThat(err.toString(UTF_8)).contains("the signature is not by the secret of this file");
        assertThat(send(url, "one", timestamp, "v1,AAAA " + signature, BODY)).isEqualTo(204);
    }

    @ParameterizedTest
    @ValueSource(longs = {-301, 301})
    void whatIsFromAnotherTimeIsNotTaken(long seconds) throws Exception {
        URI url = start();
        String timestamp = String.valueOf(now.getEpochSecond() + seconds);
        String signature = secret.sign("one", timestamp, BODY.getBytes(UTF_8));
        assertThat(send(url, "one", timestamp, signature, BODY)).isEqualTo(401);
        assertThat(err.toString(UTF_8)).contains("301 s away");
        now = now.plusSeconds(Long.signum(seconds));
        assertThat(send(url, "one", timestamp, signature, BODY)).isEqualTo(204);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{}", "{\"data\":{}}", "{\"data\":1}", "{\"data\":{\"events\":{}}}"})
    void whatIsNoRelaysIsNotTaken(String body) throws Exception {
        assertThat(post(start(), "one", body)).isEqualTo(400);
        assertThat(err.toString(UTF_8)).contains("not what a relay sends");
    }

    @Test
    void whatLacksItsHeadersIsNotTaken() throws Exception {
        URI url = start();
        HttpRequest plain = HttpRequest.newBuilder(url)
                .POST(HttpRequest.BodyPublishers.ofString(BODY))
                .build();
        HttpResponse<String> answer = http.send(plain, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("webhook-id");
        HttpRequest get = HttpRequest.newBuilder(url).build();
        assertThat(http.send(get, HttpResponse.BodyHandlers.discarding()).statusCode())
                .isEqualTo(405);
    }

    @Test
    void aPortThatIsTakenEndsItWithOneLine() {
        URI url = start();
        assertThat(command().run("--secret-file", file.toString(), "--port", String.valueOf(url.getPort())))
                .isEqualTo(1);
        assertThat(err.toString(UTF_8)).contains("cannot listen on port " + url.getPort(), "--port chooses another");
    }

    @Test
    void wrongFlagsAreRefused() throws IOException {
        assertThatThrownBy(() -> command().run())
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("--secret-file");
        assertThatThrownBy(() -> command().run("--secret-file", file.toString(), "--port", "65536"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("0 to 65535");
        Path wrong = Files.writeString(folder.resolve("wrong"), "s3cr3t");
        assertThatThrownBy(() -> command().run("--secret-file", wrong.toString()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("--secret-file: " + wrong)
                .hasMessageContaining("whsec_");
    }

    @Test
    void helpListsTheFlags() {
        assertThat(command().run("--help")).isZero();
        assertThat(out.toString(UTF_8)).contains("--secret-file=FILE", "--port=PORT", "8001");
    }

    private HookCommand command() {
        return new HookCommand(new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), () -> now);
    }

    /** Starts it on a free port, and says where it listens. */
    private URI start() {
        running = new Thread(() -> command().run("--secret-file", file.toString(), "--port", "0"));
        running.start();
        await().until(() -> URL.matcher(err.toString(UTF_8)).find());
        Matcher url = URL.matcher(err.toString(UTF_8));
        assertThat(url.find()).isTrue();
        return URI.create(url.group(1));
    }

    private int post(URI url, String id, String body) throws Exception {
        String timestamp = String.valueOf(now.getEpochSecond());
        return send(url, id, timestamp, secret.sign(id, timestamp, body.getBytes(UTF_8)), body);
    }

    private int send(URI url, String id, String timestamp, String signature, String body) throws Exception {
        List<String> headers =
                List.of("webhook-id", id, "webhook-timestamp", timestamp, "webhook-signature", signature);
        HttpRequest request = HttpRequest.newBuilder(url)
                .headers(headers.toArray(String[]::new))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }
}
