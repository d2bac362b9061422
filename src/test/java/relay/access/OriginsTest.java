package relay.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.message.InvalidInputException;

class OriginsTest {
    @ParameterizedTest
    @CsvSource({
        "https://example.com, https://example.com",
        "https://example.com/, https://example.com",
        "https://example.com:443, https://example.com",
        "https://example.com:443/, https://example.com",
        "http://example.com:80, http://example.com",
        "HTTPS://Example.COM, https://example.com",
        "https://example.com:08443, https://example.com:8443",
        "http://example.com:443, http://example.com:443",
        "https://example.com., https://example.com.",
        "http://localhost:3000, http://localhost:3000",
        "http://127.0.0.1:3000, http://127.0.0.1:3000",
        "http://[::1]:3000, http://[::1]:3000",
        "'http://[0:0:0:0:0:0:0:1]:3000', 'http://[::1]:3000'",
        "'https://[2001:DB8:0:0:1:0:0:1]', 'https://[2001:db8::1:0:0:1]'",
        "'https://[2001:0db8::]', 'https://[2001:db8::]'",
        "https://xn--bcher-kva.example, https://xn--bcher-kva.example",
        "https://a_b.example, https://a_b.example",
        "chrome-extension://abcdefghijklmnop, chrome-extension://abcdefghijklmnop",
        "capacitor://localhost, capacitor://localhost",
        "file://, file://",
        "null, null",
    })
    void anOriginIsWhatBrowsersSendForWhatIsWritten(String written, String sent) {
        Origins origins = new Origins(List.of(written));
        assertThat(origins.allows(sent)).isTrue();
        assertThat(origins.allows(sent + "0")).isFalse();
        assertThat(origins.allows("https://other.example")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "example.com, https://example.com",
        "//example.com, https://example.com",
        "example.com/app, https://example.com",
        "localhost:3000, http://localhost:3000",
        "127.0.0.1:3000, http://127.0.0.1:3000",
        "*.example.com, https://*.example.com",
        "*://example.com, https://example.com",
        "https://example.com/app, https://example.com",
        "https://example.com//, https://example.com",
        "https://example.com?a, https://example.com",
        "https://example.com/#a, https://example.com",
        "wss://example.com, https://example.com",
        "ws://localhost:3000, http://localhost:3000",
        "https://user:secret@example.com, https://example.com",
    })
    void whatNoBrowserSendsIsRefusedWithWhatMayBeMeant(String written, String meant) {
        assertThatThrownBy(() -> new Origins(List.of(written)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageEndingWith("did you mean " + meant + "?")
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://",
                "https://example.com:0",
                "https://example.com:65536",
                "https://example.com:*",
                "https://example.com https://example.org",
                "https://example.com\nhttps://example.org",
                "https://*",
                "https://*.",
                "https://*example.com",
                "https://app-*.example.com",
                "https://a.*.example.com",
                "https://*.*.example.com",
                "https://*.127.0.0.1",
                "https://*.[::1]",
                "https://.example.com",
                "https://a..example.com",
                "https://bücher.example",
                "http://127.1",
                "http://0x7f.1",
                "http://2130706433",
                "http://127.0.0.01",
                "http://[::1",
                "http://[1:2]",
                "http://[::ffff:1.2.3.4]",
                "https:example.com",
                "javascript:alert(1)",
            })
    void whatCouldNeverMatchIsRefused(String written) {
        assertThatThrownBy(() -> new Origins(List.of("https://good.example", written)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is never the Origin of a page");
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://*.example.com", "HTTPS://*.Example.com:443/", " https://*.example.com "})
    void anAsteriskStandsForAllNamesBelowButNotForTheOneAbove(String written) {
        Origins origins = new Origins(List.of(written));
        assertThat(List.of("https://a.example.com", "https://a.b-c.d_e.example.com", "https://A.EXAMPLE.com"))
                .allMatch(origins::allows)
                .allMatch(origins::names);
        assertThat(List.of(
                        "https://example.com",
                        "https://.example.com",
                        "https://evilexample.com",
                        "https://example.com.evil.org",
                        "https://a.example.com.evil.org",
                        "https://evil.org/.example.com",
                        "https://evil.org?.example.com",
                        "https://evil.org#.example.com",
                        "https://evil.org\\.example.com",
                        "https://evil.org:1.example.com",
                        "https://evil.org@a.example.com",
                        "https://evil.org\n.example.com",
                        "https://evil.org https://a.example.com",
                        "https://a.exampleXcom",
                        "http://a.example.com",
                        "https://a.example.com:8443",
                        "https://a.example.com.",
                        "https://*.example.com/",
                        "null"))
                .noneMatch(origins::allows);
    }

    @Test
    void anAsteriskGoesWithAPort() {
        Origins origins = new Origins(List.of("http://*.localhost:3000"));
        assertThat(origins.allows("http://app.localhost:3000")).isTrue();
        assertThat(origins.allows("http://app.localhost:3001")).isFalse();
        assertThat(origins.allows("http://app.localhost")).isFalse();
    }

    @Test
    void aLongOriginIsReadAsQuicklyAsAShortOne() {
        Origins origins = new Origins(List.of("https://*.example.com"));
        assertThat(origins.allows("https://" + "a.example.com.".repeat(100_000)))
                .isFalse();
        assertThat(origins.allows("https://" + "a.".repeat(100_000) + "example.com"))
                .isTrue();
    }

    @Test
    void anyIsNoName() {
        Origins origins = new Origins(List.of("*", "https://example.com"));
        assertThat(origins.allows("https://any.example")).isTrue();
        assertThat(origins.names("https://any.example")).isFalse();
        assertThat(origins.names("https://example.com")).isTrue();
        assertThat(origins.patterns()).containsExactly("*");
    }

    @Test
    void anOriginThatAnyPageCanHaveIsNoName() {
        Origins origins = new Origins(List.of("null"));
        assertThat(origins.allows("null")).isTrue();
        assertThat(origins.names("null")).isFalse();
    }

    @Test
    void emptyOnesArePassedOver() {
        Origins origins = new Origins(List.of("", "https://example.com", " "));
        assertThat(origins.allows("https://example.com")).isTrue();
        assertThat(origins.allows("")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " "})
    void aListOfNoneIsRefused(String empty) {
        assertThatThrownBy(() -> new Origins(List.of(empty)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("names no origin");
        assertThatThrownBy(() -> new Origins(List.of())).isInstanceOf(InvalidInputException.class);
    }
}
