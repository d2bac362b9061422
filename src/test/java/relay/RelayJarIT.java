package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import relay.testing.RawSocket;
import relay.testing.RelayProcess;

/** The command line of the jar: flags, variables, exit statuses. */
class RelayJarIT {
    private static final int FAILED = 1;
    private static final int WRONG_FLAG = 2;

    @Test
    void helpListsEveryFlag() {
        try (RelayProcess relay = RelayProcess.start("--help")) {
            assertThat(relay.exitStatus()).isZero();
            assertThat(relay.err()).isEmpty();
            assertThat(relay.out())
                    .contains("--host", "--port", "--public-url", "--allow-origin")
                    .contains("--register-ttl", "--max-keep", "--ping-interval", "--drain")
                    .contains("--queue-bytes", "--publish-queue-bytes", "--max-body-bytes", "--max-header-bytes")
                    .contains("--max-json-depth", "--max-registrations", "--max-connections", "--max-topics")
                    .contains("--max-frame-bytes", "--max-frames-per-second", "--fanout-threads", "--log-level")
                    .contains("--compression")
                    .contains("--help", "--version", "RELAY_PING_INTERVAL");
        }
    }

    @Test
    void versionIsThatOfTheJar() {
        try (RelayProcess relay = RelayProcess.start("--version")) {
            assertThat(relay.exitStatus()).isZero();
            assertThat(relay.err()).isEmpty();
            assertThat(relay.out()).matches("relay \\d+\\.\\d+\\.\\d+\\S*\\R");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--nope, --nope",
        "extra, extra",
        "--port, --port",
        "--port=abc, abc",
        "--port=70000, 70000",
        "--max-topics=0, --max-topics",
        "--ping-interval=5x, 5x",
        "--queue-bytes=many, many",
        "--max-body-bytes=257MiB, 256MiB",
    })
    void aWrongFlagGetsOneLineAndExitStatus2(String flag, String named) {
        try (RelayProcess relay = RelayProcess.start(flag)) {
            assertFailed(relay, WRONG_FLAG, named);
        }
    }

    @Test
    void aWrongVariableGetsOneLineWithItsNameAndExitStatus2() {
        try (RelayProcess relay = RelayProcess.start(Map.of("RELAY_PING_INTERVAL", "soon"))) {
            assertFailed(relay, WRONG_FLAG, "RELAY_PING_INTERVAL: 'soon'");
        }
    }

