package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import relay.TestRelay;
import relay.testing.RawSocket;
import relay.testing.TestSocket;

/** {@code GET /ws?topic=}: a client that nobody has registered. */
class DirectSocketTest {
    @AutoClose
    private static final TestRelay relay = TestRelay.start("--max-registrations-per-user", "2");

    @AutoClose
    private static final TestRelay guarded = TestRelay.start(
            Map.of("RELAY_API_KEYS", "all,reader:subscribe:cats+news.*,publisher:publish"), "--max-topics", "3");

    @Test
    void oneUrlSubscribesToSeveralTopics() {
        try (TestSocket socket = open("topic=one&topic=two")) {
            relay.api().publish("one", "first");
            relay.api().publish("three", "not asked for");
            relay.api().publish("two", "second");
            assertThat(socket.receive(2)).containsExactly("first", "second");
        }
    }

    @Test
    void whoNamesNoUserGetsWhatIsForEverybodyOnly() {
        try (TestSocket nobodys = open("topic=private");
                TestSocket seven = open("topic=private&user_id=7")) {
            relay.api().publish(7, "private", "for seven");
            relay.api().publish("private", "for all");
            assertThat(seven.receive(2)).containsExactly("for seven", "for all");
            assertThat(nobodys.receive()).isEqualTo("for all");
        }
    }

    @ParameterizedTest
    @CsvSource({"last=2, 'b c '", "since=all, 'a b c '", "since=10m, 'a b c '", "last=0, ''"})
    void itBeginsWhereItIsAskedTo(String start, String past) {
        String topic = "past-" + start.replace('=', '-');
        for (String text : List.of("a", "b", "c")) {
            relay.api().publish(topic, text);
        }
        try (TestSocket socket = open("topic=" + topic + "&" + start)) {
            relay.api().publish(topic, "new");
            StringBuilder received = new StringBuilder(socket.receive());
            while (!received.toString().endsWith("new")) {
                received.append(' ').append(socket.receive());
            }
            assertThat(received).hasToString(past + "new");
        }
    }

    @Test
    void itContinuesAfterAnId() {
        String first = relay.api().publishForId("ids", "a");
        relay.api().publish("ids", "b");
        try (TestSocket socket = open("topic=ids&format=json&after=" + first)) {
            assertThat(socket.receive()).contains("\"topic\":\"ids\"", "\"message\":\"b\"");
        }
    }

    @Test
    void itIsGoneWithItsConnection() {
        try (TestSocket socket = open("topic=transient&user_id=gone")) {
            socket.barrier();
            assertThat(clients("gone")).isOne();
        }
        await().until(() -> clients("gone") == 0);
    }

    @Test
    void itsTopicsChangeByCommand() {
        try (TestSocket socket = open("topic=before")) {
            socket.subscribe("after");
            socket.barrier();
            relay.api().publish("before", "no");
            relay.api().publish("after", "yes");
            assertThat(socket.receive()).isEqualTo("yes");
        }
    }

    @Test
    void removingAUsersClientsEndsIt() {
        try (TestSocket socket = open("topic=cats&user_id=removed")) {
            socket.barrier();
            assertThat(relay.api().delete("/clients?user_id=removed").body()).contains("\"removed\":1");
            assertThat(socket.closeCode()).isEqualTo(4404);
        }
    }

