package relay.http;

import static org.assertj.core.api.Assertions.assertThat;
import static relay.http.Problems.assertProblem;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api.Answer;
import relay.testing.ManualClock;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** {@code GET /topics/{topic}/messages} without waiting. */
class MessagesTest {
    private static final String CATS = "/topics/cats/messages";

    private final ManualClock clock = new ManualClock();
    private TestRelay relay;

    @BeforeEach
    void start() {
        relay = TestRelay.start(clock, "--history-messages", "50");
    }

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void aTopicThatNobodyKnowsHasNoMessagesAndSaysWhereToGoOn() {
        Answer answer = relay.api().get(CATS);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("application/json");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-cache");
        assertThat(answer.body()).matches("\\{\"messages\":\\[],\"next\":\"\\w+-0\"}");
    }

    @Test
    void messagesComeInEnvelopesAndNextIsTheLastOfThem() {
        String first = relay.api().publishForId("cats", "are \"awesome\"\n");
        relay.api().publish("dogs", "are not for cats");
        String second = relay.api().publishForId("cats", "ü");
        assertThat(TestJson.withoutTimes(relay.api().get(CATS).body()))
                .isEqualTo("{\"messages\":[{\"id\":\"" + first
                        + "\",\"time\":\"…\",\"topic\":\"cats\",\"message\":\"are \\\"awesome\\\"\\n\"},{\"id\":\""
                        + second
                        + "\",\"time\":\"…\",\"topic\":\"cats\",\"message\":\"ü\"}],\"next\":\"" + second + "\"}");
    }

