package relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import relay.testing.Api.Registered;
import relay.testing.RawSocket;
import relay.testing.Scrape;
import relay.testing.TestSocket;

/** Clients that do not read, within the bound of each queue but together beyond that of all: nobody else notices. */
class QueuesBoundTest {
    private static final int BOUND = 1 << 20;
    private static final int MOST_MESSAGES = 2000;

    @AutoClose
    private final TestRelay relay = TestRelay.start("--queues-bytes", "1MiB", "--queue-bytes", "64MiB");

    @ParameterizedTest
    @ValueSource(ints = {20_000, 100_000})
    void theFullestSocketsAreClosedWith4408AndGetNoPartOfAMessage(int size) throws IOException {
        Registered kept = relay.api().registerKept(1, 60, "flood");
        try (TestSocket reader = connected(2);
                RawSocket first = RawSocket.connectWithSmallBuffer(relay.port()).upgrade(kept.id());
                RawSocket second = RawSocket.connectWithSmallBuffer(relay.port())
                        .upgrade(relay.api().register(3, "flood").id())) {
            int published = publishUntilNobodyElseIsHandedAny(reader, size);
            assertGetsWholeMessagesAndThenTheClose(first, size);
            assertGetsWholeMessagesAndThenTheClose(second, size);
            try (TestSocket again = TestSocket.open(kept.url())) {
                assertThat(number(again.receive())).isLessThan(published);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {20_000, 100_000})
    void theFullestEventStreamsSayWhyTheyEndAfterTheLastWholeMessage(int size) throws IOException {
        try (TestSocket reader = connected(1);
                RawSocket slow = RawSocket.connectWithSmallBuffer(relay.port())) {
            slow.send("GET /sse/" + relay.api().register(2, "flood").id() + " HTTP/1.0\r\nHost: localhost\r\n\r\n");
            slow.readHead();
            publishUntilNobodyElseIsHandedAny(reader, size);
            List<String> events = List.of(slow.readAll().split("\n\n"));
            int last = events.size() - 1;
            assertThat(events.get(last)).startsWith("event: close\ndata: {\"code\":4408,");
            for (int i = 0; i < last; i++) {
                String data = events.get(i).substring(events.get(i).indexOf("data: ") + "data: ".length());
                assertThat(data.equals(message(i, size))).isTrue();
            }
        }
    }

    private static void assertGetsWholeMessagesAndThenTheClose(RawSocket socket, int size) throws IOException {
        RawSocket.Frame frame = socket.readFrame();
        for (int i = 0; frame.opCode() != RawSocket.CLOSE; frame = socket.readFrame()) {
            if (frame.opCode() == RawSocket.TEXT) {
                assertThat(frame.text().equals(message(i++, size))).isTrue();
            }
        }
        assertThat(frame.closeCode()).isEqualTo(4408);
    }

    /** One reads, and gets all of it. */
    private int publishUntilNobodyElseIsHandedAny(TestSocket reader, int size) {
        int queued = MOST_MESSAGES;
        int published = 0;
        while (queued > 1 && published < MOST_MESSAGES) {
            queued = relay.api().publish("flood", message(published, size));
            assertThat(reader.receive().equals(message(published, size))).isTrue();
            published++;
        }
        assertThat(queued).isEqualTo(1);
        Scrape scrape = Scrape.of(relay.api());
        assertThat(scrape.value("relay_queue_memory_bytes")).isBetween(0.0, (double) BOUND);
        return published;
    }

    private TestSocket connected(int user) {
        return TestSocket.open(relay.api().register(user, "flood").url());
    }

    private static int number(String message) {
        return Integer.parseInt(message.substring(0, message.indexOf(':')));
    }

    private static String message(int number, int size) {
        return number + ":" + "x".repeat(size);
    }
}