    @Test
    void aUsersLimitCountsThemAndNobodysAreNotLimited() throws IOException {
        try (TestSocket first = open("topic=cats&user_id=limited");
                TestSocket second = open("topic=cats&user_id=limited");
                TestSocket nobodys = open("topic=cats");
                TestSocket another = open("topic=cats");
                TestSocket third = open("topic=cats")) {
            first.barrier();
            second.barrier();
            nobodys.barrier();
            another.barrier();
            third.barrier();
            assertThat(handshake(relay, "/ws?topic=cats&user_id=limited", "")).startsWith("HTTP/1.1 429");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/ws | topic is missing",
                "/ws?topic= | topic is empty",
                "/ws?topic=orders.*x.* | part of a segment",
                "/ws?topic=cats&last=-1 | last takes a whole number",
                "/ws?topic=cats&last=1e9 | last takes a whole number",
                "/ws?topic=cats&since=yesterday | since takes a time before now",
                "/ws?topic=cats&since=1m&last=2 | exclude each other",
                "/ws?topic=cats&after=x | not the id of a message",
                "/ws?topic=cats&format=xml | format takes json or text",
                "/ws?topic=cats&user_id= | user_id is empty",
                "/ws?topic=cats&refuse=x | refuse takes close",
                "/ws?topic=cats&keep=1 | unknown query parameter",
                "/ws?topic=cats&last=1&last=2 | more than once",
            })
    void badInputIsToldWhatIsWrong(String path, String detail) throws IOException {
        assertThat(handshake(relay, path, "")).startsWith("HTTP/1.1 400").contains(detail);
    }

    @Test
    void tooManyTopicsAreRefusedAndTheSameTwiceIsOne() throws IOException {
        String many = IntStream.range(0, 4).mapToObj(i -> "topic=t" + i).collect(Collectors.joining("&"));
        assertThat(handshake(guarded, "/ws?" + many, "Authorization: Bearer all\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("too many topics: at most 3");
        String same = "topic=cats&topic=cats&topic=cats&topic=cats";
        assertThat(handshake(guarded, "/ws?" + same, "Authorization: Bearer all\r\n"))
                .startsWith("HTTP/1.1 101");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "topic=cats | - | 401",
                "topic=cats | Authorization: Bearer reader | 101",
                "topic=cats&token=reader | - | 101",
                "topic=cats | Sec-WebSocket-Protocol: bearer, reader | 101",
                "topic=cats | Sec-WebSocket-Protocol: other, bearer, reader | 101",
                "topic=cats | Sec-WebSocket-Protocol: other | 401",
                "topic=cats | Sec-WebSocket-Protocol: bearer | 400",
                "topic=cats&token=reader | Sec-WebSocket-Protocol: bearer, reader | 400",
                "topic=cats&token=reader | Authorization: Bearer reader | 400",
                "topic=cats&token=reader&token=reader | - | 400",
                "topic=cats | Authorization: Bearer publisher | 403",
                "topic=cats&topic=dogs | Authorization: Bearer reader | 403",
                "topic=cats | Authorization: Bearer unknown | 401",
            })
    void aCredentialComesInOneOfThreePlaces(String query, String header, int status) throws IOException {
        String headers = header == null ? "" : header + "\r\n";
        String answer = handshake(guarded, "/ws?" + query, headers);
        assertThat(answer).startsWith("HTTP/1.1 " + status);
        boolean selected = status == 101 && headers.contains("bearer,");
        assertThat(answer.contains("Sec-WebSocket-Protocol: bearer\r\n")).isEqualTo(selected);
        assertThat(answer.contains("WWW-Authenticate: Bearer"))
                .isEqualTo(status == 401 || answer.contains("lacks the right") || status == 400);
    }

    @Test
    void aBrowserThatOffersACredentialWhereNoneIsNeededIsAnsweredToo() throws IOException {
        assertThat(handshake(relay, "/ws?topic=cats", "Sec-WebSocket-Protocol: bearer, any\r\n"))
                .contains("Sec-WebSocket-Protocol: bearer\r\n");
    }

    private static TestSocket open(String query) {
        return TestSocket.open("ws://localhost:" + relay.port() + "/ws?" + query);
    }

    private static int clients(String user) {
        return relay.api()
                .get("/clients?user_id=" + user)
                .json()
                .path("clients")
                .size();
    }

    private static String handshake(TestRelay to, String path, String headers) throws IOException {
        try (RawSocket socket = RawSocket.connect(to.port())) {
            return socket.send(RawSocket.handshakeAt(path, headers)).readAnswer();
        }
    }
}
