package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.Api;
import relay.testing.ExternalProgram;
import relay.testing.RelayProcess;
import relay.testing.TestCertificate;
import relay.testing.TestSocket;

/** What can be tried here of the files below {@code src/main/deploy} without systemd or Docker at work. */
class DeployFilesIT {
    private static final Path DEPLOY = Path.of("src", "main", "deploy");
    private static final String SYSTEMD = "/usr/bin/systemd-analyze";

    @TempDir
    private Path folder;

    @Test
    void systemdFindsNothingToSayAboutTheUnit() throws IOException {
        assertThat(analyze("verify", "--man=no", unit(folder).toString())).isEmpty();
    }

    @Test
    void systemdSaysSoWhereAUnitIsWrong() throws IOException {
        Path unit = unit(folder);
        Files.writeString(unit, Files.readString(unit).replace("NoNewPrivileges", "NoNewPrivilege"));
        assertThat(analyze("verify", "--man=no", unit.toString())).contains("NoNewPrivilege");
    }

    @Test
    void littleIsExposedByTheUnit() throws IOException {
        String exposure = analyze(
                "security",
                "--offline=true",
                "--threshold=20",
                "--no-pager",
                unit(folder).toString());
        assertThat(exposure)
                .contains("Overall exposure level for relay.service: ")
                .doesNotContain("UNSAFE");
        Matcher level = Pattern.compile("relay\\.service: (\\d+\\.\\d+)").matcher(exposure);
        assertThat(level.find()).isTrue();
        assertThat(Double.parseDouble(level.group(1))).isLessThanOrEqualTo(2.0);
    }

    @Test
    void theRelayNeedsNoOtherModulesThanTheImageHas() throws Exception {
        Matcher modules =
                Pattern.compile("--add-modules (\\S+)").matcher(Files.readString(DEPLOY.resolve("docker/Dockerfile")));
        assertThat(modules.find()).isTrue();
        TestCertificate certificate = TestCertificate.make(folder, "own");
        SSLContext trusting = TestCertificate.trusting(certificate);
        try (RelayProcess relay = RelayProcess.start(
                Map.of("JDK_JAVA_OPTIONS", "--limit-modules=" + modules.group(1)), certificate.flags("--port", "0"))) {
            Api api = new Api(relay.port(), trusting);
            try (TestSocket socket = TestSocket.open(api.register(1).url(), trusting)) {
                assertThat(api.publish("cats", "are awesome")).isEqualTo(1);
                assertThat(socket.receive()).isEqualTo("are awesome");
            }
            relay.terminate();
            assertThat(relay.exitStatus()).isZero();
            assertThat(relay.err()).doesNotContain("Error", "Exception");
            assertThat(relay.out()).doesNotContain("WARN", "ERROR");
        }
    }

    @Test
    void theCommandsOfTheGuideRun() throws IOException {
        assertThat(RelayProcess.jar().toString()).endsWith("target/relay.jar");
        List<String> snippets = Pattern.compile("^```sh\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(Files.readString(Path.of("src/site/markdown/operating.md")))
                .results()
                .map(block -> block.group(1))
                .toList();
        assertThat(snippets).isNotEmpty();
        for (String snippet : snippets) {
            try (ExternalProgram bash = ExternalProgram.start(Map.of(), "bash", "-euo", "pipefail", "-c", snippet)) {
                assertThat(bash.exitStatus()).as(bash.output()).isZero();
                assertThat(bash.output()).containsPattern("(?m)^drain +20s +flag$");
            }
        }
    }

    /** The unit as it is shipped, with a Java and a jar that are there. */
    private static Path unit(Path folder) throws IOException {
        String shipped = Files.readString(DEPLOY.resolve("systemd/relay.service"));
        assertThat(shipped).contains("/usr/bin/java", "/opt/relay/relay.jar");
        return Files.writeString(
                folder.resolve("relay.service"),
                shipped.replace("/usr/bin/java", RelayProcess.java().toString())
                        .replace("/opt/relay/relay.jar", RelayProcess.jar().toString()));
    }

    private static String analyze(String... arguments) {
        ExternalProgram.require("systemd", Map.of(), SYSTEMD, "--version");
        List<String> command = new ArrayList<>(List.of(SYSTEMD));
        command.addAll(List.of(arguments));
        try (ExternalProgram program =
                ExternalProgram.start(Map.of("SYSTEMD_COLORS", "0"), command.toArray(String[]::new))) {
            program.exitStatus();
            return program.output();
        }
    }
}
