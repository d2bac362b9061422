package relay.eventstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import relay.TestRelay;
import relay.testing.RawSocket;

/** {@code GET /sse?topic=}: a client that nobody has registered. */
class DirectStreamTest {
    @AutoClose
    private static final TestRelay relay = TestRelay.start();

    @AutoClose
    private static final TestRelay guarded =
            TestRelay.start(Map.of("RELAY_API_KEYS", "all,reader:subscribe:cats,publisher:publish"));

    @Test
    void oneUrlSubscribesAndIsGoneWithItsConnection() throws IOException {
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            assertThat(get(socket, "/sse?topic=one&topic=two&user_id=5", "")).startsWith("HTTP/1.1 200");
            relay.api().publish("one", "first");
            relay.api().publish(5, "two", "second");
            readUntil(socket, "data: first\n");
            readUntil(socket, "data: second\n");
            assertThat(clients()).isOne();
        }
        await().until(() -> clients() == 0);
    }

    /** Its URL says how to begin, and is the same each time. */
    @ParameterizedTest
    @CsvSource({"last=10", "since=all", "after=e-1"})
    void anEventSourceThatReconnectsContinuesAfterTheLastEvent(String begin) throws IOException {
        String topic = "resumed-" + begin.replace('=', '-');
        relay.api().publish(topic, "a");
        String had = relay.api().publishForId(topic, "b");
        relay.api().publish(topic, "c");
        try (RawSocket socket = RawSocket.connect(relay.port())) {
            get(socket, "/sse?topic=" + topic + "&" + begin, "Last-Event-ID: " + had + "\r\n");
            assertThat(readUntil(socket, "data: c\n")).doesNotContain("data: a", "data: b", "gap");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/sse | 400 | topic is missing",
                "/sse?topic= | 400 | topic is empty",
                "/sse?topic=a.**.b | 400 | has ** before its end",
                "/sse?topic=cats&last=-1 | 400 | last takes",
                "/sse?topic=cats&since=yesterday | 400 | since takes",
                "/sse?topic=cats&since=1m&after=a-1 | 400 | exclude each other",
                "/sse?topic=cats&refuse=close | 400 | unknown query parameter",
            })
    void badInputIsToldWhatIsWrong(String path, int status, String detail) {
        assertThat(relay.api().get(path).status()).isEqualTo(status);
        assertThat(relay.api().get(path).detail()).contains(detail);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "topic=cats | - | 401",
                "topic=cats | Authorization: Bearer reader | 200",
                "topic=cats&token=reader | - | 200",
                "topic=dogs&token=reader | - | 403",
                "topic=cats&token=publisher | - | 403",
                "topic=cats&token=reader | Authorization: Bearer reader | 400",
            })
    void aCredentialIsAHeaderOrAParameter(String query, String header, int status) throws IOException {
        try (RawSocket socket = RawSocket.connect(guarded.port())) {
            assertThat(get(socket, "/sse?" + query, header == null ? "" : header + "\r\n"))
                    .startsWith("HTTP/1.1 " + status);
        }
    }

    private static String readUntil(RawSocket socket, String end) throws IOException {
        StringBuilder all = new StringBuilder();
        while (all.indexOf(end) < 0) {
            all.append(socket.readAll(1));
        }
        return all.toString();
    }

    private static int clients() {
        return relay.api().get("/clients?user_id=5").json().path("clients").size();
    }

    private static String get(RawSocket socket, String path, String headers) throws IOException {
        return socket.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n")
                .readHead();
    }
}
