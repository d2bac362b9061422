package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.testing.CommandLineClient;
import relay.testing.ExternalProgram;
import relay.testing.RawSocket;
import relay.testing.RelayProcess;
import relay.testing.TestCertificate;
import relay.testing.TestJson;

/** The jar over TLS, with clients that nobody here wrote. */
class TlsClientsIT {
    private static final String CURL = "/usr/bin/curl";
    private static final Integer[] CURL_WAS_REFUSED = {35, 55, 56};

    @TempDir
    Path folder;

    private TestCertificate server;

    private record Ended(int status, String output) {
        JsonNode json() {
            return TestJson.parse(output);
        }
    }

    @BeforeEach
    void makeCertificate() throws Exception {
        ExternalProgram.require("curl", Map.of(), CURL, "--version");
        server = TestCertificate.make(folder, "server");
    }

    private RelayProcess start(String... flags) {
        return RelayProcess.start(server.flags(
                Stream.concat(Stream.of("--port", "0"), Stream.of(flags)).toArray(String[]::new)));
    }

    private Ended curl(RelayProcess relay, String path, String... arguments) {
        List<String> command = new ArrayList<>(List.of(CURL, "--silent", "--max-time", "20"));
        command.addAll(List.of(arguments));
        command.add("https://localhost:" + relay.port() + path);
        try (ExternalProgram curl = ExternalProgram.start(Map.of(), command.toArray(String[]::new))) {
            return new Ended(curl.exitStatus(), curl.output());
        }
    }

    private Ended post(RelayProcess relay, String path, String json, String... arguments) {
        List<String> all = new ArrayList<>(List.of("--header", "Content-Type: application/json", "--data", json));
        all.addAll(List.of(arguments));
        return curl(relay, path, all.toArray(String[]::new));
    }

    @Test
    void curlRegistersAndPublishesAndPythonReceives() throws Exception {
        String trusted = server.certificate().toString();
        try (RelayProcess relay = start();
                CommandLineClient python = CommandLineClient.pythonWebsocketsTrusting(server.certificate())) {
            String url = post(relay, "/register", "{\"user_id\":1}", "--cacert", trusted)
                    .json()
                    .get("url")
                    .asText();
            assertThat(url).startsWith("wss://localhost:" + relay.port() + "/ws/");
            python.open(url);
            Ended published =
                    post(relay, "/publish", "{\"topic\":\"cats\",\"message\":\"are awesome\"}", "--cacert", trusted);
            assertThat(published.json().get("queued").asInt()).isEqualTo(1);
            await().until(() -> python.received().equals(List.of("are awesome")));
            python.leave();
            assertThat(relay.err()).isEmpty();
        }
    }

    @Test
    void aClientThatDoesNotTrustTheCertificateSaysSo() {
        try (RelayProcess relay = start()) {
            assertThat(curl(relay, "/health").status()).isEqualTo(60);
            assertThat(curl(relay, "/health", "--cacert", server.certificate().toString())
                            .status())
                    .isZero();
            assertThat(relay.out()).doesNotContain("WARN", "ERROR");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /health HTTP/1.1\r\nHost: a\r\n\r\n", "\u0016\u0003\u0001\u0000\u0005hello", "\n", ""})
    void bytesThatAreNotTlsLeaveNoTraceInTheLog(String text) throws Exception {
        try (RelayProcess relay = start()) {
            assertThat(curl(relay, "/health", "--cacert", server.certificate().toString())
                            .status())
                    .isZero();
            String before = relay.out();
            for (int i = 0; i < 50; i++) {
                try (RawSocket socket = RawSocket.connect(relay.port()).send(text)) {
                    if (text.length() > 1) {
                        assertThat(socket.readAll()).doesNotContain("HTTP/1.1 200");
                    }
                }
            }
            assertThat(curl(relay, "/health", "--cacert", server.certificate().toString())
                            .status())
                    .isZero();
            assertThat(relay.out()).isEqualTo(before);
            assertThat(relay.err()).isEmpty();
        }
    }

    @Test
    void withAClientCaACertificateIsRequired() throws Exception {
        TestCertificate client = TestCertificate.make(folder, "client");
        TestCertificate stranger = TestCertificate.make(folder, "stranger");
        try (RelayProcess relay = start("--tls-client-ca", client.certificate().toString());
                CommandLineClient python = CommandLineClient.pythonWebsocketsShowing(client, server.certificate())) {
            assertThat(curl(relay, "/health", "--cacert", server.certificate().toString())
                            .status())
                    .isIn((Object[]) CURL_WAS_REFUSED);
            assertThat(curl(relay, "/health", shown(stranger)).status()).isIn((Object[]) CURL_WAS_REFUSED);
            python.open(post(relay, "/register", "{\"user_id\":1}", shown(client))
                    .json()
                    .get("url")
                    .asText());
            Ended published =
                    post(relay, "/publish", "{\"topic\":\"cats\",\"message\":\"are awesome\"}", shown(client));
            assertThat(published.json().get("queued").asInt()).isEqualTo(1);
            await().until(() -> python.received().equals(List.of("are awesome")));
            assertThat(relay.out()).doesNotContain("WARN", "ERROR");
        }
    }

    private String[] shown(TestCertificate own) {
        return new String[] {
            "--cacert", server.certificate().toString(),
            "--cert", own.certificate().toString(),
            "--key", own.key().toString()
        };
    }
}