    @Test
    void linesComeWhereTheyAreAskedFor() {
        relay.api().publish("cats", "a");
        String last = relay.api().publishForId("cats", "b");
        Answer answer = lines(CATS + "?after=elsewhere-7");
        assertThat(answer.header("Content-Type")).isEqualTo("application/x-ndjson");
        List<String> lines = answer.body().lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0))
                .isEqualTo("{\"gap\":{\"topic\":\"cats\",\"after\":\"elsewhere-7\",\"reason\":\"epoch\"}}");
        assertThat(TestJson.withoutTimes(lines.get(2)))
                .isEqualTo("{\"id\":\"" + last + "\",\"time\":\"…\",\"topic\":\"cats\",\"message\":\"b\"}");
        assertThat(lines.get(3)).isEqualTo("{\"next\":\"" + last + "\"}");
        assertThat(answer.body()).endsWith("}\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/x-ndjson|true",
                "application/jsonl, application/json;q=0.5|true",
                "application/x-ndjson;q=0.1, */*|false",
                "text/html, application/json, application/x-ndjson|false",
                "text/html|false",
            })
    void whatIsAcceptedMostDecides(String accept, boolean lines) {
        assertThat(relay.api().send("GET", CATS, "", "Accept", accept).header("Content-Type"))
                .isEqualTo(lines ? "application/x-ndjson" : "application/json");
    }

    @Test
    void pagesFollowOneAnotherUntilNothingIsLeft() {
        publish(25);
        List<String> read = new ArrayList<>();
        String next = read(relay.api().get(CATS + "?since=all&limit=10"), read);
        for (int page = 0; page < 3; page++) {
            next = read(relay.api().get(CATS + "?limit=10&after=" + next), read);
        }
        assertThat(read)
                .isEqualTo(IntStream.range(0, 25).mapToObj(String::valueOf).toList());
        relay.api().publish("dogs", "moves on");
        Answer empty = relay.api().get(CATS + "?after=" + next);
        assertThat(read(empty, read)).endsWith("-26");
        assertThat(read).hasSize(25);
    }

    @Test
    void lastTakesTheNewestAndWithoutWordsThePageDoes() {
        publish(25);
        assertThat(texts(relay.api().get(CATS + "?last=3"))).containsExactly("22", "23", "24");
        assertThat(texts(relay.api().get(CATS + "?last=0"))).isEmpty();
        assertThat(texts(relay.api().get(CATS + "?last=2147483647"))).hasSize(25);
        assertThat(texts(relay.api().get(CATS + "?last=20&limit=2"))).containsExactly("5", "6");
        assertThat(texts(relay.api().get(CATS + "?limit=2"))).containsExactly("23", "24");
    }

    @Test
    void sinceTakesWhatWasAcceptedWithinThatTime() {
        relay.api().publish("cats", "old");
        clock.advance(Duration.ofMinutes(3));
        relay.api().publish("cats", "new");
        clock.advance(Duration.ofMinutes(2));
        assertThat(texts(relay.api().get(CATS + "?since=4m"))).containsExactly("new");
        assertThat(texts(relay.api().get(CATS + "?since=5m"))).containsExactly("old", "new");
        assertThat(texts(relay.api().get(CATS + "?since=1s"))).isEmpty();
        assertThat(relay.api().get(CATS + "?since=1s").json().has("gap")).isFalse();
    }

    @Test
    void whatWasTrimmedIsAGapButForWhoeverWantsWhatIsHeld() {
        String before = relay.api().publishForId("cats", "first");
        publish(60);
        Answer after = relay.api().get(CATS + "?after=" + before);
        assertThat(after.json().at("/gap/reason").asText()).isEqualTo("trimmed");
        assertThat(after.json().at("/gap/after").asText()).isEqualTo(before);
        assertThat(texts(after)).hasSize(50).startsWith("10");
        assertThat(relay.api().get(CATS + "?since=10m").json().at("/gap/reason").asText())
                .isEqualTo("trimmed");
        for (String query : List.of("", "?since=all", "?last=60")) {
            Answer held = relay.api().get(CATS + query);
            assertThat(held.json().has("gap")).isFalse();
            assertThat(texts(held)).hasSize(50);
        }
    }

    @Test
    void anIdThatNoMessageHasYetIsAGapToo() {
        String last = relay.api().publishForId("cats", "x");
        Answer answer = relay.api().get(CATS + "?after=" + last + "000");
        assertThat(answer.json().at("/gap/reason").asText()).isEqualTo("future");
        assertThat(answer.json().get("next").asText()).isEqualTo(last);
    }

    @Test
    void aUsersMessagesComeOnlyWhereTheUserIsNamed() {
        relay.api().publish("cats", "all");
        relay.api().publish(1, "cats", "one");
        relay.api().publish(2, "cats", "two");
        assertThat(texts(relay.api().get(CATS))).containsExactly("all");
        assertThat(texts(relay.api().get(CATS + "?user_id=1"))).containsExactly("all", "one");
        assertThat(relay.api()
                        .get(CATS + "?user_id=1")
                        .json()
                        .at("/messages/1/user_id")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void aPageEndsAtAboutAMegabyteButALargerMessageComesAlone() {
        try (TestRelay large = TestRelay.start("--max-body-bytes", "4MiB")) {
            String text = "x".repeat(400_000);
            large.api().publish("cats", text);
            large.api().publish("cats", text);
            large.api().publish("cats", text);
            large.api().publish("cats", "y".repeat(3 << 20));
            Answer first = large.api().get(CATS);
            assertThat(first.json().get("messages")).hasSize(2);
            Answer second =
                    large.api().get(CATS + "?after=" + first.json().get("next").asText());
            assertThat(second.json().get("messages")).hasSize(1);
            Answer third =
                    large.api().get(CATS + "?after=" + second.json().get("next").asText());
            assertThat(third.json().at("/messages/0/message").asText()).hasSize(3 << 20);
        }
    }

    @Test
    void aPageWithAMessageThatExpiresIsNotKept() {
        String before = relay.api().publishForId("cats", "first");
        relay.api().post("/publish", "{\"topic\":\"cats\",\"message\":\"second\",\"ttl\":3600}");
        relay.api().publish("cats", "third");
        Answer full = relay.api().get(CATS + "?limit=2&after=" + before);
        assertThat(texts(full)).containsExactly("second", "third");
        assertThat(full.header("Cache-Control")).isEqualTo("no-cache");
    }

    @Test
    void aPageThatStaysAsItIsMayBeKeptForAsLongAsTheRelayKeepsIt() {
        String before = relay.api().publishForId("cats", "first");
        relay.api().publish("cats", "second");
        clock.advance(Duration.ofMinutes(4));
        relay.api().publish("cats", "third");
        String full = CATS + "?limit=2&after=" + before;
        assertThat(relay.api().get(full).header("Cache-Control")).isEqualTo("private, max-age=360, immutable");
        assertThat(relay.api().get(full).header("Vary")).contains("Accept");
        for (String other : List.of("?limit=3&after=" + before, "?limit=2", "?limit=2&after=elsewhere-1")) {
            assertThat(relay.api().get(CATS + other).header("Cache-Control")).isEqualTo("no-cache");
        }
        assertThat(relay.api().get(full + "&token=any").header("Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void whoeverHasThePageIsToldThatItIsTheSame() {
        relay.api().publish("cats", "x");
        Answer answer = relay.api().get(CATS);
        String tag = answer.header("ETag");
        Answer again = relay.api().send("GET", CATS, "", "If-None-Match", "\"other\", W/" + tag);
        assertThat(again.status()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(again.header("ETag")).isEqualTo(tag);
        assertThat(lines(CATS).header("ETag")).isNotEqualTo(tag);
        relay.api().publish("cats", "y");
        assertThat(relay.api().send("GET", CATS, "", "If-None-Match", tag).status())
                .isEqualTo(200);
    }

    @Test
    void headSaysHowLongItIs() {
        relay.api().publish("cats", "x");
        Answer answer = relay.api().send("HEAD", CATS, "");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
        assertThat(answer.header("Content-Length"))
                .isEqualTo(String.valueOf(relay.api().get(CATS).body().length()));
    }

    @Test
    void aTopicThatEndsWithMessagesIsEncoded() {
        relay.api().publish("a/messages", "x");
        relay.api().publish("a", "y");
        assertThat(texts(relay.api().get("/topics/a%2Fmessages/messages"))).containsExactly("x");
        assertThat(texts(relay.api().get("/topics/a/messages"))).containsExactly("y");
        assertThat(relay.api().get("/topics/a%2Fmessages").json().get("held").asInt())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "last=-1|last takes a whole number",
                "last=1e9|last takes a whole number",
                "last=2147483648|last takes a whole number",
                "since=yesterday|since takes a time",
                "since=-1m|since takes a time",
                "since=|since takes a time",
                "after=7|not the id of a message",
                "after=a-1&last=1|exclude each other",
                "last=1&since=all|exclude each other",
                "after=a-1&since=1m|exclude each other",
                "wait=61s|at most 60000ms",
                "wait=soon|wait takes a time",
                "wait=-1s|wait takes a time",
                "limit=0|limit takes",
                "limit=1001|limit takes",
                "user_id=|user",
                "format=json|unknown query parameter \"format\"",
                "limit=1&limit=1|given more than once",
                "token=a&token=b|given more than once",
                "last=%ff|not percent-encoded UTF-8",
            })
    void badInputHasAnAnswerOfItsOwn(String query, String detail) {
        Answer answer = relay.api().get(CATS + "?" + query);
        assertProblem(answer, 400);
        assertThat(answer.detail()).contains(detail);
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/topics/a%ff/messages",
                "/topics/a.**.b/messages",
                "/topics/**./messages",
                "/topics/a%0Ab/messages"
            })
    void aMalformedTopicIs400(String path) {
        assertProblem(relay.api().get(path), 400);
    }

    @Test
    void aCredentialIsFoundInTheHeaderOrTheQueryAndLimitsWhatIsRead() {
        Map<String, String> keys = Map.of("RELAY_API_KEYS", "all,reads:subscribe:cats+dogs,says:publish");
        try (TestRelay guarded = TestRelay.start(keys)) {
            assertThat(guarded.api().get(CATS).status()).isEqualTo(401);
            assertThat(guarded.api().get(CATS + "?token=reads").status()).isEqualTo(200);
            assertThat(guarded.api().sendAs("reads", "GET", CATS).status()).isEqualTo(200);
            assertThat(guarded.api().sendAs("all", "GET", CATS).status()).isEqualTo(200);
            assertThat(guarded.api().sendAs("says", "GET", CATS).status()).isEqualTo(403);
            assertThat(guarded.api().get(CATS + "?token=reads&user_id=1").status())
                    .isEqualTo(200);
            assertProblem(guarded.api().sendAs("reads", "GET", CATS + "?token=reads"), 400);
            Answer other = guarded.api().get("/topics/emus/messages?token=reads");
            assertProblem(other, 403);
            assertThat(other.body()).doesNotContain("reads");
            assertThat(guarded.api().get("/topics/cats?token=reads").status()).isNotEqualTo(200);
        }
    }

    @Test
    void aSocketGoesOnWhereAPageEnded() {
        publish(5);
        String next =
                relay.api().get(CATS + "?limit=3&since=all").json().get("next").asText();
        try (TestSocket socket = TestSocket.open(relay.api().register(1, "cats").url() + "?after=" + next)) {
            assertThat(socket.receive(2)).containsExactly("3", "4");
        }
    }

    private Answer lines(String path) {
        return relay.api().send("GET", path, "", "Accept", "application/x-ndjson");
    }

    private void publish(int count) {
        for (int i = 0; i < count; i++) {
            relay.api().publish("cats", String.valueOf(i));
        }
    }

    private static String read(Answer answer, List<String> into) {
        into.addAll(texts(answer));
        return answer.json().get("next").asText();
    }

    private static List<String> texts(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        List<String> texts = new ArrayList<>();
        for (JsonNode message : answer.json().get("messages")) {
            texts.add(message.get("message").asText());
        }
        return texts;
    }
}
