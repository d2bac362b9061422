package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import relay.TestRelay;
import relay.outbound.CloseReason;
import relay.testing.Api;
import relay.testing.Api.Registered;
import relay.testing.ApiDescription;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** {@code GET /asyncapi.json} says what is said on the socket. */
class AsyncApiTest {

    /** What the relay sends as JSON: no frame can be taken for one of another kind. */
    private static final List<String> FRAMES = List.of("envelope", "gap", "ok", "error");

    @AutoClose
    private static final TestRelay relay = TestRelay.start("--history-messages", "1");

    private static final Api api = relay.api();
    private static final ApiDescription described =
            ApiDescription.byAsyncApi(api.get("/asyncapi.json").json());

    @Test
    void itIsAValidDocument() {
        assertThat(described.faults()).isEmpty();
    }

    @Test
    void itSaysWhereTheSocketIs() {
        Registered client = api.register(1);
        JsonNode server = described.at("servers", "relay");
        String address = described.at("channels", "socket", "address").asText().replace("{id}", client.id());
        assertThat(server.get("protocol").asText() + "://" + server.get("host").asText()
                        + server.path("pathname").asText() + address)
                .isEqualTo(client.url());
    }

    @Test
    void itSaysWhereASocketWithoutARegistrationIs() {
        String address = described.at("channels", "oneUrl", "address").asText();
        JsonNode query = described.at("channels", "oneUrl", "bindings", "ws", "query");
        Map<String, String> values = Map.of(
                "topic", "cats", "user_id", "1", "format", "json", "after", "e-1", "last", "1", "since", "1m", "refuse",
                "close");
        query.get("properties").fieldNames().forEachRemaining(name -> {
            if (values.containsKey(name)) {
                String more = name.equals("topic") ? "" : "&" + name + "=" + values.get(name);
                TestSocket.open("ws://127.0.0.1:" + relay.port() + address + "?topic=cats" + more)
                        .close();
            }
        });
        assertThat(query.get("properties")).hasSize(values.size() + 1);
        assertThat(query.at("/properties/token").isMissingNode()).isFalse();
    }

    @Test
    void messagesAreAsItSays() {
        String url = register("{\"user_id\":\"007\",\"topics\":[\"frames\"]}");
        try (TestSocket raw = TestSocket.open(api.register(1, "frames").url());
                TestSocket numbered = TestSocket.open(api.register(1, "frames").url() + "?format=json");
                TestSocket named = TestSocket.open(url + "?format=json")) {
            api.publish("frames", "are \"awesome\"");
            assertIs("text", TestJson.text(raw.receive()));
            assertIs("envelope", numbered.receive());
            assertIs("envelope", named.receive());
            api.publish(1, "frames", "{}");
            assertIs("envelope", numbered.receive());
            api.post("/publish", "{\"topic\":\"frames\",\"message\":{},\"user_id\":\"007\"}");
            assertIs("envelope", named.receive());
        }
    }

    @Test
    void gapsAreAsItSays() {
        String had = api.post("/publish", "{\"topic\":\"gaps\",\"message\":\"1\"}")
                .json()
                .get("id")
                .asText();
        Stream.of("2", "3", "4").forEach(message -> api.publish("gaps", message));
        String epoch = had.replaceFirst("-.*", "");
        for (String after : List.of(had, "another-1", epoch + "-999999")) {
            try (TestSocket socket = TestSocket.open(api.register(1, "gaps").url() + "?format=json&after=" + after)) {
                String gap = socket.receive();
                assertIs("gap", gap);
                assertThat(gap).contains(after);
            }
        }
    }

    @Test
    void mistakesAreAnsweredAsItSays() {
        String url = register("{\"user_id\":1,\"topics\":[],\"allow\":[\"cats\"]}");
        for (String query : List.of("", "?format=json")) {
            try (TestSocket socket = TestSocket.open(url + query)) {
                socket.send("no command");
                assertIs("error", socket.receive());
                socket.send("{\"topics\":[\"dogs\"]}");
                assertIs("error", socket.receive());
                socket.sendBinary(new byte[1]);
                assertIs("error", socket.receive());
            }
            url = register("{\"user_id\":1,\"topics\":[],\"allow\":[\"cats\"]}");
        }
    }

    static final List<String> COMMANDS = List.of(
            "{'topics':[]}",
            "{'topics':['cats','dogs']}",
            "{'topics':['cats'],'last':0}",
            "{'topics':['cats'],'last':2147483647}",
            "{'topics':['cats'],'last':2147483648}",
            "{'topics':['cats'],'last':-1}",
            "{'topics':['cats'],'last':1.5}",
            "{'topics':['cats'],'last':'1'}",
            "{'topics':['cats'],'last':null}",
            "{'topics':['cats'],'after':'an_epoch.1-0'}",
            "{'topics':['cats'],'after':'e-1234567890123456789'}",
            "{'topics':['cats'],'after':'e-1 '}",
            "{'topics':['cats'],'after':'e'}",
            "{'topics':['cats'],'after':7}",
            "{'topics':['cats'],'after':'e-1','last':1}",
            "{'topics':['cats'],'since':'10m'}",
            "{'topics':['cats'],'since':'all'}",
            "{'topics':['cats'],'since':'yesterday'}",
            "{'topics':['cats'],'since':10}",
            "{'topics':['cats'],'since':'10m','last':1}",
            "{'topics':['cats'],'after':'e-1','since':'all'}",
            "{'topics':['cats'],'surprise':1}",
            "{'last':1}",
            "{}",
            "{'topics':'cats'}",
            "{'topics':[1]}",
            "{'topics':['']}",
            "{'topics':['" + "x".repeat(256) + "']}",
            "{'topics':['" + "x".repeat(257) + "']}",
            "{'topics':['\\u0000']}",
            "[]",
            "1",
            "'ping'");

