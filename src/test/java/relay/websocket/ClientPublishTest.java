package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;
import relay.TestRelay;
import relay.testing.Api;
import relay.testing.Api.Answer;
import relay.testing.EventStreamReader;
import relay.testing.ManualClock;
import relay.testing.RawSocket;
import relay.testing.Scrape;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/** What clients publish on their sockets: who may, who gets it, and what they are told. */
class ClientPublishTest {
    private static final String HI = "{\"publish\":{\"topic\":\"chat.1\",\"message\":\"hi\"}}";

    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    private static final Api api = relay.api();

    @Test
    void itComesToAllWhoAreSubscribedAndSaysFromWhom() {
        try (TestSocket author = open("{'user_id':7,'topics':[],'publish':['chat.*']}");
                TestSocket texts = TestSocket.open(api.register(1, "chat.1").url());
                TestSocket envelopes = TestSocket.open(api.register(1, "chat.*").url() + "?format=json")) {
            author.send(HI);
            String id = TestJson.parse(author.receive()).at("/ok/id").asText();
            assertThat(texts.receive()).isEqualTo("hi");
            assertThat(TestJson.withoutTimes(envelopes.receive()))
                    .isEqualTo("{\"id\":\"" + id
                            + "\",\"time\":\"…\",\"topic\":\"chat.1\",\"from\":7,\"message\":\"hi\"}");
            author.barrier();
            assertThat(author.received()).isEmpty();
        }
    }

