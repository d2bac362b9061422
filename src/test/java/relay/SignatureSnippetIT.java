package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.ExternalProgram;
import relay.testing.TestSocket;

/** The lines of Python on the page about events tell what a relay has posted from what it has not. */
class SignatureSnippetIT {
    private static final Path PAGE = Path.of("src", "site", "markdown", "events.md");
    private static final String PYTHON = "/usr/bin/python3";
    private static final String SECRET = "whsec_" + "c2VjcmV0".repeat(4);
    private static final String OTHER_SECRET = "whsec_" + "c2VjcmV1".repeat(4);

    /** Prints whether what the arguments say is from the relay: the secret, three headers, the body. */
    private static final String CALL = """

            import sys
            names = ['webhook-id', 'webhook-timestamp', 'webhook-signature']
            print(is_from_the_relay(sys.argv[1], dict(zip(names, sys.argv[2:5])), sys.argv[5].encode()))
            """;

    private record Posted(String id, String timestamp, String signature, String body) {}

    @TempDir
    private Path folder;

    @Test
    void itTakesWhatARelayPostsAndNothingElse() throws Exception {
        ExternalProgram.require("python3", Map.of(), PYTHON, "--version");
        Path script = Files.writeString(folder.resolve("check.py"), snippet() + CALL);
        Posted posted = post();
        assertThat(posted.body()).contains("\"client.connected\"");
        assertThat(accepts(script, SECRET, posted)).isTrue();
        assertThat(accepts(script, OTHER_SECRET, posted)).isFalse();
        assertThat(accepts(
                        script,
                        SECRET,
                        new Posted("x" + posted.id(), posted.timestamp(), posted.signature(), posted.body())))
                .isFalse();
        assertThat(accepts(
                        script,
                        SECRET,
                        new Posted(
                                posted.id(),
                                posted.timestamp(),
                                posted.signature(),
                                posted.body().replace("connected", "gone"))))
                .isFalse();
    }

    @Test
    void itTakesNothingThatIsOld() throws Exception {
        ExternalProgram.require("python3", Map.of(), PYTHON, "--version");
        Path script = Files.writeString(folder.resolve("check.py"), snippet() + CALL);
        Instant now = Instant.now();
        assertThat(accepts(script, SECRET, signed(now))).isTrue();
        assertThat(accepts(script, SECRET, signed(now.minus(Duration.ofMinutes(10)))))
                .isFalse();
        assertThat(accepts(script, SECRET, signed(now.plus(Duration.ofMinutes(10)))))
                .isFalse();
    }

    private static Posted signed(Instant time) throws GeneralSecurityException {
        String timestamp = String.valueOf(time.getEpochSecond());
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec("secret".repeat(4).getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] signature = mac.doFinal(("an id." + timestamp + ".{}").getBytes(StandardCharsets.UTF_8));
        return new Posted("an id", timestamp, "v1," + Base64.getEncoder().encodeToString(signature), "{}");
    }

    /** What a relay posts when a client connects. */
    private Posted post() throws IOException, InterruptedException {
        BlockingQueue<Posted> received = new LinkedBlockingQueue<>();
        HttpServer endpoint = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        endpoint.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            received.add(new Posted(
                    exchange.getRequestHeaders().getFirst("webhook-id"),
                    exchange.getRequestHeaders().getFirst("webhook-timestamp"),
                    exchange.getRequestHeaders().getFirst("webhook-signature"),
                    body));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        endpoint.start();
        String secret =
                Files.writeString(folder.resolve("secret"), SECRET + "\n").toString();
        String url = "http://127.0.0.1:" + endpoint.getAddress().getPort() + "/";
        try (TestRelay relay = TestRelay.start("--hook", url, "--hook-secret-file", secret);
                TestSocket client = TestSocket.open(relay.api().register(1).url())) {
            await().until(() -> !received.isEmpty());
            assertThat(client.isClosed()).isFalse();
            return received.poll(0, TimeUnit.SECONDS);
        } finally {
            endpoint.stop(0);
        }
    }

    private static boolean accepts(Path script, String secret, Posted posted) {
        String printed = ExternalProgram.run(
                PYTHON, script.toString(), secret, posted.id(), posted.timestamp(), posted.signature(), posted.body());
        assertThat(printed.strip()).isIn("True", "False");
        return printed.strip().equals("True");
    }

    private static String snippet() throws IOException {
        List<String> blocks = Pattern.compile("^```python\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(Files.readString(PAGE))
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(blocks).hasSize(1);
        return blocks.get(0);
    }
}
