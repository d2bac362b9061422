package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import relay.TestRelay;
import relay.testing.Api;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** Sockets opened with {@code ?format=json}, and cursors of the client's own. */
class EnvelopesTest {

    @AutoClose
    private static final TestRelay relay = TestRelay.start("--history-messages", "10");

    private static final Api api = relay.api();

    @Test
    void eachMessageComesWithItsIdTopicAndUser() throws Exception {
        try (TestSocket socket = envelopes(7, "envelopes")) {
            String id = id(api.post(
                    "/publish",
                    "{\"topic\":\"envelopes\",\"user_id\":\"7\",\"message\":\"a \\\"quoted\\\"\\n line ü\"}"));
            assertThat(TestJson.withoutTimes(socket.receive()))
                    .isEqualTo(
                            "{\"id\":\"" + id
                                    + "\",\"time\":\"…\",\"topic\":\"envelopes\",\"user_id\":7,\"message\":\"a \\\"quoted\\\"\\n line ü\"}");
            id = id(api.post("/publish", "{\"topic\":\"envelopes\",\"message\":{\"any\":1}}"));
            JsonNode envelope = TestJson.parse(socket.receive());
            assertThat(TestJson.withoutTimes(envelope.toString()))
                    .isEqualTo("{\"id\":\"" + id
                            + "\",\"time\":\"…\",\"topic\":\"envelopes\",\"message\":\"{\\\"any\\\":1}\"}");
        }
    }

    @Test
    void aUserWhoIsNoNumberIsNamedByText() {
        Api.Answer registered = api.post("/register", "{\"user_id\":\"007\",\"topics\":[\"agents\"]}");
        try (TestSocket socket = TestSocket.open(registered.json().get("url").asText() + "?format=json")) {
            api.post("/publish", "{\"topic\":\"agents\",\"user_id\":\"007\",\"message\":\"x\"}");
            assertThat(socket.receive()).contains("\"user_id\":\"007\"");
        }
    }

    @Test
    void commandsAreAnsweredInFrontOfWhatTheyBring() {
        api.publish("answered", "before");
        try (TestSocket socket = envelopes(1, "nothing yet")) {
            socket.send("{\"topics\":[\"answered\",\"other\"],\"last\":1}");
            assertThat(socket.receive()).isEqualTo("{\"ok\":{\"topics\":[\"answered\",\"other\"]}}");
            assertThat(socket.receive()).contains("\"message\":\"before\"");
            socket.send("{\"topics\":[]}");
            assertThat(socket.receive()).isEqualTo("{\"ok\":{\"topics\":[]}}");
        }
    }

    @Test
    void socketsWithoutEnvelopesGetNoAnswersButMayAskForThePast() {
        api.publish("raw past", "one");
        api.publish("raw past", "two");
        try (TestSocket socket = TestSocket.open(api.register(1, "nothing yet").url())) {
            socket.send("{\"topics\":[\"raw past\"],\"last\":1}");
            assertThat(socket.receive()).isEqualTo("two");
            socket.barrier();
            assertThat(socket.received()).isEmpty();
        }
    }

    @Test
    void aClientGoesOnAfterTheIdThatItNames() {
        String first = id(api.post("/publish", "{\"topic\":\"cursor\",\"message\":\"1\"}"));
        api.publish("cursor", "2");
        try (TestSocket socket = TestSocket.open(api.register(1, "cursor").url() + "?format=text&after=" + first)) {
            assertThat(socket.receive()).isEqualTo("2");
            socket.send("{\"topics\":[\"cursor\"],\"after\":\"" + first + "\"}");
            assertThat(socket.receive()).isEqualTo("2");
        }
    }

    @Test
    void aGapCoversExactlyWhatIsNoLongerHeld() {
        String had = id(api.post("/publish", "{\"topic\":\"trimmed\",\"message\":\"0\"}"));
        for (int i = 1; i <= 15; i++) {
            api.publish("trimmed", String.valueOf(i));
        }
        try (TestSocket socket = TestSocket.open(api.register(1, "trimmed").url() + "?format=json&after=" + had)) {
            assertThat(socket.receive())
                    .isEqualTo("{\"gap\":{\"topic\":\"trimmed\",\"after\":\"" + had + "\",\"reason\":\"trimmed\"}}");
            assertThat(socket.receive(10)).first().asString().contains("\"message\":\"6\"");
        }
    }

    @Test
    void cursorsOfAnotherLogAndOfTheFutureGetAGapThatSaysSo() {
        String id = id(api.post("/publish", "{\"topic\":\"strange\",\"message\":\"held\"}"));
        String epoch = id.substring(0, id.lastIndexOf('-'));
        String url = api.register(1, "strange").url();
        try (TestSocket socket = TestSocket.open(url + "?after=0123456789abcdef-5")) {
            assertThat(socket.receive(2))
                    .isEqualTo(List.of(
                            "{\"gap\":{\"topic\":\"strange\",\"after\":\"0123456789abcdef-5\",\"reason\":\"epoch\"}}",
                            "held"));
            socket.send("{\"topics\":[\"strange\"],\"after\":\"" + epoch + "-999999\"}");
            assertThat(socket.receive()).contains("\"after\":\"" + epoch + "-999999\",\"reason\":\"future\"");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'topics':['cats'],'after':'x'} | not the id of a message",
                "{'topics':['cats'],'after':7} | after is not a string",
                "{'topics':['cats'],'last':-1} | last takes a whole number",
                "{'topics':['cats'],'last':'5'} | last takes a whole number",
                "{'topics':['cats'],'last':1,'after':'a-1'} | exclude each other",
                "{'after':'a-1'} | topics is missing",
            })
    void aWrongCommandIsAnsweredAndChangesNothing(String command, String detail) {
        try (TestSocket socket = envelopes(1, "unchanged")) {
            socket.send(command.replace('\'', '"'));
            assertThat(socket.receive()).startsWith("{\"error\":").contains(detail);
            assertThat(api.publish("unchanged", "still here")).isPositive();
            assertThat(socket.receive()).contains("still here");
        }
    }

    private static TestSocket envelopes(int user, String topic) {
        return TestSocket.open(api.register(user, topic).url() + "?format=json");
    }

    private static String id(Api.Answer answer) {
        return answer.json().get("id").asText();
    }
}
