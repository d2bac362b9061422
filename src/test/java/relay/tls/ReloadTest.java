package relay.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.util.Optional;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.TestCertificate;

/** The files are taken anew when both have changed. */
class ReloadTest {
    @TempDir
    Path folder;

    private TestCertificate first;
    private TestCertificate renewed;
    private SslContextFactory.Server context;
    private Reload reload;

    @BeforeEach
    void start() throws Exception {
        first = TestCertificate.make(folder, "first");
        renewed = TestCertificate.make(folder, "renewed");
        TlsFiles files = new TlsFiles(first.certificate(), first.key(), Optional.empty());
        TlsFiles.Contents contents = files.read();
        context = SslContexts.of(Identity.of(contents));
        context.start();
        reload = new Reload(files, context, contents);
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

    private Certificate served() {
        return context.getX509("relay").getCertificate();
    }
}
