package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.testing.RelayProcess;

/** Which directories the jar takes for {@code --data}, and what it says to the others. */
class DataDirectoryIT {
    private static final int WRONG = 2;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"file", "file/below", "dangling", "/proc/here", "/dev/null"})
    void oneThatCannotBeUsedEndsTheStartWith2AndOneLine(String name) throws IOException {
        Files.writeString(folder.resolve("file"), "are awesome");
        Files.createSymbolicLink(folder.resolve("dangling"), Path.of("/proc/nowhere/at/all"));
        Path directory = folder.resolve(name);
        try (RelayProcess relay = RelayProcess.start("--port", "0", "--data", directory.toString())) {
            assertRefused(relay, "--data " + directory + ": ");
        }
        assertThat(folder.resolve("file")).hasContent("are awesome");
    }

    @Test
    void oneThatAnotherRelayUsesEndsTheStartToo() {
        try (RelayProcess first = start(folder)) {
            assertThat(first.api().publish("cats", "are awesome")).isZero();
            try (RelayProcess second = start(folder)) {
                assertRefused(second, "another relay uses it");
            }
            assertThat(first.api().publish("cats", "are awesome")).isZero();
            first.terminate();
            assertThat(first.exitStatus()).isZero();
        }
        try (RelayProcess third = start(folder)) {
            assertThat(third.api().get("/ready").status()).isEqualTo(200);
        }
    }

    /** The relay knows what a killed one has left, and needs nobody to clean up. */
    @Test
    void theLockOfAKilledRelayIsGone() {
        String id;
        try (RelayProcess relay = start(folder)) {
            id = relay.api()
                    .post("/publish/cats", "are awesome")
                    .json()
                    .path("id")
                    .asText();
            relay.signal("KILL");
            assertThat(relay.exitStatus()).isNotZero();
        }
        try (RelayProcess relay = start(folder)) {
            String next = relay.api()
                    .post("/publish/cats", "still are")
                    .json()
                    .path("id")
                    .asText();
            assertThat(next).isEqualTo(id.replace("-1", "-2"));
            assertThat(relay.out()).contains("the last relay was killed");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"new", "new/below/that", "with a space", "link", "höhe"})
    void itIsMadeForItsOwnerOnly(String name) throws IOException {
        Files.createSymbolicLink(folder.resolve("link"), Files.createDirectory(folder.resolve("target")));
        Files.setPosixFilePermissions(folder.resolve("target"), PosixFilePermissions.fromString("rwx------"));
        try (RelayProcess relay = RelayProcess.startAfter(
                "umask 0 && export LC_ALL=C.UTF-8",
                "--port",
                "0",
                "--data",
                folder.resolve(name).toString())) {
            assertThat(relay.api().publish("cats", "are awesome")).isZero();
            assertThat(permissions(folder.resolve(name))).isEqualTo("rwx------");
            List<Path> files = list(folder.resolve(name));
            assertThat(files).hasSize(2).allMatch(file -> permissions(file).equals("rw-------"));
        }
    }

    /** Such as the {@code lost+found} of a volume. */
    @Test
    void whatIsNotTheRelaysStaysAsItIs() throws IOException {
        Path lost = Files.createDirectory(folder.resolve("lost+found"));
        Path notes = Files.writeString(folder.resolve("notes.log"), "are awesome");
        try (RelayProcess relay = start(folder)) {
            assertThat(relay.api().publish("cats", "are awesome")).isZero();
        }
        assertThat(lost).isEmptyDirectory();
        assertThat(notes).hasContent("are awesome");
    }

    @Test
    void aRelativePathBeginsWhereTheRelayWasStarted() {
        try (RelayProcess relay = RelayProcess.startAfter(
                "cd '" + folder + "' && mkdir -p sub && cd sub", "--port", "0", "--data", "../here")) {
            assertThat(relay.api().publish("cats", "are awesome")).isZero();
            assertThat(folder.resolve("here/lock")).exists();
        }
    }

    @Test
    void theDataCommandPrintsItBesideTheRelayAndTellsDamageByItsStatus() throws IOException {
        try (RelayProcess relay = start(folder)) {
            assertThat(relay.api().publish("cats", "one")).isZero();
            assertThat(relay.api().publish("cats", "two")).isZero();
            try (RelayProcess data = RelayProcess.start("data", folder.toString())) {
                assertThat(data.exitStatus()).isZero();
                assertThat(data.out())
                        .contains("is running, or was killed", "No damage.")
                        .doesNotContain("INFO", "ERROR");
                assertThat(data.err()).isEmpty();
            }
            // It has not taken the lock away.
            try (RelayProcess second = start(folder)) {
                assertRefused(second, "another relay uses it");
            }
        }
        Path segment = list(folder).stream()
                .filter(file -> file.toString().endsWith(".log"))
                .findFirst()
                .orElseThrow();
        byte[] bytes = Files.readAllBytes(segment);
        bytes[8192 + 30] ^= 1;
        Files.write(segment, bytes);
        try (RelayProcess data = RelayProcess.start("data", folder.toString(), "--json")) {
            assertThat(data.exitStatus()).isEqualTo(1);
            assertThat(data.out()).contains("\"damage\":[{").doesNotContain("ERROR");
            assertThat(data.err()).isEmpty();
        }
        for (String wrong : List.of("", folder + "/nowhere")) {
            try (RelayProcess data = RelayProcess.start("data", wrong)) {
                assertThat(data.exitStatus()).isEqualTo(WRONG);
                assertThat(data.err().lines()).singleElement().asString().startsWith("relay: ");
                assertThat(data.out()).isEmpty();
            }
        }
    }

    private static RelayProcess start(Path directory) {
        return RelayProcess.start("--port", "0", "--data", directory.toString());
    }

    private static void assertRefused(RelayProcess relay, String named) {
        assertThat(relay.exitStatus()).isEqualTo(WRONG);
        assertThat(relay.err().lines())
                .singleElement()
                .asString()
                .startsWith("relay: --data ")
                .contains(named);
        assertThat(relay.out()).doesNotContain("listening");
    }

    private static String permissions(Path file) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
