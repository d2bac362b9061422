package relay.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.message.InvalidInputException;

class SettingsFileTest {
    private static final List<String> KEYS =
            List.of("host", "port", "ping-interval", "jwt-issuer", "api-keys", "config");

    @TempDir
    private Path folder;

    @Test
    void itIsReadAsPropertiesAreAndKnowsTheLines() throws IOException {
        Map<String, Setting> settings = read("""
                # what follows is what the JDK's Properties make of it \\
                host=::1

                ! another comment
                  port : 8000\s\s
                ping-interval 25s
                api-keys = one,\\
                    two,\\

                jwt-issuer = \\u00e9 = \\\\é
                """);
        assertThat(settings.values())
                .containsExactlyInAnyOrder(
                        setting("host", "::1", 2),
                        setting("port", "8000", 5),
                        setting("ping-interval", "25s", 6),
                        setting("api-keys", "one,two,", 7),
                        setting("jwt-issuer", "é = \\é", 10));
    }

    @Test
    void anEmptyFileSetsNothing() throws IOException {
        assertThat(read("")).isEmpty();
        assertThat(read("\n\n# nothing\n")).isEmpty();
    }

    @Test
    void aByteOrderMarkAtTheStartIsSkipped() throws IOException {
        assertThat(read("\ufeffhost = ::1\r\nport = 1\r\n").values())
                .containsExactlyInAnyOrder(setting("host", "::1", 1), setting("port", "1", 2));
        assertThat(read("\ufeff# what others know\nport = 1\n").values()).containsExactly(setting("port", "1", 2));
        assertThat(read("\ufeff")).isEmpty();
        assertThatThrownBy(() -> read("host = ::1\n\ufeffport = 1\n")).hasMessageContaining(":2: ");
    }

    @Test
    void linesMayEndAsWindowsHasIt() throws IOException {
        assertThat(read("host = ::1\r\nport = 1\r\n").values())
                .containsExactlyInAnyOrder(setting("host", "::1", 1), setting("port", "1", 2));
    }

    @Test
    void aKeyThatComesTwiceIsAnErrorWithBothPlaces() {
        assertThatThrownBy(() -> read("port = 1\n\nport = 2\n"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(file() + ":3: port is already set by " + file() + ":1: keep one of them");
    }

    @Test
    void anUnknownKeyIsAnErrorWithTheNearest() {
        assertThatThrownBy(() -> read("host = ::1\nping-intervall = 25s\n"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(file() + ":2: there is no setting 'ping-intervall': did you mean ping-interval?");
    }

    @Test
    void anEscapeThatIsNoneIsAnErrorWithItsLine() {
        assertThatThrownBy(() -> read("host = ::1\njwt-issuer = \\u00\n"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(file() + ":2: ")
                .hasMessageContaining("\\\\");
    }

    @Test
    void itNamesNoOtherFile() {
        assertThatThrownBy(() -> read("config = other"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(":1: a file of settings names no other");
    }

    @Test
    void whatIsNoFileOfTextIsRefusedAndSaysWhoNamedIt() throws IOException {
        assertThatThrownBy(() -> SettingsFile.read("RELAY_CONFIG", folder, KEYS))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("RELAY_CONFIG: cannot read " + folder);
        Files.write(file(), "jwt-issuer = é".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> SettingsFile.read("--config", file(), KEYS))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("not UTF-8");
        Files.write(file(), new byte[(1 << 20) + 1]);
        assertThatThrownBy(() -> SettingsFile.read("--config", file(), KEYS))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("1 MiB");
        Files.delete(file());
        assertThatThrownBy(() -> SettingsFile.read("--config", file(), KEYS))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("there is no file " + file());
    }

    private Path file() {
        return folder.resolve("relay.properties");
    }

    private Map<String, Setting> read(String text) throws IOException {
        return SettingsFile.read("--config", Files.writeString(file(), text), KEYS);
    }

    private Setting setting(String key, String value, int line) {
        String place = file() + ":" + line;
        return new Setting(key, value, place, place + ": " + key);
    }
}