    @ParameterizedTest
    @FieldSource("COMMANDS")
    void aCommandIsTakenExactlyIfItSaysSo(String quoted) {
        String command = quoted.replace('\'', '"');
        List<String> faults = described.faults(payload("command"), TestJson.valueOrText(command));
        try (TestSocket socket = TestSocket.open(api.register(1, "none").url() + "?format=json")) {
            socket.send(command);
            String answer = socket.receive();
            assertIs(faults.isEmpty() ? "ok" : "error", answer);
        }
    }

    static final List<String> PUBLICATIONS = List.of(
            "{'publish':{'topic':'frames','message':'hi'}}",
            "{'publish':{'topic':'frames','message':null}}",
            "{'publish':{'topic':'frames','message':[1],'key':'k'}}",
            "{'publish':{'topic':'frames','message':'hi','key':'" + "k".repeat(255) + "'}}",
            "{'publish':{'topic':'frames','message':'hi','key':'" + "k".repeat(256) + "'}}",
            "{'publish':{'topic':'frames','message':'hi','key':''}}",
            "{'publish':{'topic':'frames','message':'hi','key':7}}",
            "{'publish':{'topic':'frames.*','message':'hi'}}",
            "{'publish':{'topic':'','message':'hi'}}",
            "{'publish':{'topic':'frames'}}",
            "{'publish':{'message':'hi'}}",
            "{'publish':{'topic':'frames','message':'hi','from':1}}",
            "{'publish':{'topic':'frames','message':'hi'},'last':1}",
            "{'publish':'hi'}");

    @ParameterizedTest
    @FieldSource("PUBLICATIONS")
    void aPublicationIsTakenExactlyIfItSaysSo(String quoted) {
        String command = quoted.replace('\'', '"');
        List<String> faults = described.faults(payload("publication"), TestJson.valueOrText(command));
        String url = register("{\"user_id\":1,\"topics\":[\"frames\"],\"publish\":[\"**\"]}");
        try (TestSocket socket = TestSocket.open(url + "?format=json")) {
            socket.send(command);
            if (faults.isEmpty()) {
                assertIs("envelope", socket.receive());
                assertIs("ok", socket.receive());
            } else {
                assertIs("error", socket.receive());
            }
        }
    }

    @Test
    void anotherContentWithTheSameKeyIsAnsweredAsItSays() {
        String url = register("{\"user_id\":1,\"topics\":[],\"publish\":[\"frames\"]}");
        try (TestSocket socket = TestSocket.open(url + "?format=json")) {
            socket.send("{\"publish\":{\"topic\":\"frames\",\"message\":1,\"key\":\"k\"}}");
            assertIs("ok", socket.receive());
            socket.send("{\"publish\":{\"topic\":\"frames\",\"message\":2,\"key\":\"k\"}}");
            assertIs("error", socket.receive());
        }
    }

    @Test
    void itsExamplesOfCommandsAreTaken() {
        try (TestSocket socket = TestSocket.open(api.register(1, "none").url() + "?format=json")) {
            described.at("components", "messages", "command", "examples").forEach(example -> {
                socket.send(example.get("payload").toString());
                assertIs("ok", socket.receive());
                socket.barrier();
                socket.received();
            });
        }
    }

    @Test
    void itsExamplesAreWhatItSays() {
        described
                .at("components", "messages")
                .properties()
                .forEach(message -> message.getValue()
                        .path("examples")
                        .forEach(example -> assertThat(
                                        described.faults(payload(message.getKey()), example.get("payload")))
                                .as(message.getKey())
                                .isEmpty()));
    }

    @Test
    void nothingAnswersASignOfLife() {
        try (TestSocket socket = TestSocket.open(api.register(1, "none").url() + "?format=json")) {
            JsonNode signs = payload("ping").get("enum");
            assertThat(signs).isNotEmpty();
            signs.forEach(sign -> socket.send(sign.asText()));
            socket.barrier();
            assertThat(socket.received()).isEmpty();
        }
    }

    @Test
    void itHasEveryCodeThatTheRelayClosesWith() {
        Map<Integer, String> codes = StreamSupport.stream(
                        described.at("channels", "socket", "x-close-codes").spliterator(), false)
                .collect(Collectors.toMap(
                        code -> code.get("code").asInt(),
                        code -> code.get("meaning").asText()));
        assertThat(Stream.of(CloseReason.values()).map(CloseReason::code))
                .allSatisfy(code -> assertThat(codes).containsKey(code));
        assertThat(codes).containsKeys(1000, 1002, 1007, 1009, 1011);
        assertThat(codes.values()).noneMatch(String::isBlank);
    }

    private static void assertIs(String kind, String frame) {
        JsonNode value = TestJson.valueOrText(frame);
        assertIs(kind, value);
        assertThat(FRAMES)
                .filteredOn(other -> described.faults(payload(other), value).isEmpty())
                .containsExactly(kind);
    }

    private static void assertIs(String kind, JsonNode value) {
        assertThat(described.faults(payload(kind), value)).as(value.toString()).isEmpty();
    }

    private static JsonNode payload(String message) {
        return described.at("channels", "socket", "messages", message, "payload");
    }

    private static String register(String body) {
        return api.post("/register", body).json().get("url").asText();
    }
}
