package relay.net.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.TestCertificate;

/** What the relay speaks by itself, also where the Java runtime would speak more. */
class IdentityTest {
    private SslContextFactory.Server context;
    private SSLEngine engine;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        TestCertificate own = TestCertificate.make(folder, "own");
        TlsFiles files = new TlsFiles(own.certificate(), own.key(), Optional.empty());
        context = Identity.of(files.read()).newContext();
        context.start();
        engine = context.newSSLEngine();
    }

    @AfterEach
    void stop() throws Exception {
        context.stop();
    }

    @Test
    void twoVersionsOfTlsAreSpokenAndNoOlderOne() {
        assertThat(engine.getEnabledProtocols()).containsExactlyInAnyOrder("TLSv1.2", "TLSv1.3");
    }

    @Test
    void everyCipherSuiteHasForwardSecrecyAndAuthenticatesWhatItEncrypts() {
        assertThat(engine.getEnabledCipherSuites())
                .contains("TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
                .allMatch(suite -> suite.matches("TLS_(AES|CHACHA20|ECDHE)_.*"))
                .allMatch(suite -> suite.matches(".*_(GCM|CHACHA20_POLY1305)_SHA\\d+"));
    }
}
