package relay.net.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.RecordedLog;
import relay.testing.TestCertificate;

/** The files are taken anew when both have changed. */
class CertificateReloadTest {
    private static final Duration REGULARLY = Duration.ofSeconds(2);

    private final Instant valid = Instant.now().plus(Duration.ofDays(1));

    @TempDir
    Path folder;

    private TestCertificate first;
    private TestCertificate renewed;
    private final AtomicReference<Instant> now = new AtomicReference<>(valid);
    private SslContextFactory.Server context;
    private CertificateReload reload;

    @BeforeEach
    void start() throws Exception {
        first = TestCertificate.make(folder, "first");
        renewed = TestCertificate.make(folder, "renewed");
        TlsFiles files = new TlsFiles(first.certificate(), first.key(), Optional.empty());
        TlsFiles.Contents contents = files.read();
        Identity identity = Identity.of(contents);
        context = identity.newContext();
        context.start();
        reload = new CertificateReload(files, context, contents, identity, now::get);
    }

    @AfterEach
    void stop() throws Exception {
        context.stop();
    }

    @Test
    void aPairThatIsHalfWrittenKeepsTheOldOneUntilItIsWhole() throws Exception {
        Files.copy(renewed.certificate(), first.certificate(), StandardCopyOption.REPLACE_EXISTING);
        settle();
        assertThat(served()).isEqualTo(first.x509());
        String key = Files.readString(renewed.key());
        Files.writeString(first.key(), key.substring(0, key.length() / 2));
        settle();
        assertThat(served()).isEqualTo(first.x509());
        Files.writeString(first.key(), key);
        settle();
        assertThat(served()).isEqualTo(renewed.x509());
    }

    @Test
    void aMissingFileKeepsTheOldOne() throws Exception {
        Files.delete(first.key());
        settle();
        assertThat(served()).isEqualTo(first.x509());
    }

    @Test
    void ofACertificateThatExpiresItWarnsOnceAndAgainOfTheNextThatDoes() throws Exception {
        Instant later = valid.plus(Duration.ofDays(1000));
        try (RecordedLog log = RecordedLog.start()) {
            settle();
            assertThat(log.warnings()).isEmpty();
            now.set(later);
            settle();
            settle();
            assertThat(log.warnings()).singleElement(STRING).contains("CN=first expired on", "clients will refuse it");
            renewed.replace(first);
            settle();
            settle();
            assertThat(log.warnings()).hasSize(2).element(1, STRING).contains("CN=renewed expired on");
            now.set(valid);
            settle();
            assertThat(log.warnings()).hasSize(2);
        }
    }

    @Test
    void whatIsBeingWrittenIsNeitherTakenNorComplainedOf() throws Exception {
        try (RecordedLog log = RecordedLog.start()) {
            Files.copy(renewed.certificate(), first.certificate(), StandardCopyOption.REPLACE_EXISTING);
            assertThat(look()).isLessThan(REGULARLY);
            Files.writeString(first.key(), "");
            look();
            Files.delete(first.key());
            look();
            Files.copy(renewed.key(), first.key());
            look();
            assertThat(served()).isEqualTo(first.x509());
            assertThat(look()).isEqualTo(REGULARLY);
            assertThat(served()).isEqualTo(renewed.x509());
            assertThat(log.warnings()).isEmpty();
        }
    }

    @Test
    void whatStaysWrongIsSaidOnceAndAgainOnlyWhenItIsWrongInAnotherWay() throws Exception {
        try (RecordedLog log = RecordedLog.start()) {
            Files.writeString(first.key(), "");
            settle();
            settle();
            assertThat(log.warnings()).singleElement(STRING).contains("stays as it is", "holds no private key");
            Files.delete(first.key());
            settle();
            settle();
            assertThat(log.warnings()).hasSize(2).element(1, STRING).contains("there is no such file");
        }
    }

    @Test
    void aByteOrderMarkAndEndsOfLinesOfAnotherSystemChangeNothing() throws Exception {
        renewed.replace(first);
        for (Path file : List.of(first.certificate(), first.key())) {
            Files.writeString(file, "\uFEFF" + Files.readString(file).replace("\n", "\r\n"));
        }
        settle();
        assertThat(served()).isEqualTo(renewed.x509());
    }

    /** Two looks that find the same. */
    private void settle() {
        look();
        look();
    }

    private Duration look() {
        return reload.check(REGULARLY);
    }

    private Certificate served() {
        return context.getX509("relay").getCertificate();
    }
}
