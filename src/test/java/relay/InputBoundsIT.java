package relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import relay.testing.RawSocket;
import relay.testing.RelayProcess;
import relay.testing.Scrape;
import relay.testing.TestSocket;

/** What many begin to send and none finishes does not fill the heap, and what comes whole is served meanwhile. */
class InputBoundsIT {
    private static final int SENDERS = 40;

    private final List<RawSocket> senders = new ArrayList<>();
    private RelayProcess relay;

    @BeforeEach
    void start() {
        relay = RelayProcess.startWith(
                List.of("-Xmx64m", "-XX:+UseSerialGC"), "--port", "0", "--max-registrations-per-second", "0");
    }

    @AfterEach
    void stop() {
        relay.close();
    }

    @Test
    void bodiesBeyondTheBoundGet503() throws IOException {
        String most = "x".repeat(1_000_000);
        for (int i = 0; i < SENDERS; i++) {
            connect().send("POST /publish/cats HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n\r\n" + most);
        }
        int refused = 0;
        for (RawSocket sender : senders) {
            if (!sender.isSilentFor(1_000)) {
                String answer = sender.readAll();
                assertThat(answer).startsWith("HTTP/1.1 503").contains("Retry-After: 1", "Connection: close");
                refused++;
            }
        }
        assertThat(refused).isBetween(SENDERS - 4, SENDERS - 1);
        othersAreServed();
        closingAllSendersFreesIt();
        assertThat(relay.api().publish("cats", most)).isZero();
    }

    @Test
    void linesBeyondTheBoundAreRefusedAndThoseAfterThemAreNot() throws IOException {
        String most = "{\"topic\":\"cats\",\"message\":\"" + "x".repeat(1_000_000);
        for (int i = 0; i < SENDERS; i++) {
            connect()
                    .send("POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
                            + "Content-Length: " + (most.length() + 40) + "\r\n\r\n" + most);
        }
        othersAreServed();
        String end = "\"}\n{\"topic\":\"cats\",\"message\":\"small\"}";
        int refused = 0;
        for (RawSocket sender : senders) {
            sender.send(end + " ".repeat(40 - end.length()));
            String answer = sender.readAnswer();
            assertThat(answer).startsWith("HTTP/1.1 200").containsPattern("\"accepted\":[12]");
            refused += answer.contains("\"line\":1,\"detail\":\"what others have sent in part") ? 1 : 0;
        }
        assertThat(refused).isPositive();
        closingAllSendersFreesIt();
    }

    @Test
    void messagesBeyondTheBoundAreClosedWith1013() throws IOException {
        byte[] begun = RawSocket.frame(0x80 | RawSocket.TEXT, new byte[65_000]);
        for (int i = 0; i < 60; i++) {
            RawSocket sender = connect().upgrade(relay.api().register(i).id());
            sender.send(Arrays.copyOf(begun, 20));
        }
        int refused = 0;
        for (RawSocket sender : senders) {
            if (!sender.isSilentFor(100)) {
                assertThat(sender.readUntilClose()).isEqualTo(1013);
                refused++;
            }
        }
        assertThat(refused).isBetween(20, 40);
        othersAreServed();
        closingAllSendersFreesIt();
    }

    private void othersAreServed() {
        try (TestSocket subscriber =
                TestSocket.open(relay.api().register(1, "others").url())) {
            assertThat(relay.api().publish("others", "still served")).isEqualTo(1);
            assertThat(subscriber.receive()).isEqualTo("still served");
        }
    }

    private void closingAllSendersFreesIt() throws IOException {
        for (RawSocket sender : senders) {
            sender.close();
        }
        await().untilAsserted(() ->
                assertThat(Scrape.of(relay.api()).value("relay_input_bytes")).isZero());
        assertThat(relay.out()).doesNotContain("OutOfMemory", "ERROR");
    }

    private RawSocket connect() throws IOException {
        RawSocket sender = RawSocket.connect(relay.port());
        senders.add(sender);
        return sender;
    }
}
