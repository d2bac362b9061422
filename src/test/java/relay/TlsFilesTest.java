package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.message.InvalidInputException;
import relay.schedule.Ticker;
import relay.testing.Api;
import relay.testing.OpenSsl;
import relay.testing.RecordedLog;
import relay.testing.TestCertificate;

/** The files of {@code --tls-cert} and {@code --tls-key} as OpenSSL writes them, and as nobody should. */
class TlsFilesTest {
    private static final String EC_KEY = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256";

    @TempDir
    Path folder;

    private OpenSsl openssl;

    @BeforeEach
    void findOpenSsl() {
        openssl = OpenSsl.in(folder);
    }

    @ParameterizedTest
    @CsvSource({
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048, PRIVATE KEY",
        "genrsa -traditional 2048, RSA PRIVATE KEY",
        "genrsa -traditional 4096, RSA PRIVATE KEY",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256, PRIVATE KEY",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521, PRIVATE KEY",
        "ecparam -genkey -name prime256v1, EC PRIVATE KEY",
        "ecparam -genkey -noout -name secp384r1, EC PRIVATE KEY",
        "ecparam -genkey -noout -name secp521r1, EC PRIVATE KEY",
        "genpkey -algorithm ED25519, PRIVATE KEY",
        "genpkey -algorithm ED448, PRIVATE KEY",
    })
    void aKeyServesInWhateverFormOpenSslWroteIt(String command, String label) throws Exception {
        Path key = openssl.write("any.key", command);
        assertThat(key).content().contains("-----BEGIN " + label + "-----");
        assertServes(openssl.certificate("any.crt", key), key);
    }

    @Test
    void aCertificateAndItsKeyMayBeInOneFileAsText() throws Exception {
        Path key = openssl.write("only.key", EC_KEY);
        Path certificate = openssl.certificate("only.crt", key, "-days 5 -text");
        Path both = Files.writeString(
                folder.resolve("both.pem"), Files.readString(key) + Files.readString(certificate) + "\r\nthe end\r\n");
        assertServes(both, both);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pkcs8 -topk8 -passout pass:x -in %s",
                "ec -aes128 -passout pass:x -in %s",
                "rsa -traditional -aes128 -passout pass:x -in %s",
            })
    void anEncryptedKeyIsRefusedWithTheCommandThatDecryptsIt(String command) {
        Path plain = openssl.write("plain.key", command.startsWith("rsa") ? "genrsa 2048" : EC_KEY);
        Path encrypted = openssl.write("encrypted.key", command.formatted(plain));
        Path certificate = openssl.certificate("any.crt", plain);
        assertRefused(certificate, encrypted, "--tls-key " + encrypted + " is encrypted");
        assertRefused(certificate, encrypted, "openssl pkey -in " + encrypted + " -out");
    }

    @ParameterizedTest
    @CsvSource({
        "genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048, RSASSA-PSS",
        "ecparam -genkey -name secp256k1, secp256k1",
        "ecparam -genkey -name brainpoolP256r1, brainpool",
        "genrsa 512, an RSA key of 512 bits: it takes 2048 or more",
        "genrsa 1024, 2048 or more",
    })
    void aKeyThatTheRelayCannotServeWithIsRefused(String command, String named) {
        Path key = openssl.write("any.key", command);
        assertRefused(openssl.certificate("any.crt", key), key, named);
    }

    @Test
    void aCertificateOrAKeyThatIsNoPemIsRefused() {
        Path key = openssl.write("any.key", EC_KEY);
        Path certificate = openssl.certificate("any.crt", key);
        Path binaryKey = openssl.write("any.key.der", "pkey -outform DER -in " + key);
        Path binaryCertificate = openssl.write("any.crt.der", "x509 -outform DER -in " + certificate);
        assertRefused(certificate, binaryKey, "holds no private key: it takes PEM");
        assertRefused(binaryCertificate, key, "holds no certificate: it takes PEM");
        assertRefused(key, key, "holds no certificate: it takes PEM");
        assertRefused(certificate, certificate, "holds no private key: it takes PEM");
    }

    @ParameterizedTest
    @CsvSource({"10, expired on", "-10, is not valid before"})
    void aCertificateThatIsNotValidNowIsServedWithAWarning(int daysFromNow, String warning) throws Exception {
        Path key = openssl.write("any.key", EC_KEY);
        Path certificate = openssl.certificate("any.crt", key);
        Instant now = Instant.now().plus(Duration.ofDays(daysFromNow));
        String[] flags = {"--tls-cert", certificate.toString(), "--tls-key", key.toString()};
        try (RecordedLog log = RecordedLog.start();
                TestRelay relay = TestRelay.start(Ticker.system(), InstantSource.fixed(now), Map.of(), flags)) {
            assertThat(new Api(relay.port(), TestCertificate.trusting(certificate))
                            .get("/health")
                            .status())
                    .isEqualTo(200);
            assertThat(log.warnings())
                    .singleElement(STRING)
                    .contains("--tls-cert " + certificate, "CN=localhost", warning, "clients will refuse it");
        }
    }

    @Test
    void aChainIsServedInOrderAndRefusedInAnyOther() throws Exception {
        Path rootKey = openssl.write("root.key", EC_KEY);
        Path root = openssl.write(
                "root.crt", "req -x509 -key " + rootKey + " -subj /CN=root -addext basicConstraints=CA:TRUE -days 5");
        Path key = openssl.write("leaf.key", EC_KEY);
        Path request = openssl.write("leaf.csr", "req -new -key " + key + " -subj /CN=localhost");
        Path names = Files.writeString(folder.resolve("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
        Path leaf = openssl.write(
                "leaf.crt",
                "x509 -req -in " + request + " -CA " + root + " -CAkey " + rootKey
                        + " -CAcreateserial -days 5 -extfile " + names);
        Path chain = Files.writeString(folder.resolve("chain"), Files.readString(leaf) + Files.readString(root));
        Path reversed = Files.writeString(folder.resolve("reversed"), Files.readString(root) + Files.readString(leaf));
        assertServes(chain, key, root);
        assertServes(leaf, key, root);
        assertRefused(reversed, key, "is not in order: it takes the server's certificate first");
        assertRefused(root, key, "--tls-key " + key + " does not belong to the certificate in " + root);
    }

    private static void assertRefused(Path certificate, Path key, String message) {
        assertThatThrownBy(() -> TestRelay.start("--tls-cert", certificate.toString(), "--tls-key", key.toString()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(message);
    }

    private static void assertServes(Path certificate, Path key) throws Exception {
        assertServes(certificate, key, certificate);
    }

    private static void assertServes(Path certificate, Path key, Path trusted) throws Exception {
        SSLContext trusting = TestCertificate.trusting(trusted);
        try (TestRelay relay = TestRelay.start("--tls-cert", certificate.toString(), "--tls-key", key.toString())) {
            assertThat(new Api(relay.port(), trusting).get("/health").status()).isEqualTo(200);
            for (String version : new String[] {"TLSv1.2", "TLSv1.3"}) {
                try (SSLSocket socket =
                        (SSLSocket) trusting.getSocketFactory().createSocket("127.0.0.1", relay.port())) {
                    socket.setEnabledProtocols(new String[] {version});
                    socket.startHandshake();
                    assertThat(socket.getSession().getProtocol()).isEqualTo(version);
                }
            }
        }
    }
}
