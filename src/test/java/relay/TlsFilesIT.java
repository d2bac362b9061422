package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.testing.RelayProcess;
import relay.testing.TestCertificate;

/** What whoever starts the jar with the wrong files for TLS sees: status 2, and one line that says which and why. */
class TlsFilesIT {
    private static final String BEGIN = "-----BEGIN CERTIFICATE-----";

    @TempDir
    Path folder;

    private TestCertificate own;

    @BeforeEach
    void makeCertificate() throws Exception {
        own = TestCertificate.make(folder, "own");
    }

    private static void assertEndsWith2AndSays(Path certificate, Path key, String problem) {
        try (RelayProcess relay =
                RelayProcess.start("--port", "0", "--tls-cert", certificate.toString(), "--tls-key", key.toString())) {
            assertThat(relay.exitStatus()).as(relay.err()).isEqualTo(2);
            assertThat(relay.err().lines()).singleElement().isEqualTo("relay: " + problem);
            assertThat(relay.out()).isEmpty();
        }
    }

    @Test
    void aFileThatIsNotThere() {
        Path nowhere = folder.resolve("nowhere");
        assertEndsWith2AndSays(nowhere, own.key(), "--tls-cert " + nowhere + ": there is no such file");
        assertEndsWith2AndSays(own.certificate(), nowhere, "--tls-key " + nowhere + ": there is no such file");
    }

    @Test
    void aDirectory() {
        assertEndsWith2AndSays(own.certificate(), folder, "--tls-key " + folder + ": cannot be read: Is a directory");
    }

    @Test
    void aFileThatTheRelayMayNotRead() throws IOException {
        Files.setPosixFilePermissions(own.key(), PosixFilePermissions.fromString("---------"));
        assumeTrue(!Files.isReadable(own.key()), "NOT TESTED: the superuser may read everything");
        assertEndsWith2AndSays(
                own.certificate(), own.key(), "--tls-key " + own.key() + ": the relay may not read this file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "garbage", "\u0000\u0001\u0002"})
    void aFileWithoutPem(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("file"), text);
        assertEndsWith2AndSays(
                file, own.key(), "--tls-cert " + file + " holds no certificate: it takes PEM, with " + BEGIN);
    }

    @Test
    void pemThatIsDamaged() throws IOException {
        String pem = Files.readString(own.certificate());
        Path half = Files.writeString(folder.resolve("half"), pem.substring(0, pem.length() / 2));
        assertEndsWith2AndSays(half, own.key(), "--tls-cert " + half + " breaks off: a BEGIN is without its END");
        Path noise = Files.writeString(folder.resolve("noise"), pem.replaceFirst("(?s)MII.{60}", "MIIgarbage=="));
        assertEndsWith2AndSays(
                noise,
                own.key(),
                "--tls-cert " + noise + " is damaged: what stands between BEGIN and END is not base64");
        Path other = Files.writeString(folder.resolve("other"), BEGIN + "\naGVsbG8=\n-----END CERTIFICATE-----\n");
        assertEndsWith2AndSays(
                other, own.key(), "--tls-cert " + other + " is damaged: what it holds as a certificate is none");
    }

    @Test
    void theKeyOfAnotherCertificate() throws Exception {
        TestCertificate other = TestCertificate.make(folder, "other");
        assertEndsWith2AndSays(
                own.certificate(),
                other.key(),
                "--tls-key " + other.key() + " does not belong to the certificate in " + own.certificate()
                        + ": that one, the first in its file, takes the key that it was made with");
    }
}
