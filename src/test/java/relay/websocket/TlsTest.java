package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.net.tls.TlsConnectionFactory;
import relay.net.tls.TlsFiles;
import relay.schedule.Ticker;
import relay.testing.TestCertificate;
import relay.testing.TestSocket;

/** The same way to the socket, over TLS. */
class TlsTest {
    private WebSocketServer server;
    private SSLContext trusting;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        TestCertificate own = TestCertificate.make(folder, "own");
        trusting = TestCertificate.trusting(own);
        TlsConnectionFactory tls = TlsConnectionFactory.of(
                new TlsFiles(own.certificate(), own.key(), Optional.empty()),
                Duration.ofHours(1),
                Ticker.system(),
                InstantSource.system());
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.addCustomizer(new SecureRequestCustomizer(false));
        server = WebSocketServer.start(
                jetty -> new ServerConnector(jetty, tls, new HttpConnectionFactory(configuration)));
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
    }

    @Test
    void messagesLargeAndSmallArriveInOrder() {
        try (TestSocket socket = connect()) {
            List<String> sent = IntStream.range(0, 400)
                    .mapToObj(i -> i + " " + "x".repeat(i % 4 == 0 ? 200_000 : 10))
                    .toList();
            sent.forEach(server::publish);
            assertThat(socket.receive(sent.size())).isEqualTo(sent);
        }
    }

    @Test
    void commandsPingsAndTheClosingHandshakeWork() {
        TestSocket socket = connect();
        socket.subscribe("dogs");
        server.publish("for nobody");
        socket.subscribe("cats");
        server.publish("for it");
        assertThat(socket.receive()).isEqualTo("for it");
        socket.close();
        assertThat(socket.closeCode()).isEqualTo(1000);
    }

    private TestSocket connect() {
        return TestSocket.open("wss://localhost:" + server.port() + "/ws/" + server.register(Duration.ZERO), trusting);
    }
}
