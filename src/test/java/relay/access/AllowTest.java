package relay.access;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.TestSocket;

/** What a registration lets its client ask for. */
class AllowTest {

    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    @ParameterizedTest
    @CsvSource({
        "news.*,news.sports,true",
        "news.*,news,false",
        "news.*,news.,false",
        "news.*,news.sports.tennis,false",
        "news.*,newsx.sports,false",
        "*.sports,news.sports,true",
        "*.sports,.sports,false",
        "news.*.live,news.sports.live,true",
        "news.*.live,news.sports.dead,false",
        "*,news,true",
        "*,news.sports,false",
        "*.*,news.sports,true",
        "**,news,true",
        "**,news.sports.tennis,true",
        "**,news..tennis,false",
        "news.**,news,false",
        "news.**,news.,false",
        "news.**,news.sports,true",
        "news.**,news.sports.tennis.live,true",
        "news.**,newsx.sports,false",
        "*.b.**,a.b.c.d,true",
        "*.b.**,a.c.c.d,false",
        "news,news,true",
        "news,News,false",
        "news,new,false",
        "a.b,a.b.c,false",
        "a.b.c,a.b,false",
        "a..b,a..b,true",
        "a.*.b,a..b,false",
    })
    void aStarStandsForOneWholeSegmentAndTwoForOneOrMore(String pattern, String topic, boolean allowed) {
        Answer answer = register("{\"user_id\":1,\"topics\":[\"" + topic + "\"],\"allow\":[\"" + pattern + "\"]}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(allowed ? 200 : 400);
    }

    @Test
    void topicsThatAreNotAllowedAreRefusedAtOnce() {
        String detail = assertProblem(
                register("{\"user_id\":1,\"allow\":[\"dogs\",\"news.*\"],\"topics\":[\"dogs\",\"cats\"]}"), 400);
        assertThat(detail).contains("\"cats\"", "dogs, news.*");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"cats\"    | not an array",
                "[1]         | not a string",
                "[\"\"]      | empty",
                "[\"a*\"]    | part of a segment",
                "[\"a.*b\"]  | part of a segment",
                "[\"***\"]   | part of a segment",
                "[\"**.a\"]  | ** before its end",
                "[\"a..*\"]  | empty segment",
                "null        | not an array",
            })
    void anAllowThatIsNoListOfPatternsIsRefused(String allow, String detail) {
        assertThat(assertProblem(register("{\"user_id\":1,\"allow\":" + allow + "}"), 400))
                .contains(detail);
    }

    @Test
    void catsIsTheDefaultOnlyIfItFits() {
        try (TestSocket without = open("{\"user_id\":21,\"allow\":[\"dogs\"]}");
                TestSocket with = open("{\"user_id\":21,\"allow\":[\"dogs\",\"cats\"]}")) {
            assertThat(relay.api().publish(21, "cats", "hello")).isEqualTo(1);
            assertThat(with.receive()).isEqualTo("hello");
            without.barrier();
            assertThat(without.received()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",\"last\":5", ",\"after\":\"0123456789abcdef-0\""})
    void anErrorAnswersWhatIsNotAllowedAndChangesNothing(String extra) {
        try (TestSocket socket = open("{\"user_id\":22,\"topics\":[\"dogs\"],\"allow\":[\"dogs\",\"owls\"]}")) {
            relay.api().publish(22, "cats", "not yours");
            socket.send("{\"topics\":[\"owls\",\"cats\"]" + extra + "}");
            assertThat(socket.receive()).contains("\"not_allowed\"", "\\\"cats\\\"", "dogs, owls");
            assertThat(relay.api().publish(22, "cats", "no")).isZero();
            assertThat(relay.api().publish(22, "owls", "no")).isZero();
            assertThat(relay.api().publish(22, "dogs", "yes")).isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("yes");
            socket.subscribe("owls");
            assertThat(relay.api().publish(22, "owls", "now")).isEqualTo(1);
            assertThat(socket.receive()).isEqualTo("now");
        }
    }

    @Test
    void anEmptyAllowLetsTheClientAskForNothing() {
        try (TestSocket socket = open("{\"user_id\":23,\"allow\":[]}")) {
            socket.send("{\"topics\":[\"cats\"]}");
            assertThat(socket.receive()).contains("not_allowed", "no topic");
            socket.send("{\"topics\":[]}");
            socket.barrier();
            assertThat(socket.received()).isEmpty();
        }
    }

    private static Answer register(String body) {
        return relay.api().post("/register", body);
    }

    private static TestSocket open(String registration) {
        return TestSocket.open(register(registration).json().get("url").asText());
    }
}
