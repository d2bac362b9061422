package relay.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that others write. */
class SettledFileTest {
    private static final Duration REGULARLY = Duration.ofSeconds(1);

    @TempDir
    private Path folder;

    private Path path;
    private SettledFile file;

    @BeforeEach
    void write() throws IOException {
        path = Files.writeString(folder.resolve("file"), "first");
        file = SettledFile.ofText(path, 10);
    }

    @Test
    void whatAnEditorLeavesForAMomentIsNotTaken() throws IOException {
        assertThat(file.text()).isEqualTo("first");
        for (String half : new String[] {"", "sec", "second"}) {
            Files.writeString(path, half);
            file.look();
            assertThat(file.text()).isEqualTo("first");
            assertThat(file.pause(REGULARLY)).isLessThan(REGULARLY);
        }
        file.look();
        assertThat(file.text()).isEqualTo("second");
        assertThat(file.pause(REGULARLY)).isEqualTo(REGULARLY);
    }

    @Test
    void aFileThatIsGoneForAMomentIsStillThere() throws IOException {
        Files.delete(path);
        file.look();
        assertThat(file.text()).isEqualTo("first");
        Files.writeString(path, "first");
        file.look();
        file.look();
        assertThat(file.text()).isEqualTo("first");
    }

    @Test
    void aFileThatStaysGoneOrIsNoTextSaysSo() throws IOException {
        Files.delete(path);
        settle();
        assertThatThrownBy(file::text).isInstanceOf(IOException.class).hasMessage("there is no such file");
        Files.write(path, new byte[] {(byte) 0xFF, (byte) 0xFE, 'k', 0});
        settle();
        assertThatThrownBy(file::text).isInstanceOf(IOException.class).hasMessageContaining("UTF-8");
        Files.writeString(path, "12345678901");
        settle();
        assertThatThrownBy(file::text).isInstanceOf(IOException.class).hasMessageContaining("at most 10 bytes");
        Files.writeString(path, "again");
        settle();
        assertThat(file.text()).isEqualTo("again");
    }

    @Test
    void aByteOrderMarkIsNoPartOfIt() throws IOException {
        Files.writeString(path, "\uFEFFkey");
        settle();
        assertThat(file.text()).isEqualTo("key");
    }

    private void settle() {
        file.look();
        file.look();
    }
}
