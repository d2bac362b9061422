package relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.testing.Api;
import relay.testing.ExternalProgram;
import relay.testing.RelayProcess;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** A backup is made and restored by the commands of the page. */
class BackupIT {
    private static final Path PAGE = Path.of("src/site/markdown/operating.md");

    @TempDir
    private Path folder;

    @Test
    void aBackupThatThePageMakesIsRestoredAsThePageSays() throws IOException {
        List<String> blocks = Pattern.compile("^```text\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(section())
                .results()
                .map(block -> block.group(1))
                .toList();
        assertThat(blocks).hasSize(2);
        Files.createDirectory(folder.resolve("backup"));
        String kept;
        String later;
        String lost;
        String before;
        try (RelayProcess relay = start()) {
            Api api = relay.api();
            kept = api.registerKept(1, 3600, "cats").id();
            before = publish(api, "in the backup");
            String said = run(blocks.get(0));
            assertThat(said).contains("\nNo damage.\n").containsPattern("(?m)^registrations +1$");
            lost = publish(api, "not in the backup");
            later = api.registerKept(2, 3600, "cats").id();
            relay.terminate();
            assertThat(relay.exitStatus()).isZero();
        }
        run(blocks.get(1));
        try (RelayProcess relay = start()) {
            assertThat(relay.out()).contains("a new epoch begins");
            String next = publish(relay.api(), "after the restore");
            assertThat(next).doesNotStartWith(epoch(before));
            assertThat(sequence(next)).isGreaterThan(sequence(lost));
            try (TestSocket socket = open(relay, kept, "?format=json")) {
                assertThat(gap(socket).path("reason").asText()).isEqualTo("epoch");
                assertThat(message(socket)).isEqualTo("in the backup");
                assertThat(message(socket)).isEqualTo("after the restore");
            }
            try (TestSocket socket = open(relay, kept, "?format=json&after=" + lost)) {
                JsonNode gap = gap(socket);
                assertThat(gap.path("reason").asText()).isEqualTo("epoch");
                assertThat(gap.path("after").asText()).isEqualTo(lost);
                assertThat(message(socket)).isEqualTo("after the restore");
            }
            assertThat(relay.api().get("/sse/" + later).status()).isEqualTo(404);
        }
    }

    private RelayProcess start() {
        RelayProcess relay = RelayProcess.start(
                "--port", "0", "--data", folder.resolve("data").toString());
        assertThat(relay.port()).isPositive();
        return relay;
    }

    private static String section() throws IOException {
        String text = Files.readString(PAGE);
        int begin = text.indexOf("### Backup and restore\n");
        assertThat(begin).isPositive();
        return text.substring(begin, text.indexOf("\n### ", begin));
    }

    /** Runs commands of the page with the places and the user of this test, and without systemd. */
    private String run(String commands) {
        String here = commands.replace("/var/lib/relay", folder.resolve("data").toString())
                .replace("/backup/relay", folder.resolve("backup/relay").toString())
                .replace("java -jar /opt/relay/relay.jar", RelayProcess.java() + " -jar " + RelayProcess.jar())
                .replaceAll("systemctl (start|stop) relay", "true")
                .replace("relay:relay", "$(id -un):$(id -gn)");
        assertThat(here).doesNotContain("/opt/", "/var/", "systemctl");
        try (ExternalProgram bash = ExternalProgram.start(Map.of(), "bash", "-euo", "pipefail", "-c", here)) {
            assertThat(bash.exitStatus()).as(bash.output()).isZero();
            return bash.output();
        }
    }

    private static TestSocket open(RelayProcess relay, String id, String query) {
        return TestSocket.open("ws://127.0.0.1:" + relay.port() + "/ws/" + id + query);
    }

    private static String publish(Api api, String message) {
        return api.post("/publish/cats", message).json().path("id").asText();
    }

    private static JsonNode gap(TestSocket socket) {
        return TestJson.parse(socket.receive()).path("gap");
    }

    private static String message(TestSocket socket) {
        return TestJson.parse(socket.receive()).path("message").asText();
    }

    private static String epoch(String id) {
        return id.substring(0, id.indexOf('-'));
    }

    private static long sequence(String id) {
        return Long.parseLong(id.substring(id.indexOf('-') + 1));
    }
}
