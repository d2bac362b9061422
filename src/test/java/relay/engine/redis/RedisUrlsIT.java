package relay.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.message.Topic;
import relay.testing.Api.Answer;
import relay.testing.FreePort;
import relay.testing.RedisServer;
import relay.testing.RelayProcess;
import relay.testing.TestCertificate;

/** What the URL of one real server may say. */
class RedisUrlsIT {
    private static final Topic CATS = new Topic("cats");
    private static final String PASSWORD = "of-the-store";

    @Test
    void thePasswordAndTheDatabaseAreTakenFromTheUrl() {
        try (RedisServer server = RedisServer.start()) {
            server.ask("CONFIG", "SET", "requirepass", "s@cret");
            try (TestEngine one = TestEngine.start("redis://:s%40cret@127.0.0.1:" + server.port() + "/3", "one")) {
                one.follow(CATS);
                assertThat(one.publish(CATS, "hello").first().what()).isEqualTo("stored");
                one.awaitMessages(1);
            }
            try (TestEngine other = TestEngine.start("redis://default:s%40cret@127.0.0.1:" + server.port(), "two")) {
                assertThat(other.store(CATS, "hello").sequence())
                        .as("a sequence of its own in another database")
                        .isEqualTo(1);
            }
        }
    }

    @Test
    void aWrongPasswordIsSaidAndNotShown() {
        try (RedisServer server = RedisServer.start()) {
            server.ask("CONFIG", "SET", "requirepass", "right");
            String url = "redis://:wrong@127.0.0.1:" + server.port();
            try (TestEngine one = TestEngine.starting(TestEngine.options(url, 100), "one", TestEngine.QUICK)) {
                await().atMost(TestEngine.PATIENCE)
                        .untilAsserted(() -> assertThat(one.engine.trouble())
                                .hasValueSatisfying(why -> assertThat(why).contains("WRONGPASS")));
                assertThat(one.engine.trouble().orElseThrow()).doesNotContain("wrong@");
                assertThat(TestEngine.options(url, 100).toString()).doesNotContain("wrong");
            }
        }
    }

    @Test
    void overTlsTheServerHasToBeOneThatThisJavaTrusts(@TempDir Path folder) throws Exception {
        TestCertificate certificate = TestCertificate.make(folder, "redis");
        int port = FreePort.find();
        try (RedisServer server = RedisServer.start(
                "tls-port " + port,
                "tls-cert-file " + certificate.certificate(),
                "tls-key-file " + certificate.key(),
                "tls-ca-cert-file " + certificate.certificate(),
                "tls-auth-clients no")) {
            String url = "rediss://127.0.0.1:" + port;
            Map<String, String> trusting = Map.of(
                    "JAVA_TOOL_OPTIONS",
                    "-Djavax.net.ssl.trustStore=" + trustStore(folder, certificate)
                            + " -Djavax.net.ssl.trustStorePassword=" + PASSWORD);
            try (RelayProcess relay = RelayProcess.start(trusting, "--port", "0", "--engine", url)) {
                relay.api().awaitReady();
                assertThat(relay.api().post("/publish/cats", "hello").status()).isEqualTo(200);
                assertThat(server.ask("EXISTS", "{relay}:h:cats")).containsExactly("1");
            }
            try (RelayProcess relay = RelayProcess.start("--port", "0", "--engine", url)) {
                await().atMost(TestEngine.PATIENCE)
                        .untilAsserted(() ->
                                assertThat(relay.api().get("/ready").body()).contains("certification path"));
                Answer refused = relay.api().post("/publish/cats", "hello");
                assertThat(refused.status()).isEqualTo(503);
            }
        }
    }

    private static Path trustStore(Path folder, TestCertificate certificate) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("redis", certificate.x509());
        Path file = folder.resolve("trusted.p12");
        try (var out = Files.newOutputStream(file)) {
            store.store(out, PASSWORD.toCharArray());
        }
        return file;
    }
}
