package relay.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {
    @ParameterizedTest
    @CsvSource({
        "http://localhost:8000,        http://localhost:8000",
        "HTTP://localhost:8000/,       http://localhost:8000",
        "http://localhost,             http://localhost:80",
        "https://localhost,            https://localhost:443",
        "HTTPS://localhost:8443/relay, https://localhost:8443/relay",
        "http://127.0.0.1:8000/relay/, http://127.0.0.1:8000/relay",
        "http://[::1]:8000,            http://[::1]:8000",
    })
    void aUrlNamesARelay(String url, String target) throws IOException {
        assertThat(open(url)).hasToString(target);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ftp://localhost", "localhost:8000", "/register", "http://localhost?a", "http://localhost#a"})
    void anyOtherDoesNot(URI url) throws IOException {
        assertThat(Target.at(url, Optional.empty(), Optional.empty(), Optional.empty()))
                .isEmpty();
    }

    @Test
    void aFileWithoutCertificatesIsSaidToHaveNone(@TempDir Path folder) throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.pem"), "");

        assertThatThrownBy(() -> Target.at(
                        URI.create("https://localhost"), Optional.empty(), Optional.empty(), Optional.of(empty)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("empty.pem has no certificate in PEM");
    }

    /** A relay that takes no credentials. */
    static Target open(String url) throws IOException {
        return Target.at(URI.create(url), Optional.empty(), Optional.empty(), Optional.empty())
                .orElseThrow();
    }
}
