package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;
import relay.message.InvalidInputException;
import relay.schedule.Ticker;
import relay.testing.RawSocket;
import relay.testing.TestCertificate;
import relay.testing.TestSocket;

/** A relay with {@code --tls-cert}, {@code --tls-key} and {@code --tls-client-ca}. */
class TlsFlagsTest {
    @TempDir
    Path folder;

    private TestCertificate own;

    @BeforeEach
    void makeCertificate() throws Exception {
        own = TestCertificate.make(folder, "own");
    }

    private TestRelay start() {
        return TestRelay.start(
                "--tls-cert",
                own.certificate().toString(),
                "--tls-key",
                own.key().toString());
    }

    @Test
    void whoRegistersOverHttpsGetsAWssUrlThatReceives() throws Exception {
        try (TestRelay relay = start()) {
            HttpClient http = http(TestCertificate.trusting(own));
            String url = register(http, relay);
            assertThat(url).startsWith("wss://localhost:" + relay.port() + "/ws/");
            try (TestSocket socket = TestSocket.open(http, url)) {
                publish(http, relay, "hello");
                assertThat(socket.receive()).isEqualTo("hello");
            }
        }
    }

    @Test
    void aRenewedCertificateIsForNewConnectionsAndOldOnesGoOn() throws Exception {
        Certificate old = own.x509();
        TestCertificate renewed = TestCertificate.make(folder, "renewed");
        SSLContext trusting = TestCertificate.trusting(own, renewed);
        try (TestRelay relay = start()) {
            HttpClient http = http(trusting);
            try (TestSocket socket = TestSocket.open(http, register(http, relay))) {
                assertThat(served(relay, trusting, "TLSv1.3")).isEqualTo(old);
                renewed.replace(own);
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> served(relay, trusting, "TLSv1.3").equals(renewed.x509()));
                publish(http(trusting), relay, "still here");
                assertThat(socket.receive()).isEqualTo("still here");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void theTwoVersionsOfTlsThatAreSafeAreSpoken(String version) throws Exception {
        try (TestRelay relay = start()) {
            assertThat(served(relay, TestCertificate.trusting(own), version)).isEqualTo(own.x509());
        }
    }

    @Test
    void anOlderVersionOfTlsIsRefusedWithAnAlert() throws Exception {
        try (TestRelay relay = start();
                RawSocket socket = RawSocket.connect(relay.port())) {
            byte[] alert = socket.send(clientHello(0x0302)).readAll().getBytes(StandardCharsets.UTF_8);
            assertThat(alert).startsWith(21).endsWith(2, 70);
        }
    }

    @Test
    void withAClientCaOnlyThoseWithItsCertificateAreServed() throws Exception {
        TestCertificate client = TestCertificate.make(folder, "client");
        TestCertificate stranger = TestCertificate.make(folder, "stranger");
        try (TestRelay relay = TestRelay.start(
                "--tls-cert", own.certificate().toString(),
                "--tls-key", own.key().toString(),
                "--tls-client-ca", client.certificate().toString())) {
            assertThat(health(http(own.shownBy(client)), relay).statusCode()).isEqualTo(200);
            assertThatThrownBy(() -> health(http(TestCertificate.trusting(own)), relay))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> health(http(own.shownBy(stranger)), relay)).isInstanceOf(IOException.class);
            assertThat(health(http(own.shownBy(client)), relay).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aFileThatDoesNotFitStopsTheStartAndIsNamed() throws Exception {
        TestCertificate other = TestCertificate.make(folder, "other");
        Path empty = Files.writeString(folder.resolve("empty.pem"), "");
        assertStopsTheStart(own.certificate(), folder.resolve("nowhere"), "--tls-key", "no such file");
        assertStopsTheStart(folder.resolve("nowhere"), own.key(), "--tls-cert", "no such file");
        assertStopsTheStart(empty, own.key(), "--tls-cert", "no certificate");
        assertStopsTheStart(own.certificate(), empty, "--tls-key", "no private key");
        assertStopsTheStart(own.certificate(), other.key(), "--tls-key", "does not belong");
        assertThatThrownBy(() -> TestRelay.start("--tls-cert", "x"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("--tls-key");
    }

    @Test
    void aHandshakeThatIsNotFinishedInTimeIsEndedAndTheOthersLive() throws Exception {
        AtomicLong nanos = new AtomicLong();
        Ticker ticker = nanos::get;
        try (TestRelay relay = TestRelay.start(
                ticker,
                "--tls-cert",
                own.certificate().toString(),
                "--tls-key",
                own.key().toString(),
                "--header-timeout",
                "100h",
                "--ping-interval",
                "100h",
                "--register-ttl",
                "100h")) {
            HttpClient http = http(TestCertificate.trusting(own));
            byte[] hello = clientHello(0x0303);
            try (TestSocket bystander = TestSocket.open(http, register(http, relay));
                    RawSocket socket = RawSocket.connect(relay.port())) {
                socket.send(Arrays.copyOf(hello, 20));
                await().until(() -> {
                    nanos.addAndGet(TimeUnit.SECONDS.toNanos(10));
                    return !socket.isSilentFor(200);
                });
                publish(http, relay, "meanwhile");
                assertThat(bystander.receive()).isEqualTo("meanwhile");
            }
        }
    }

    @Test
    void plainHttpOnTheTlsPortHarmsNobody() throws Exception {
        try (TestRelay relay = start()) {
            HttpClient http = http(TestCertificate.trusting(own));
            try (TestSocket bystander = TestSocket.open(http, register(http, relay))) {
                for (int i = 0; i < 20; i++) {
                    try (RawSocket socket = RawSocket.connect(relay.port())) {
                        assertThat(socket.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
                                        .readAll())
                                .doesNotContain("HTTP/1.1 200");
                    }
                }
                publish(http, relay, "meanwhile");
                assertThat(bystander.receive()).isEqualTo("meanwhile");
            }
        }
    }

    private static void assertStopsTheStart(Path certificate, Path key, String flag, String problem) {
        assertThatThrownBy(() -> TestRelay.start("--tls-cert", certificate.toString(), "--tls-key", key.toString()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(flag + " " + (flag.equals("--tls-key") ? key : certificate))
                .hasMessageContaining(problem);
    }

    private static Certificate served(TestRelay relay, SSLContext context, String version) throws IOException {
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", relay.port())) {
            socket.setEnabledProtocols(new String[] {version});
            socket.startHandshake();
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    /** The first message of a handshake in its oldest form, in a record (RFC 5246 §7.4.1.2). */
    private static byte[] clientHello(int version) {
        int length = 2 + 32 + 1 + 2 + 4 + 2;
        return ByteBuffer.allocate(9 + length)
                .put((byte) 22)
                .putShort((short) 0x0301)
                .putShort((short) (4 + length))
                .put((byte) 1)
                .put((byte) 0)
                .putShort((short) length)
                .putShort((short) version)
                .put(new byte[32])
                .put((byte) 0)
                .putShort((short) 4)
                .putShort((short) 0xC009)
                .putShort((short) 0xC02B)
                .put((byte) 1)
                .put((byte) 0)
                .array();
    }

    private static HttpClient http(SSLContext context) {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(context)
                .build();
    }

    private static HttpResponse<String> health(HttpClient http, TestRelay relay) throws Exception {
        return http.send(HttpRequest.newBuilder(uri(relay, "/health")).build(), BodyHandlers.ofString());
    }

    private static String register(HttpClient http, TestRelay relay) throws Exception {
        String answer = post(http, relay, "/register", "{\"user_id\":1,\"topics\":[\"cats\"]}");
        return answer.replaceAll("(?s).*\"url\"\\s*:\\s*\"([^\"]+)\".*", "$1");
    }

    private static void publish(HttpClient http, TestRelay relay, String text) throws Exception {
        post(http, relay, "/publish", "{\"topic\":\"cats\",\"message\":\"" + text + "\"}");
    }

    private static String post(HttpClient http, TestRelay relay, String path, String json) throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(uri(relay, path))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(json))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    private static URI uri(TestRelay relay, String path) {
        return URI.create("https://localhost:" + relay.port() + path);
    }
}