    @Test
    void itComesToItsAuthorTooBeforeTheAnswer() {
        try (TestSocket author = open("{'user_id':7,'topics':['chat.1'],'publish':['chat.*']}")) {
            author.send(HI);
            String own = author.receive();
            assertThat(own).contains("\"from\":7,\"message\":\"hi\"");
            assertThat(TestJson.parse(author.receive()).at("/ok/id"))
                    .isEqualTo(TestJson.parse(own).get("id"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "\"ann\"", "\"\\\"\\n,☃\"", "\"007\"", "\"18446744073709551615\"", "0"})
    void theUserIsWrittenAsUserIdIs(String user) throws IOException {
        String registration = "{'user_id':" + user + ",'topics':['users'],'publish':['users'],'keep':60}";
        Answer registered = register(registration);
        try (TestSocket author = TestSocket.open(registered.json().get("url").asText() + "?format=json")) {
            author.send("{\"publish\":{\"topic\":\"users\",\"message\":\"m\"}}");
            JsonNode own = TestJson.parse(author.receive());
            assertThat(TestJson.parse(author.receive()).at("/ok/id")).isEqualTo(own.get("id"));
            api.post("/publish", "{\"topic\":\"users\",\"message\":\"m\",\"user_id\":" + user + "}");
            assertThat(own.get("from"))
                    .isEqualTo(TestJson.parse(author.receive()).get("user_id"));
            String page = api.get("/topics/users/messages?last=1000").body();
            assertThat(TestJson.parse(page).get("messages")).contains(own);
            try (EventStreamReader events = EventStreamReader.open(
                    relay.port(), api.register(9, "users").id() + "?format=json&last=1", "")) {
                events.next();
                assertThat(events.next()).contains("\"from\":" + own.get("from"));
            }
        }
    }

    @Test
    void whoGetsTextsIsToldNothingWhenAllIsWell() {
        String url = register("{'user_id':7,'topics':[],'publish':['**']}")
                .json()
                .get("url")
                .asText();
        try (TestSocket author = TestSocket.open(url);
                TestSocket reader = TestSocket.open(api.register(1, "silence").url())) {
            for (int i = 0; i < 5; i++) {
                author.send("{\"publish\":{\"topic\":\"silence\",\"message\":" + i + "}}");
            }
            assertThat(reader.receive(5)).containsExactly("0", "1", "2", "3", "4");
            author.barrier();
            assertThat(author.received()).isEmpty();
            author.send("{\"publish\":{\"topic\":\"a.*\",\"message\":1}}");
            assertThat(TestJson.parse(author.receive()).at("/error/code").asText())
                    .isEqualTo("invalid_command");
        }
    }

    @Test
    void whatOneClientSendsComesInItsOrder() {
        try (TestSocket author = open("{'user_id':7,'topics':[],'publish':['order']}");
                TestSocket reader = TestSocket.open(api.register(1, "order").url())) {
            IntStream.range(0, 90)
                    .forEach(i -> author.send("{\"publish\":{\"topic\":\"order\",\"message\":" + i + "}}"));
            assertThat(reader.receive(90))
                    .isEqualTo(IntStream.range(0, 90).mapToObj(String::valueOf).toList());
            List<Long> ids = author.receive(90).stream()
                    .map(ok -> TestJson.parse(ok).at("/ok/id").asText())
                    .map(id -> Long.valueOf(id.substring(id.indexOf('-') + 1)))
                    .toList();
            assertThat(ids).isSorted().doesNotHaveDuplicates();
        }
    }

    @Test
    void aTextIsForwardedAsItIsAndAnythingElseToTheLetter() {
        try (TestSocket author = open("{'user_id':7,'topics':[],'publish':['letters']}");
                TestSocket reader = TestSocket.open(api.register(1, "letters").url())) {
            for (String message : List.of("{ \"a\" : [1, 2.0e1] }", "null", "true", "1.50", "[ ]")) {
                author.send("{\"publish\": {\"message\": " + message + " , \"topic\":\"letters\"}}");
                assertThat(reader.receive()).isEqualTo(message);
            }
            author.send("{\"publish\":{\"topic\":\"letters\",\"message\":\"a \\\"b\\\" ☃\"}}");
            assertThat(reader.receive()).isEqualTo("a \"b\" ☃");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'user_id':7}",
                "{'user_id':7,'publish':[]}",
                "{'user_id':7,'publish':['chat']}",
                "{'user_id':7,'publish':['chat.*.*','chat.2']}",
                "{'user_id':7,'allow':['cats','chat.1']}"
            })
    void whereTheRegistrationDoesNotAllowItNothingIsPublished(String registration) {
        try (TestSocket author = open(registration);
                TestSocket reader = TestSocket.open(api.register(1, "chat.1").url())) {
            author.send(HI);
            assertThat(TestJson.parse(author.receive()).at("/error/code").asText())
                    .isEqualTo("not_allowed");
            api.publish("chat.1", "next");
            assertThat(reader.receive()).isEqualTo("next");
        }
    }

    @Test
    void aClientWithoutARegistrationPublishesNothing() {
        try (TestSocket author = TestSocket.open("ws://127.0.0.1:" + relay.port() + "/ws?topic=chat.1&user_id=7")) {
            author.send(HI);
            assertThat(author.receive()).contains("not_allowed", "POST /register with publish");
            api.publish("chat.1", "next");
            assertThat(author.receive()).isEqualTo("next");
        }
    }

    static final List<String> WRONG = List.of(
            "{'publish':1}",
            "{'publish':null}",
            "{'publish':[]}",
            "{'publish':'chat.1'}",
            "{'publish':{}}",
            "{'publish':{'topic':'chat.1'}}",
            "{'publish':{'message':'hi'}}",
            "{'publish':{'topic':1,'message':'hi'}}",
            "{'publish':{'topic':'','message':'hi'}}",
            "{'publish':{'topic':'chat.*','message':'hi'}}",
            "{'publish':{'topics':['chat.1'],'message':'hi'}}",
            "{'publish':{'topic':'chat.1','message':'hi','from':1}}",
            "{'publish':{'topic':'chat.1','message':'hi','user_id':1}}",
            "{'publish':{'topic':'chat.1','message':'hi','ttl':1}}",
            "{'publish':{'topic':'chat.1','message':'hi','retain':true}}",
            "{'publish':{'topic':'chat.1','message':'hi','key':1}}",
            "{'publish':{'topic':'chat.1','message':'hi','key':null}}",
            "{'publish':{'topic':'chat.1','message':'hi','key':''}}",
            "{'publish':{'topic':'chat.1','message':'hi','key':'" + "k".repeat(256) + "'}}",
            "{'publish':{'topic':'chat.1','message':'hi','key':'\\ud800'}}",
            "{'publish':{'topic':'chat.1','topic':'chat.1','message':'hi'}}",
            "{'publish':{'topic':'chat.1','message':'\\ud800'}}",
            "{'publish':{'topic':'chat.1','message':'hi'},'publish':{'topic':'chat.1','message':'hi'}}",
            "{'publish':{'topic':'chat.1','message':'hi'},'add':['chat.1']}",
            "{'add':['chat.1'],'publish':{'topic':'chat.1','message':'hi'}}",
            "{'publish':{'topic':'chat.1','message':'hi'},'last':1}",
            "{'publish':{'topic':'chat.1','message':'hi'},'token':'t'}",
            "{'publish':{'topic':'chat.1','message':'hi'}} 1",
            "{'publish':{'topic':'chat.1','message':'hi'}");

    @ParameterizedTest
    @FieldSource("WRONG")
    void anythingElseIsAnsweredAndPublishesNothing(String quoted) {
        try (TestSocket author = open("{'user_id':7,'topics':['chat.1'],'publish':['**']}")) {
            author.send(quoted.replace('\'', '"'));
            JsonNode answer = TestJson.parse(author.receive());
            assertThat(answer.at("/error/code").asText()).isEqualTo("invalid_command");
            author.send(HI);
            assertThat(author.receive()).contains("\"message\":\"hi\"");
        }
    }

    @Test
    void aMessageThatIsSentAgainWithItsKeyIsPublishedOnce() {
        String registration = "{'user_id':7,'topics':[],'publish':['**'],'keep':60}";
        String url = register(registration).json().get("url").asText() + "?format=json";
        String keyed = "{\"publish\":{\"topic\":\"keys\",\"message\":\"once\",\"key\":\"k\"}}";
        try (TestSocket reader = TestSocket.open(api.register(1, "keys").url())) {
            String answer;
            try (TestSocket author = TestSocket.open(url)) {
                author.send(keyed);
                answer = author.receive();
                author.send(keyed);
                assertThat(author.receive()).isEqualTo(answer);
            }
            try (TestSocket back = TestSocket.open(url)) {
                back.send("{ \"publish\" : {\"key\":\"k\",\"message\":\"\\u006fnce\",\"topic\":\"keys\"}}");
                assertThat(back.receive()).as("the same content").isEqualTo(answer);
                for (String other : List.of(keyed.replace("once", "twice"), keyed.replace("\"keys\"", "\"keys.b\""))) {
                    back.send(other);
                    assertThat(TestJson.parse(back.receive()).at("/error/code").asText())
                            .isEqualTo("conflict");
                }
                back.send(keyed.replace("\"k\"", "\"" + "k".repeat(255) + "\""));
                assertThat(back.receive()).startsWith("{\"ok\":{\"id\"").isNotEqualTo(answer);
            }
            assertThat(reader.receive(2)).containsExactly("once", "once");
            try (TestSocket another =
                    TestSocket.open(register(registration).json().get("url").asText() + "?format=json")) {
                another.send(keyed);
                assertThat(another.receive()).as("its key is its own").isNotEqualTo(answer);
            }
            assertThat(api.publishWithKey("k", "{\"topic\":\"keys\",\"message\":\"of a backend\"}")
                            .status())
                    .isEqualTo(200);
            assertThat(reader.receive(2)).containsExactly("once", "of a backend");
        }
    }

    @Test
    void keysOfClientsPushOutNoneOfBackends() {
        try (TestRelay few = TestRelay.start("--idempotency-keys", "2")) {
            String body = "{\"topic\":\"a\",\"message\":\"of a backend\"}";
            String first = few.api().publishWithKey("k", body).body();
            String url = few.api()
                    .post("/register", "{\"user_id\":1,\"topics\":[],\"publish\":[\"a\"]}")
                    .json()
                    .get("url")
                    .asText();
            try (TestSocket author = TestSocket.open(url + "?format=json")) {
                for (int i = 0; i < 5; i++) {
                    author.send("{\"publish\":{\"topic\":\"a\",\"message\":1,\"key\":\"" + i + "\"}}");
                    assertThat(author.receive()).contains("\"ok\"");
                }
                author.send("{\"publish\":{\"topic\":\"a\",\"message\":2,\"key\":\"4\"}}");
                assertThat(author.receive()).contains("conflict");
                assertThat(Scrape.of(few.api()).value("relay_idempotency_keys")).isEqualTo(3);
            }
            assertThat(few.api().publishWithKey("k", body).body()).isEqualTo(first);
        }
    }

    @Test
    void nobodyElseSaysFromWhomAMessageIs() {
        Answer answer = api.post("/publish", "{\"topic\":\"chat.1\",\"message\":\"hi\",\"from\":1}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(api.send("POST", "/publish/chat.1?from=1", "hi").status()).isEqualTo(400);
    }

    @Test
    void aMessageLargerThanAFrameMayBeIsRefusedAsAFrame() {
        try (TestSocket author = open("{'user_id':7,'topics':[],'publish':['**']}")) {
            author.send("{\"publish\":{\"topic\":\"large\",\"message\":\"" + "x".repeat(64 << 10) + "\"}}");
            assertThat(author.closeCode()).isEqualTo(1009);
        }
    }

    @Test
    void whatDoesNotFitIntoThePublishQueueIsRefusedAndTheSocketGoesOn() {
        try (TestRelay small = TestRelay.start("--publish-queue-bytes", "300")) {
            String url = small.api()
                    .post("/register", "{\"user_id\":1,\"topics\":[\"a\"],\"publish\":[\"a\"]}")
                    .json()
                    .get("url")
                    .asText();
            try (TestSocket author = TestSocket.open(url)) {
                author.send("{\"publish\":{\"topic\":\"a\",\"key\":\"k\",\"message\":\"" + "x".repeat(200) + "\"}}");
                assertThat(author.receive()).startsWith("{\"error\":{\"code\":\"unavailable\"");
                author.send("{\"publish\":{\"topic\":\"a\",\"key\":\"k\",\"message\":\"x\"}}");
                assertThat(author.receive()).as("the key was free again").isEqualTo("x");
            }
        }
    }

    @Test
    void whoSendsTooFastIsClosedAndNobodyElseIsHarmed() throws IOException {
        try (TestRelay still = TestRelay.start(new ManualClock())) {
            String body = "{\"user_id\":1,\"topics\":[],\"publish\":[\"a\"]}";
            String flooder =
                    still.api().post("/register", body).json().get("id").asText();
            String other = still.api().post("/register", body).json().get("url").asText();
            try (TestSocket author = TestSocket.open(other + "?format=json");
                    TestSocket reader =
                            TestSocket.open(still.api().register(2, "a").url());
                    RawSocket socket = RawSocket.connect(still.port()).upgrade(flooder)) {
                byte[][] frames = new byte[1000][];
                Arrays.setAll(frames, i -> RawSocket.text("{\"publish\":{\"topic\":\"a\",\"message\":" + i + "}}"));
                socket.send(Bytes.joined(frames));
                assertThat(socket.readUntilClose()).isEqualTo(4429);
                assertThat(reader.receive(100))
                        .isEqualTo(IntStream.range(0, 100)
                                .mapToObj(String::valueOf)
                                .toList());
                author.send("{\"publish\":{\"topic\":\"a\",\"message\":\"still here\"}}");
                assertThat(author.receive()).contains("\"ok\"");
                assertThat(reader.receive()).isEqualTo("still here");
            }
        }
    }

    @Test
    void whatClientsPublishIsCounted() {
        double before = Scrape.of(api).value("relay_client_publishes_total");
        try (TestSocket author = open("{'user_id':7,'topics':[],'publish':['chat.*']}")) {
            author.send(HI);
            author.receive();
            author.send("{\"publish\":{\"topic\":\"dogs\",\"message\":\"no\"}}");
            author.receive();
            api.publish("chat.1", "of a backend");
        }
        assertThat(Scrape.of(api).value("relay_client_publishes_total")).isEqualTo(before + 1);
    }

    private static TestSocket open(String registration) {
        return TestSocket.open(register(registration).json().get("url").asText() + "?format=json");
    }

    private static Answer register(String quoted) {
        Answer answer = api.post("/register", quoted.replace('\'', '"'));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer;
    }
}
