package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;
import relay.message.InvalidInputException;
import relay.testing.Api;
import relay.testing.Api.Registered;
import relay.testing.ManualClock;
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
        return TestRelay.start(own.flags());
    }

    private Api api(TestRelay relay) throws Exception {
        return new Api(relay.port(), TestCertificate.trusting(own));
    }

    private TestSocket open(Registered client) throws Exception {
        return TestSocket.open(client.url(), TestCertificate.trusting(own));
    }

    @Test
    void registeringOverHttpsReturnsAWssUrlThatReceives() throws Exception {
        try (TestRelay relay = start()) {
            Api api = api(relay);
            Registered client = api.register(1, "cats");
            assertThat(client.url()).startsWith("wss://127.0.0.1:" + relay.port() + "/ws/");
            try (TestSocket socket = open(client)) {
                assertThat(api.publish("cats", "hello")).isEqualTo(1);
                assertThat(socket.receive()).isEqualTo("hello");
            }
        }
    }

    @Test
    void aRenewedCertificateServesNewConnectionsAndOldOnesStayOpen() throws Exception {
        Certificate old = own.x509();
        TestCertificate renewed = TestCertificate.make(folder, "renewed");
        SSLContext trusting = TestCertificate.trusting(own, renewed);
        try (TestRelay relay = start()) {
            try (TestSocket socket = open(api(relay).register(1, "cats"))) {
                assertThat(served(relay, trusting, "TLSv1.3")).isEqualTo(old);
                renewed.replace(own);
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> served(relay, trusting, "TLSv1.3").equals(renewed.x509()));
                assertThat(new Api(relay.port(), trusting).publish("cats", "still here"))
                        .isEqualTo(1);
                assertThat(socket.receive()).isEqualTo("still here");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void theTwoSafeVersionsOfTlsAreSpoken(String version) throws Exception {
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
    void withAClientCaOnlyClientsWithItsCertificateAreServed() throws Exception {
        TestCertificate client = TestCertificate.make(folder, "client");
        TestCertificate stranger = TestCertificate.make(folder, "stranger");
        try (TestRelay relay = TestRelay.start(
                own.flags("--tls-client-ca", client.certificate().toString()))) {
            assertIsServed(relay, own.shownBy(client));
            for (SSLContext refused : List.of(TestCertificate.trusting(own), own.shownBy(stranger))) {
                assertThatThrownBy(() -> new Api(relay.port(), refused).get("/health"))
                        .hasCauseInstanceOf(IOException.class);
            }
            assertIsServed(relay, own.shownBy(client));
        }
    }

    private static void assertIsServed(TestRelay relay, SSLContext context) {
        assertThat(new Api(relay.port(), context).get("/health").status()).isEqualTo(200);
    }

    @Test
    void aWrongFileStopsTheStartAndIsNamed() throws Exception {
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
    void aHandshakeThatTakesTooLongIsClosedAndOthersGoOn() throws Exception {
        ManualClock clock = new ManualClock();
        String[] flags = own.flags("--header-timeout", "100h", "--ping-interval", "100h", "--register-ttl", "100h");
        try (TestRelay relay = TestRelay.start(clock, flags)) {
            Api api = api(relay);
            byte[] hello = clientHello(0x0303);
            try (TestSocket bystander = open(api.register(1, "cats"));
                    RawSocket socket = RawSocket.connect(relay.port())) {
                socket.send(Arrays.copyOf(hello, 20));
                await().until(() -> {
                    clock.advance(Duration.ofSeconds(10));
                    return !socket.isSilentFor(200);
                });
                assertThat(api.publish("cats", "meanwhile")).isEqualTo(1);
                assertThat(bystander.receive()).isEqualTo("meanwhile");
            }
        }
    }

    @Test
    void plainHttpOnTheTlsPortDisturbsNobody() throws Exception {
        try (TestRelay relay = start()) {
            Api api = api(relay);
            try (TestSocket bystander = open(api.register(1, "cats"))) {
                for (int i = 0; i < 20; i++) {
                    try (RawSocket socket = RawSocket.connect(relay.port())) {
                        assertThat(socket.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
                                        .readAll())
                                .doesNotContain("HTTP/1.1 200");
                    }
                }
                assertThat(api.publish("cats", "meanwhile")).isEqualTo(1);
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
}
