package relay.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpStatus;
import relay.testing.Api.Answer;

/** What every error answer has in common. */
public final class Problems {
    /** Signs of a framework page, a stack trace, or the inside of a library. */
    private static final Pattern INSIDES =
            Pattern.compile("(?i)jetty|servlet|jackson|exception|\\bat (org|com|java|relay)\\.|Source:|Feature|<html");

    private Problems() {}

    /** Checks that an answer is a problem (RFC 9457) as the contract has it, and returns its detail. */
    public static String assertProblem(Answer answer, int status) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(answer.headers().values())
                .noneMatch(value -> INSIDES.matcher(value).find());
        assertThat(answer.json().fieldNames()).toIterable().containsExactly("type", "title", "status", "detail");
        assertThat(answer.json().get("type").asText()).isEqualTo("about:blank");
        assertThat(answer.json().get("title").asText()).isEqualTo(HttpStatus.getMessage(status));
        assertThat(answer.json().get("status").asInt()).isEqualTo(status);
        assertThat(answer.detail())
                .isNotBlank()
                .isNotEqualTo(HttpStatus.getMessage(status))
                .doesNotContainPattern(INSIDES);
        return answer.detail();
    }
}
