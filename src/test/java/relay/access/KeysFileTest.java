package relay.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import relay.TestRelay;
import relay.message.InvalidInputException;
import relay.testing.HangingFile;
import relay.testing.RecordedLog;

/** API keys in a file. */
class KeysFileTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    @Test
    void aChangedFileIsReadAgain() throws IOException {
        Path file = write("# the first\nold\n\nother:publish\n");
        try (TestRelay relay = start(Map.of(), file)) {
            assertThat(publishes(relay, "old")).isEqualTo(200);
            assertThat(publishes(relay, "other")).isEqualTo(200);
            assertThat(publishes(relay, "#")).isEqualTo(401);
            write("new, other:publish");
            becomes(200, relay, "new");
            assertThat(publishes(relay, "old")).isEqualTo(401);
        }
    }

    @Test
    void aFileThatTakesAnothersPlaceIsReadAgain() throws IOException {
        Path file = write("before");
        try (TestRelay relay = start(Map.of(), file)) {
            assertThat(publishes(relay, "before")).isEqualTo(200);
            Path other = Files.writeString(folder.resolve("other"), "after1");
            Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
            Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
            becomes(200, relay, "after1");
            assertThat(publishes(relay, "before")).isEqualTo(401);
        }
    }

    @Test
    void aFileThatBecameWrongOrWentAwayChangesNothing() throws IOException {
        Path file = write("good");
        try (TestRelay relay = start(Map.of(), file);
                RecordedLog log = RecordedLog.start()) {
            write("good:fly, bad");
            await().atMost(LONG).until(() -> said(log, "is wrong"));
            assertThat(publishes(relay, "good")).isEqualTo(200);
            assertThat(publishes(relay, "bad")).isEqualTo(401);
            Files.delete(file);
            await().atMost(LONG).until(() -> said(log, "cannot be read"));
            assertThat(publishes(relay, "good")).isEqualTo(200);
            write("back");
            becomes(200, relay, "back");
        }
    }

    @Test
    void aFileThatIsEmptiedLocksNobodyOutAndIsSaidOnceButACommentDoes() throws IOException {
        Path file = write("good");
        try (TestRelay relay = start(Map.of(), file);
                RecordedLog log = RecordedLog.start()) {
            write("");
            await().atMost(LONG).until(() -> said(log, "is empty: the keys that it had stay in force"));
            assertThat(publishes(relay, "good")).isEqualTo(200);
            write("# nobody\n");
            becomes(401, relay, "good");
            assertThat(log.warnings()).hasSize(2).element(1, STRING).contains("has no key: it lets nobody in");
        }
    }

    @Test
    void aByteOrderMarkAndEndsOfLinesOfAnotherSystemAreNoPartOfAKey() throws IOException {
        Path file = write("\uFEFFfirst\r\nsecond\r\n");
        try (TestRelay relay = start(Map.of(), file)) {
            assertThat(publishes(relay, "first")).isEqualTo(200);
            assertThat(publishes(relay, "second")).isEqualTo(200);
            write("\uFEFFthird");
            becomes(200, relay, "third");
        }
    }

    @Test
    void aSecretThatIsMountedIsReadAgainWhenItsLinkIsMoved() throws IOException {
        Path mount = Files.createDirectory(folder.resolve("mount"));
        Files.writeString(Files.createDirectory(mount.resolve("..one")).resolve("keys"), "before");
        Files.writeString(Files.createDirectory(mount.resolve("..two")).resolve("keys"), "after1");
        Path data = Files.createSymbolicLink(mount.resolve("..data"), Path.of("..one"));
        Path keys = Files.createSymbolicLink(mount.resolve("keys"), Path.of("..data", "keys"));
        try (TestRelay relay = start(Map.of(), keys)) {
            assertThat(publishes(relay, "before")).isEqualTo(200);
            Files.createSymbolicLink(mount.resolve("..data_tmp"), Path.of("..two"));
            Files.move(mount.resolve("..data_tmp"), data, StandardCopyOption.ATOMIC_MOVE);
            becomes(200, relay, "after1");
            assertThat(publishes(relay, "before")).isEqualTo(401);
        }
    }

    @Test
    void aFileThatCannotBeReadToItsEndIsNobodysTrouble() throws Exception {
        Path file = write("good");
        try (TestRelay relay = start(Map.of(), file);
                HangingFile hanging = HangingFile.inPlaceOf(file)) {
            hanging.awaitReader();
            for (int i = 0; i < 3; i++) {
                assertThat(publishes(relay, "good")).isEqualTo(200);
                assertThat(publishes(relay, "bad")).isEqualTo(401);
            }
            assertThat(hanging.hasReader()).isTrue();
        }
    }

    @Test
    void theKeysOfTheEnvironmentCountBesideThoseOfTheFile() throws IOException {
        try (TestRelay relay = start(Map.of("RELAY_API_KEYS", "env"), write("file"))) {
            assertThat(publishes(relay, "env")).isEqualTo(200);
            assertThat(publishes(relay, "file")).isEqualTo(200);
            assertThat(publishes(relay, "neither")).isEqualTo(401);
        }
    }

    @Test
    void aFileWithoutKeysLetsNobodyIn() throws IOException {
        try (TestRelay relay = start(Map.of(), write("# none yet\n"))) {
            assertThat(publishes(relay, "")).isEqualTo(401);
            assertThat(relay.api().post("/publish", "{}").status()).isEqualTo(401);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "good, k3y:fly            | key 2 has a right that is none",
                "good, k3y:               | key 2 has a right that is none",
                "k3y:publish:             | key 1 has topics that are wrong",
                "k3y:publish:a*           | key 1 has topics that are wrong",
                "k3y:publish:a:b          | key 1 is wrong",
                "k3 y                     | key 1 is wrong",
                ":publish                 | key 1 is wrong",
                "kéy                      | key 1 is wrong",
            })
    void aWrongKeyIsNamedByItsPlaceAndNeverShown(String keys, String detail) {
        assertThatThrownBy(() -> start(Map.of(), write(keys)))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.detail()).contains(detail, "keys.txt").doesNotContain("k3", "kéy"));
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> start(Map.of(), folder.resolve("keys.txt")))
                .isInstanceOfSatisfying(
                        InvalidInputException.class,
                        e -> assertThat(e.detail()).contains("--api-keys-file", "keys.txt"));
    }

    @Test
    void aVariableThatNamesNoKeyIsAMistake() {
        assertThatThrownBy(() -> TestRelay.start(Map.of("RELAY_API_KEYS", ",")))
                .isInstanceOfSatisfying(
                        InvalidInputException.class, e -> assertThat(e.detail()).contains("RELAY_API_KEYS", "no key"));
    }

    private TestRelay start(Map<String, String> environment, Path file) {
        return TestRelay.start(environment, "--api-keys-file", file.toString());
    }

    private static boolean said(RecordedLog log, String what) {
        return log.warnings().stream().anyMatch(line -> line.contains(what));
    }

    private static void becomes(int status, TestRelay relay, String key) {
        await().atMost(LONG).until(() -> publishes(relay, key) == status);
    }

    private Path write(String keys) throws IOException {
        return Files.writeString(folder.resolve("keys.txt"), keys);
    }

    private static int publishes(TestRelay relay, String key) {
        return relay.api()
                .send("POST", "/publish/cats", "are awesome", "Authorization", "Bearer " + key)
                .status();
    }
}
