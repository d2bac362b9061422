package relay.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
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
class ReloadTest {
    private final Instant valid = Instant.now().plus(Duration.ofDays(1));

    @TempDir
    Path folder;

    private TestCertificate first;
    private TestCertificate renewed;
    private final AtomicReference<Instant> now = new AtomicReference<>(valid);
    private SslContextFactory.Server context;
    private Reload reload;

    @BeforeEach
    void start() throws Exception {
        first = TestCertificate.make(folder, "first");
        renewed = TestCertificate.make(folder, "renewed");
        TlsFiles files = new TlsFiles(first.certificate(), first.key(), Optional.empty());
        TlsFiles.Contents contents = files.read();
        Identity identity = Identity.of(contents);
        context = SslContexts.of(identity);
        context.start();
        reload = new Reload(files, context, contents, identity, now::get);
    }

    @AfterEach
    void stop() throws Exception {
        context.stop();
    }

    @Test
    void aPairThatIsHalfWrittenKeepsTheOldOneUntilItIsWhole() throws Exception {
        Files.copy(renewed.certificate(), first.certificate(), StandardCopyOption.REPLACE_EXISTING);
        reload.check();
        assertThat(served()).isEqualTo(first.x509());
        String key = Files.readString(renewed.key());
        Files.writeString(first.key(), key.substring(0, key.length() / 2));
        reload.check();
        assertThat(served()).isEqualTo(first.x509());
        Files.writeString(first.key(), key);
        reload.check();
        assertThat(served()).isEqualTo(renewed.x509());
    }

    @Test
    void aMissingFileKeepsTheOldOne() throws Exception {
        Files.delete(first.key());
        reload.check();
        assertThat(served()).isEqualTo(first.x509());
    }

    @Test
    void ofACertificateThatExpiresItWarnsOnceAndAgainOfTheNextThatDoes() throws Exception {
        Instant later = valid.plus(Duration.ofDays(1000));
        try (RecordedLog log = RecordedLog.start()) {
            reload.check();
            assertThat(log.warnings()).isEmpty();
            now.set(later);
            reload.check();
            reload.check();
            assertThat(log.warnings()).singleElement(STRING).contains("CN=first expired on", "clients will refuse it");
            renewed.replace(first);
            reload.check();
            reload.check();
            assertThat(log.warnings()).hasSize(2).element(1, STRING).contains("CN=renewed expired on");
            now.set(valid);
            reload.check();
            assertThat(log.warnings()).hasSize(2);
        }
    }

    private Certificate served() {
        return context.getX509("relay").getCertificate();
    }
}
