package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;

/** Which {@code Content-Type} the paths that take JSON take. */
class MediaTypeTest {
    private static final String MESSAGE = "{\"topic\":\"cats\",\"message\":\"x\"}";
    private static final String REGISTRATION = "{\"user_id\":1}";

    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "application/json",
                "APPLICATION/JSON",
                "application/json;",
                "application/json; charset=utf-8",
                "application/json;charset=UTF-8",
                "application/json; charset=\"utf-8\"",
                "application/json; charset=us-ascii",
                "application/json; profile=x",
                "application/vnd.x+json",
                "text/json",
                "Text/JSON;Charset=\"UTF8\"",
            })
    void jsonInUtf8AndNothingSaidAreTaken(String contentType) {
        assertThat(post("/publish", contentType, MESSAGE).status()).isEqualTo(200);
        assertThat(post("/register", contentType, REGISTRATION).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/jsonx",
                "application/xml",
                "json",
                "application/json, text/plain",
            })
    void otherTypesAreRejected(String contentType) {
        assertThat(assertProblem(post("/publish", contentType, MESSAGE), 415)).contains("application/json");
        assertThat(assertProblem(post("/register", contentType, REGISTRATION), 415))
                .contains("application/json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"iso-8859-1", "ISO-8859-1", "\"latin1\"", "utf-16", "nonsense"})
    void otherCharsetsAreRejected(String charset) {
        String contentType = "application/json; charset=" + charset;
        assertThat(assertProblem(post("/publish", contentType, MESSAGE), 415)).contains("UTF-8");
        assertThat(assertProblem(post("/register", contentType, REGISTRATION), 415))
                .contains("UTF-8");
        assertThat(assertProblem(post("/publish", "application/x-ndjson; charset=" + charset, MESSAGE), 415))
                .contains("UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json;\tcharset=latin1", "application/json\t; \tcharset=\"latin1\""})
    void aTabBeforeTheCharsetIsASpace(String contentType) {
        assertThat(assertProblem(post("/publish", contentType, MESSAGE), 415)).contains("latin1", "UTF-8");
    }

    @Test
    void aRefusalShowsWhatCannotBePrintedAsItsEscape() {
        assertThat(assertProblem(post("/publish", "te\u0085xt", MESSAGE), 415)).contains("\\u0085xt\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/x-ndjson",
                "application/ndjson",
                "Application/X-NDJSON; charset=utf-8",
                "application/jsonl",
                "application/x-jsonl",
                "application/jsonlines",
                "application/x-jsonlines",
                "application/JSONL; charset=\"UTF-8\"",
            })
    void ndjsonIsForPublishingOnly(String contentType) {
        assertThat(post("/publish", contentType, MESSAGE).body()).startsWith("{\"accepted\":1,");
        assertProblem(post("/register", contentType, REGISTRATION), 415);
    }

    private static Answer post(String path, String contentType, String body) {
        return Raw.post(relay.port(), path, contentType, body);
    }
}