    @Test
    void aWrongLineOfTheFileGetsOneLineWithItsPlaceAndExitStatus2(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("relay.properties"), "port = 0\npingintervall = 1s\n");
        for (String[] command : new String[][] {{}, {"config"}}) {
            try (RelayProcess relay = RelayProcess.start(Map.of("RELAY_CONFIG", file.toString()), command)) {
                assertFailed(relay, WRONG_FLAG, file + ":2: there is no setting 'pingintervall'");
            }
        }
    }

    @Test
    void configPrintsWhatIsInForceAndStartsNothing(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("relay.properties"), "ping-interval = 3s\n");
        Map<String, String> environment = Map.of("RELAY_API_KEYS", "s3cr3t", "RELAY_PROT", "1");
        try (RelayProcess relay =
                RelayProcess.start(environment, "config", "--config", file.toString(), "--host", "0.0.0.0")) {
            assertThat(relay.exitStatus()).isZero();
            assertThat(relay.out())
                    .containsPattern("(?m)^host +0\\.0\\.0\\.0 +flag$")
                    .containsPattern("(?m)^ping-interval +3s +" + file + ":1$")
                    .containsPattern("(?m)^api-keys +\\*+ +RELAY_API_KEYS$")
                    .containsPattern("(?m)^drain +10s +default$")
                    .doesNotContain("s3cr3t", "listening");
            assertThat(relay.err().lines())
                    .containsExactly("relay: the variable RELAY_PROT sets nothing: did you mean RELAY_PORT?");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--tls-cert nowhere --tls-key nowhere | --tls-cert nowhere: there is no such file",
                "--jwt-jwks nowhere --jwt-audience a | --jwt-jwks: nowhere: there is no such file",
                "--jwt-jwks http://127.0.0.1 --jwt-audience a --jwt-algorithms HS256 | --jwt-algorithms has 'HS256'",
            })
    void configEndsWith2AndWhatTheStartWouldSay(String flags, String named) {
        List<String> command = new ArrayList<>(List.of(flags.split(" ", -1)));
        try (RelayProcess start = RelayProcess.start(command.toArray(String[]::new))) {
            command.add(0, "config");
            try (RelayProcess config = RelayProcess.start(command.toArray(String[]::new))) {
                assertFailed(config, WRONG_FLAG, named);
                assertFailed(start, WRONG_FLAG, named);
                assertThat(config.err()).isEqualTo(start.err());
                assertThat(config.out() + start.out()).isEmpty();
            }
        }
    }

    @Test
    void configConnectsToNothingAndLogsNothing(@TempDir Path folder) throws IOException {
        Path keys = Files.writeString(
                folder.resolve("jwks.json"),
                "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}");
        try (RelayProcess config = RelayProcess.start(
                "config",
                "--engine",
                "redis://127.0.0.1:1",
                "--jwt-jwks",
                keys.toString(),
                "--jwt-audience",
                "a",
                "--log-level",
                "trace")) {
            assertThat(config.exitStatus()).isZero();
            assertThat(config.out().lines()).allMatch(line -> line.matches("[a-z-]+ +\\S+ +(flag|default)"));
            assertThat(config.err()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "export RELAY_CONFIG=$U | RELAY_CONFIG",
                "export RELAY_JWT_JWKS=$U RELAY_JWT_AUDIENCE=a | RELAY_JWT_JWKS",
                "export RELAY_RELAY_NAME=$U | RELAY_RELAY_NAME",
                "set -- \"$@\" --api-keys-file $U | --api-keys-file",
            })
    void whatTheLocaleHasNoCharacterForIsOneLine(String preparation, String named) {
        String umlaut = "U=$(printf '/\\303\\274') && export LC_ALL=POSIX && ";
        try (RelayProcess relay = RelayProcess.startAfter(umlaut + preparation)) {
            assertFailed(relay, WRONG_FLAG, "relay: " + named);
            assertThat(relay.err()).contains("LC_ALL=C.UTF-8");
        }
    }

    @Test
    void aFileOfSettingsMayNameAFileInAnyCharactersIfTheLocaleHasThem(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("relay.properties"), "jwt-jwks = \\u00fc\njwt-audience = a\n");
        for (String locale : List.of("POSIX", "C.UTF-8")) {
            try (RelayProcess relay = RelayProcess.startAfter("export LC_ALL=" + locale, "--config", file.toString())) {
                assertFailed(
                        relay,
                        WRONG_FLAG,
                        locale.equals("POSIX")
                                ? file + ":1: jwt-jwks: '?' cannot name a file"
                                : "there is no such file");
            }
        }
    }

    @Test
    void aTokenOfTheJarOpensTheRelayOfTheJar(@TempDir Path folder) throws IOException {
        String file = Files.writeString(folder.resolve("secret"), "0123456789abcdef0123456789abcdef\n")
                .toString();
        String token;
        try (RelayProcess made = RelayProcess.start("token", "--user", "1", "--secret-file", file)) {
            assertThat(made.exitStatus()).isZero();
            assertThat(made.err()).isEmpty();
            assertThat(made.out()).matches("\\S+\\R");
            token = made.out().strip();
        }
        try (RelayProcess relay = RelayProcess.start("--port", "0", "--jwt-secret-file", file)) {
            assertThat(relay.api().postAs(token, "/register", "{}").status()).isEqualTo(200);
            assertThat(relay.api().postAs(token + "x", "/register", "{}").status())
                    .isEqualTo(401);
        }
        try (RelayProcess good = RelayProcess.start("token", "--check", token, "--secret-file", file);
                RelayProcess notGood = RelayProcess.start("token", "--check", token + "x", "--secret-file", file);
                RelayProcess wrong = RelayProcess.start("token", "--user", "1")) {
            assertThat(good.exitStatus()).isZero();
            assertThat(good.err()).isEmpty();
            assertThat(notGood.exitStatus()).isEqualTo(1);
            assertThat(notGood.err()).isEmpty();
            assertFailed(wrong, WRONG_FLAG, "token takes --secret-file");
        }
    }

    @Test
    void anIpv6AddressMayHaveItsBrackets() throws IOException {
        Path addresses = Path.of("/proc/net/if_inet6");
        assumeTrue(Files.exists(addresses) && Files.readString(addresses).contains("0".repeat(31) + "1 "));
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getAllByName("::1")[0])) {
            for (String host : List.of("::1", "[::1]")) {
                try (RelayProcess relay = RelayProcess.start("--host", host, "--port", "0");
                        RelayProcess second =
                                RelayProcess.start("--host", host, "--port", String.valueOf(taken.getLocalPort()))) {
                    relay.awaitLog(Pattern.compile("listening on http://\\[::1]:\\d+"));
                    assertFailed(second, FAILED, "cannot listen on [::1]:" + taken.getLocalPort());
                }
            }
        }
    }

    @Test
    void whatKubernetesSetsForAServiceNamedRelayDoesNotBreakTheStart() {
        Map<String, String> environment =
                Map.of("RELAY_PORT", "tcp://10.96.0.7:8000", "RELAY_SERVICE_HOST", "10.96.0.7", "RELAY_PROT", "1");
        try (RelayProcess relay = RelayProcess.start(environment, "--port", "0")) {
            assertThat(relay.api().get("/health").status()).isEqualTo(200);
            assertThat(relay.out())
                    .containsPattern("WARN .*ignoring RELAY_PORT and 1 more, which Kubernetes sets")
                    .containsPattern("WARN .*RELAY_PROT sets nothing: did you mean RELAY_PORT\\?");
        }
    }

    @Test
    void variablesTakeThePlaceOfFlags() throws IOException {
        Map<String, String> environment = Map.of("RELAY_PORT", "0", "RELAY_PING_INTERVAL", "50ms");
        try (RelayProcess relay = RelayProcess.start(environment);
                RawSocket socket = RawSocket.connect(relay.port())) {
            socket.upgrade(relay.api().register(1).id());
            assertThat(socket.readFrame().opCode()).isEqualTo(RawSocket.PING);
        }
    }

    @Test
    void aFlagGoesBeforeItsVariable() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RelayProcess relay =
                        RelayProcess.start(Map.of("RELAY_PORT", String.valueOf(taken.getLocalPort())), "--port", "0")) {
            assertThat(relay.port()).isNotEqualTo(taken.getLocalPort());
            assertThat(relay.api().get("/health").status()).isEqualTo(200);
        }
    }

    @Test
    void aPortInUseGetsOneLineAndExitStatus1() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RelayProcess relay = RelayProcess.start("--port", String.valueOf(taken.getLocalPort()))) {
            assertFailed(relay, FAILED, "127.0.0.1:" + taken.getLocalPort());
            assertThat(relay.out()).isEmpty();
        }
    }

    private static void assertFailed(RelayProcess relay, int status, String named) {
        assertThat(relay.exitStatus()).isEqualTo(status);
        assertThat(relay.err().lines())
                .singleElement()
                .asString()
                .startsWith("relay: ")
                .contains(named);
    }
}
