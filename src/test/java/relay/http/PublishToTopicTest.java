package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.TestSocket;

/** {@code POST /publish/{topic}}, where the body is the message. */
class PublishToTopicTest {
    private static final String FORM = "application/x-www-form-urlencoded";

    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    private TestSocket socket;

    @BeforeEach
    void connect() {
        socket = TestSocket.open(relay.api().register(1).url());
    }

    @AfterEach
    void disconnect() {
        socket.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "are awesome",
                "a=1&b=%20c+d&user_id=2",
                "%zz",
                " {\"topic\": \"dogs\"} \n",
                "line\r\nline\n",
                "ünï 😀",
                "\0",
                "",
                "\uFEFFwith a mark"
            })
    void theBodyIsTheMessageToTheLetter(String body) {
        for (String contentType : new String[] {
            FORM, "text/plain", "application/json", "application/octet-stream", "application/x-ndjson", ""
        }) {
            assertThat(queued(Raw.post(relay.port(), "/publish/cats", contentType, body)))
                    .isEqualTo(1);
            assertThat(socket.receive()).isEqualTo(body);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/publish/k%C3%A4tzchen, kätzchen",
        "/publish/%F0%9F%98%80, 😀",
        "/publish/a+b, a+b",
        "/publish/a%2Bb, a+b",
        "/publish/a%20b, a b",
        "/publish/a;b, a;b",
        "/publish/a;b=c, a;b=c",
        "/publish/a%3Bb, a;b",
        "/publish/a/b, a/b",
        "/publish/a/b/, a/b/",
        "/publish/a%2Fb, a/b",
        "/publish/a%2fb, a/b",
        "/publish/100%25, 100%",
        "/publish/a%2520b, a%20b",
        "/publish/a%5Cb, a\\b",
        "/publish/a%3Fb, a?b",
        "/publish/a%23b, a#b",
        "/publish/a%22b, a\"b",
        "/publish/a.b:c@d$e!f*g'(h)~i_j, a.b:c@d$e!f*g'(h)~i_j",
        "/publish/%63ats, cats",
        "/publish/publish, publish",
        "http://localhost/publish/absolute, absolute",
    })
    void thePathNamesTheTopicPercentEncodedAsUtf8(String path, String topic) {
        subscribe(topic);
        assertThat(queued(Raw.post(relay.port(), path, FORM, "x"))).isEqualTo(1);
        assertThat(socket.receive()).isEqualTo("x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/x/../publish/cats",
                "/./publish/cats",
                "/%70ublish/cats",
                "/publish;x=1",
                "/publish;x=1/cats",
                "/publish;/cats",
                "/publish/.",
                "/publish/./cats",
                "/publish/x/../cats",
                "/publish/x/../../publish/cats"
            })
    void aPathThatOnlyAmountsToPublishIsNotTakenForAnotherTopic(String path) {
        socket.subscribe(
                "cats", "blish/cats", "lish/cats", "h/cats", "x=1", "x=1/cats", "/cats", ".", "./cats", "x/../cats");
        Answer answer = Raw.post(relay.port(), path, FORM, "x");
        assertThat(answer.status()).isIn(400, 404);
        assertProblem(answer, answer.status());
        socket.barrier();
        assertThat(socket.received()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/publish/%zz",
                "/publish/%",
                "/publish/a%2",
                "/publish/%u0041",
                "/publish/%ff",
                "/publish/%c0%80",
                "/publish/%ed%a0%80",
                "/publish/%00",
                "/publish/a%0Ab",
                "/publish/%7F",
                "/publish/%C2%85",
                "/publish/a\u0001b",
                "/publish/é",
                "/publish//",
            })
    void aPathThatNamesNoTopicIsRejected(String path) {
        assertProblem(Raw.post(relay.port(), path, FORM, "x"), 400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "%61", "%F0%9F%98%80"})
    void aTopicHas256CharactersAtMost(String character) {
        assertThat(queued(Raw.post(relay.port(), "/publish/" + character.repeat(256), FORM, "x")))
                .isZero();
        assertThat(assertProblem(Raw.post(relay.port(), "/publish/" + character.repeat(257), FORM, "x"), 400))
                .contains("topic is too long");
    }

    @Test
    void userIdInTheQueryNarrowsItToThatUser() {
        try (TestSocket other = TestSocket.open(relay.api()
                .post("/register", "{\"user_id\":\"a b&ü\"}")
                .json()
                .get("url")
                .asText())) {
            assertThat(queued(Raw.post(relay.port(), "/publish/cats?user_id=1", FORM, "to 1")))
                    .isEqualTo(1);
            assertThat(queued(Raw.post(relay.port(), "/publish/cats?user_id=a%20b%26%C3%BC", FORM, "to other")))
                    .isEqualTo(1);
            assertThat(queued(Raw.post(relay.port(), "/publish/cats?user_id=a+b%26%C3%BC", FORM, "again")))
                    .isEqualTo(1);
            assertThat(queued(Raw.post(relay.port(), "/publish/cats?user_id=01", FORM, "to nobody")))
                    .isZero();
            assertThat(socket.receive()).isEqualTo("to 1");
            assertThat(other.receive(2)).containsExactly("to other", "again");
        }
    }

    @Test
    void optionsInTheQueryChangeNothingForThoseWhoAreThere() {
        String options = "?ttl=31536000&exclude=0123456789abcdef0123456789abcdef&retain=true&user_id=1";
        for (String body : new String[] {"x", "", "null"}) {
            assertThat(queued(Raw.post(relay.port(), "/publish/cats" + options, "text/plain", body)))
                    .isEqualTo(1);
            assertThat(socket.receive()).isEqualTo(body);
        }
        assertThat(queued(Raw.post(relay.port(), "/publish/cats?retain=false", "text/plain", "y")))
                .isEqualTo(1);
        assertThat(socket.receive()).isEqualTo("y");
    }

    @ParameterizedTest
    @CsvSource({
        "/publish/cats?x=1, unknown query parameter",
        "/publish/cats?user_id=1&x, unknown query parameter",
        "/publish/cats?User_id=1, unknown query parameter",
        "/publish/cats?topic=dogs, unknown query parameter",
        "/publish/cats?=1, unknown query parameter",
        "/publish/cats?user_id=1&user_id=1, more than once",
        "/publish/cats?ttl=0, ttl takes a whole number from 1 to 31536000",
        "/publish/cats?ttl=-1, ttl takes",
        "/publish/cats?ttl=1.5, ttl takes",
        "/publish/cats?ttl=1e18, ttl takes",
        "/publish/cats?ttl=31536001, ttl takes",
        "/publish/cats?ttl=99999999999999999999, ttl takes",
        "/publish/cats?ttl=60s, ttl takes",
        "/publish/cats?ttl=, ttl takes",
        "/publish/cats?ttl=1&ttl=1, more than once",
        "/publish/cats?exclude=0123456789abcdef0123456789abcde, exclude takes the id of a registration",
        "/publish/cats?exclude=, exclude takes",
        "/publish/cats?retain, retain takes true or false",
        "/publish/cats?retain=1, retain takes true or false",
        "/publish/cats?retain=TRUE, retain takes true or false",
        "/publish?ttl=1, unknown query parameter",
        "/publish?retain=true, unknown query parameter",
        "/publish/cats?user_id=1&user%5Fid=2, more than once",
        "/publish/cats?user_id=, user_id is empty",
        "/publish/cats?user_id, user_id is empty",
        "/publish/cats?user_id=%zz, percent-encoded",
        "/publish/cats?user_id=1&%C3, percent-encoded",
        "/publish/cats?user_id=%ff, percent-encoded",
        "/publish/cats?user_id=%, percent-encoded",
        "/publish?user_id=1, unknown query parameter",
    })
    void aQueryThatMeansNothingIsRejected(String path, String detail) {
        assertThat(assertProblem(Raw.post(relay.port(), path, "text/plain", "x"), 400))
                .contains(detail);
        socket.barrier();
        assertThat(socket.received()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"FF", "61FE", "C0AF", "EDA080", "F4908080", "C3", "6180"})
    void aBodyThatIsNotUtf8IsRejected(String hex) {
        byte[] body = HexFormat.of().parseHex(hex);
        assertThat(assertProblem(Raw.post(relay.port(), "/publish/cats", FORM, body), 400))
                .contains("UTF-8");
        socket.barrier();
        assertThat(socket.received()).isEmpty();
    }

    @Test
    void aBodyInAnotherCharsetIsRejected() {
        byte[] latin1 = "ä".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(assertProblem(
                        Raw.post(relay.port(), "/publish/cats", "text/plain; charset=iso-8859-1", latin1), 415))
                .contains("iso-8859-1", "UTF-8");
        assertThat(queued(Raw.post(relay.port(), "/publish/cats", "text/plain; charset=UTF-8", "ä")))
                .isEqualTo(1);
        assertThat(socket.receive()).isEqualTo("ä");
    }

    private void subscribe(String topic) {
        socket.subscribe(topic.replace("\\", "\\\\").replace("\"", "\\\""));
    }

    private static int queued(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.json().get("queued").asInt();
    }
}
