package relay.eventstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import relay.TestRelay;
import relay.testing.Api;
import relay.testing.EventStreamReader;
import relay.testing.RawSocket;
import relay.testing.TestCertificate;
import relay.testing.TestJson;
import relay.testing.TestSocket;

class EventStreamTest {

    @AutoClose
    private static final TestRelay relay = TestRelay.start("--history-messages", "10");

    private static final Api api = relay.api();
    private static final String BEGINNING = "e\r\n:\nretry: 1000\n\r\n";

    @Test
    void eachMessageIsAnEventWithItsId() throws IOException {
        try (EventStreamReader events = open(api.register(1, "events").id())) {
            assertThat(events.head())
                    .startsWith("HTTP/1.1 200")
                    .contains(
                            "Content-Type: text/event-stream",
                            "Cache-Control: no-store, no-transform",
                            "X-Accel-Buffering: no");
            String id = publish("events", "hello");
            assertThat(events.next()).isEqualTo("id: " + id + "\ndata: hello\n");
        }
    }

    /** A client that reads chunk by chunk has an event when it comes, and not with the next one. */
    @Test
    void eachEventIsAWholeChunk() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            String head = get(socket, api.register(1, "chunks").id());
            assertThat(head).startsWith("HTTP/1.1 200").contains("Transfer-Encoding: chunked", "Connection: close");
            assertThat(socket.readAll(BEGINNING.length())).matches(BEGINNING.replace("1000", "1\\d{3}"));
            String event = "id: " + publish("chunks", "hello") + "\ndata: hello\n\n";
            String chunk = Integer.toHexString(event.length()) + "\r\n" + event + "\r\n";
            assertThat(socket.readAll(chunk.length())).isEqualTo(chunk);
        }
    }

    @Test
    void theLastChunkEndsAStreamThatIsClosed() throws IOException {
        String id = api.register(1, "deleted").id();
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            get(socket, id);
            api.delete("/register/" + id);
            assertThat(socket.readAllOrFail())
                    .contains("event: close\ndata: {\"code\":4404")
                    .endsWith("\n\n\r\n0\r\n\r\n");
        }
    }

    /** With nothing sent to it meanwhile. */
    @Test
    void aClientThatHangsUpIsGoneAtOnce() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            get(socket, api.register(17, "hangs-up").id());
            assertThat(queued("hangs-up")).isOne();
        }
        await().until(() -> clientsOf(api, 17) == 0);
    }

    @Test
    void overTlsAClientThatHangsUpIsGoneAtOnce(@TempDir Path folder) throws Exception {
        TestCertificate certificate = TestCertificate.make(folder, "own");
        SSLContext trusting = TestCertificate.trusting(certificate);
        try (TestRelay secure = TestRelay.start(certificate.flags())) {
            Api secureApi = new Api(secure.port(), trusting);
            String id = secureApi.register(17, "tls").id();
            try (RawSocket socket = RawSocket.connectByTls(secure.port(), trusting)) {
                assertThat(get(socket, id)).startsWith("HTTP/1.1 200");
                assertThat(queued(secureApi, "tls")).isOne();
            }
            await().until(() -> clientsOf(secureApi, 17) == 0);
        }
    }

    @Test
    void whatAClientSendsAfterItsRequestMeansNothing() throws IOException {
        String id = api.register(1, "chatty").id();
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            socket.send(request(id) + "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
            socket.readHead();
            socket.send("and so on");
            assertThat(queued("chatty")).isOne();
            api.delete("/register/" + id);
            assertThat(socket.readAllOrFail()).contains("data: x").doesNotContain("HTTP/1.1");
        }
    }

    @Test
    void aClientThatSendsWithoutEndIsHungUpOn() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            get(socket, api.register(18, "endless").id());
            socket.send("x".repeat(128 << 10));
            await().until(() -> clientsOf(api, 18) == 0);
        }
    }

    @Test
    void messagesOfManyLinesKeepTheirLines() throws IOException {
        try (EventStreamReader events = open(api.register(1, "lines").id())) {
            String id = publish("lines", "one\\ntwo\\r\\n\\nfour\\n");
            assertThat(events.next()).isEqualTo("id: " + id + "\ndata: one\ndata: two\ndata: \ndata: four\ndata: \n");
        }
    }

    @Test
    void aMessageOfNothingButLineEndsFits() throws IOException {
        try (EventStreamReader events = open(api.register(1, "ends").id())) {
            publish("ends", "\\n".repeat(20_000));
            assertThat(events.next()).hasSizeGreaterThan(7 * 20_000);
        }
    }

    @Test
    void envelopesComeAsTheDataIfAskedFor() throws IOException {
        try (EventStreamReader events = open(api.register(1, "enveloped").id() + "?format=json")) {
            String id = publish("enveloped", "x");
            assertThat(TestJson.withoutTimes(events.next()))
                    .isEqualTo("id: " + id + "\ndata: {\"id\":\"" + id
                            + "\",\"time\":\"…\",\"topic\":\"enveloped\",\"message\":\"x\"}\n");
        }
    }

    @Test
    void aBrowserThatComesBackGoesOnAfterTheLastEventThatItHad() throws IOException {
        String id = api.registerKept(1, 60, "resumed").id();
        String first;
        try (EventStreamReader events = open(id)) {
            first = publish("resumed", "1");
            assertThat(events.next()).contains("data: 1");
        }
        publish("resumed", "2");
        try (EventStreamReader events = EventStreamReader.open(relay.port(), id + "?after=ignored-1", first)) {
            assertThat(events.next()).isEqualTo(":\n");
            assertThat(events.next()).contains("data: 2");
            publish("resumed", "3");
            assertThat(events.next()).contains("data: 3");
        }
    }

    @Test
    void whatIsNoLongerHeldIsAnnounced() throws IOException {
        String had = publish("gone", "0");
        for (int i = 1; i <= 12; i++) {
            publish("gone", String.valueOf(i));
        }
        try (EventStreamReader events = open(api.register(1, "gone").id() + "?after=" + had)) {
            assertThat(events.next())
                    .isEqualTo("event: gap\ndata: {\"gap\":{\"topic\":\"gone\",\"after\":\"" + had
                            + "\",\"reason\":\"trimmed\"}}\n");
            assertThat(events.next()).contains("data: 3");
        }
    }

    @Test
    void aStreamSaysWhyItEnds() throws IOException {
        String id = api.register(1, "deleted").id();
        try (EventStreamReader events = open(id)) {
            api.delete("/register/" + id);
            assertThat(events.next())
                    .isEqualTo("event: close\ndata: {\"code\":4404,\"reason\":\"the registration was deleted\"}\n");
            assertThat(events.atEnd()).isTrue();
        }
        assertThat(api.get("/sse/" + id).status()).isEqualTo(404);
    }

    @Test
    void aStreamAndASocketReplaceEachOther() throws IOException {
        Api.Registered client = api.registerKept(1, 60, "either");
        try (EventStreamReader events = open(client.id())) {
            try (TestSocket socket = TestSocket.open(client.url())) {
                assertThat(events.next()).startsWith("event: close\ndata: {\"code\":4409");
                publish("either", "to the socket");
                assertThat(socket.receive()).isEqualTo("to the socket");
            }
        }
    }

    @Test
    void anIdleStreamIsKeptAliveByComments() throws IOException {
        try (TestRelay restless = TestRelay.start("--ping-interval", "100ms");
                EventStreamReader events = EventStreamReader.open(
                        restless.port(), restless.api().register(1, "idle").id(), "")) {
            assertThat(events.next()).isEqualTo(":\n");
            assertThat(events.next()).isEqualTo(":\n");
            assertThat(events.next()).isEqualTo(":\n");
            assertThat(events.next()).isEqualTo(":\n");
            assertThat(events.next()).isEqualTo(":\n");
        }
    }

    /** There are clients that make an empty message of every empty line. */
    @Test
    void onlyMessagesEndWithAnEmptyLine() throws IOException {
        try (TestRelay restless = TestRelay.start("--ping-interval", "100ms");
                RawSocket socket = RawSocket.connect(restless.port())) {
            String twoComments = "2\r\n:\n\r\n".repeat(2);
            get(socket, restless.api().register(1, "idle").id());
            assertThat(socket.readAll(BEGINNING.length() + twoComments.length()))
                    .endsWith(twoComments);
        }
    }

    @Test
    void aStreamThatIsNotReadEndsAtTheBoundOfItsQueue() throws IOException {
        try (TestRelay small = TestRelay.start("--queue-bytes", "16KiB", "--max-body-bytes", "2MiB")) {
            String id = small.api().register(1, "flood").id();
            try (EventStreamReader events = EventStreamReader.open(small.port(), id, "")) {
                String large = "x".repeat(1 << 20);
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> small.api()
                                        .send("POST", "/publish/flood", large)
                                        .json()
                                        .get("queued")
                                        .asInt()
                                == 0);
                assertThat(events.head()).startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void otherMethodsAndUnknownClientsAndWrongCursorsAreRefused() {
        String id = api.register(1, "refused").id();
        assertThat(api.get("/sse/0123").status()).isEqualTo(404);
        assertThat(api.get("/sse/" + id + "?x=1").status()).isEqualTo(400);
        assertThat(api.get("/sse/" + id + "?after=x").detail()).contains("not the id of a message");
        assertThat(api.get("/sse/" + id + "?format=xml").detail()).contains("json or text");
        assertThat(api.send("GET", "/sse/" + id, "", "Last-Event-ID", "x").status())
                .isEqualTo(400);
        Api.Answer posted = api.post("/sse/" + id, "{}");
        assertThat(posted.status()).isEqualTo(405);
        assertThat(posted.header("Allow")).isEqualTo("GET");
        assertThat(posted.header("Content-Type")).isEqualTo("application/problem+json");
    }

    private static String get(RawSocket socket, String id) throws IOException {
        return socket.send(request(id)).readHead();
    }

    private static String request(String id) {
        return "GET /sse/" + id + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }

    private static int queued(String topic) {
        return queued(api, topic);
    }

    private static int queued(Api to, String topic) {
        return to.send("POST", "/publish/" + topic, "x").json().get("queued").asInt();
    }

    private static int clientsOf(Api of, int user) {
        return of.get("/clients?user_id=" + user).json().get("clients").size();
    }

    private static EventStreamReader open(String idAndQuery) throws IOException {
        EventStreamReader events = EventStreamReader.open(relay.port(), idAndQuery, "");
        assertThat(events.next()).isEqualTo(":\n");
        return events;
    }

    private static String publish(String topic, String jsonText) {
        return api.post("/publish", "{\"topic\":\"" + topic + "\",\"message\":\"" + jsonText + "\"}")
                .json()
                .get("id")
                .asText();
    }
}
