package relay.hook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.access.SecretFile;
import relay.message.InvalidInputException;
import relay.testing.HookFlags;

class HookSecretFileTest {
    private static final String OTHER = "whsec_" + Base64.getEncoder().encodeToString(new byte[32]);
    private static final byte[] BODY = "{}".getBytes(UTF_8);

    @TempDir
    private Path folder;

    @Test
    void aChangedFileIsReadAgainAndOneThatIsWrongChangesNothing() throws Exception {
        Path path = Files.writeString(folder.resolve("secret"), HookFlags.SECRET + "\n");
        SecretFile<HookSecret> file = HookSecret.in("--hook-secret-file", path);
        file.background().start();
        try {
            assertThat(signsLike(file, HookFlags.SECRET)).isTrue();
            Files.writeString(path, OTHER);
            await().until(() -> signsLike(file, OTHER));
            Files.writeString(path, "whsec_");
            file.background().hurry();
            Files.delete(path);
            file.background().hurry();
            Files.writeString(path, HookFlags.SECRET);
            await().until(() -> signsLike(file, HookFlags.SECRET));
        } finally {
            file.background().stop();
        }
    }

    @Test
    void aFileThatIsNoSecretIsRefusedAtTheStart() throws IOException {
        Path path = Files.writeString(folder.resolve("secret"), "s3cr3t");
        assertThatThrownBy(() -> HookSecret.in("--hook-secret-file", path))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("--hook-secret-file: " + path)
                .hasMessageNotContaining("s3cr3t");
        assertThatThrownBy(() -> HookSecret.in("--secret-file", folder.resolve("none")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("--secret-file: ")
                .hasMessageContaining("no such file");
    }

    private static boolean signsLike(SecretFile<HookSecret> file, String secret) {
        return file.current().sign("id", "1", BODY).equals(HookSecret.of(secret).sign("id", "1", BODY));
    }
}
