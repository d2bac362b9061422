package relay.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import relay.TestRelay;
import relay.testing.Api.Registered;
import relay.testing.RawSocket;
import relay.testing.RawSocket.Frame;
import relay.testing.TestJson;
import relay.testing.TestSocket;

/**
 * A client that may catch up and reads a tenth of what is published, for {@code -Drelay.slow.seconds=…}: it is never closed, gets all
 * that is still held, and is told exactly what is not. Others get everything meanwhile.
 */
class SlowReaderStressTest {
    private static final long SECONDS = Long.getLong("relay.slow.seconds", 4);
    private static final int HELD = 200;
    private static final int PUBLISHED_FOR_ONE_READ = 10;

    /** So many that the buffers of the operating system hold less than the history. */
    private static final int MESSAGE_CHARACTERS = 50_000;

    /** At least so many, however slow the machine is. */
    private static final int LEAST_MESSAGES = 1000;

    private final Map<Integer, String> ids = new HashMap<>();
    private int last;
    private int lastRead;
    private int gaps;
    private boolean afterGap;

    @Test
    @Timeout(600)
    void aReaderAtATenthOfTheRateIsNeverClosedAndIsToldOfAllThatItMisses() throws IOException {
        try (TestRelay relay = TestRelay.start(
                        "--queue-bytes",
                        "256KiB",
                        "--history-messages",
                        Integer.toString(HELD),
                        "--history-age",
                        "1h");
                TestSocket fast =
                        TestSocket.open(relay.api().register(1, "flood").url())) {
            Registered client = relay.api().registerCatchingUp(2, 60, "flood");
            try (RawSocket slow = RawSocket.connectWithSmallBuffer(relay.port()).upgrade(client.id())) {
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
                while (System.nanoTime() < end || last < LEAST_MESSAGES) {
                    for (int i = 0; i < PUBLISHED_FOR_ONE_READ; i++) {
                        publish(relay);
                        assertThat(fast.receive()).startsWith(last + ":");
                    }
                    readOne(slow);
                }
                while (lastRead < last) {
                    readOne(slow);
                }
            }
        }
        assertThat(gaps).isPositive();
    }

    private void publish(TestRelay relay) {
        last++;
        ids.put(last, relay.api().publishForId("flood", last + ":" + "x".repeat(MESSAGE_CHARACTERS)));
    }

    /** Reads the next message, and a gap before it if there is one. */
    private void readOne(RawSocket socket) throws IOException {
        Optional<Integer> number = Optional.empty();
        while (number.isEmpty()) {
            Frame frame = socket.readFrame();
            if (frame.opCode() == RawSocket.PING) {
                socket.send(RawSocket.frame(0x80 | RawSocket.PONG, frame.text().getBytes(StandardCharsets.UTF_8)));
            } else {
                assertThat(frame.opCode()).isEqualTo(RawSocket.TEXT);
                number = messageOrGap(frame.text());
            }
        }
        assertThat(number.get() > lastRead + 1)
                .as("message %d follows %d", number.get(), lastRead)
                .isEqualTo(afterGap);
        assertThat(number.get()).isGreaterThan(lastRead);
        lastRead = number.get();
        afterGap = false;
    }

    private Optional<Integer> messageOrGap(String text) {
        if (text.startsWith("{")) {
            JsonNode gap = TestJson.parse(text).get("gap");
            assertThat(gap.get("topic").asText()).isEqualTo("flood");
            assertThat(gap.get("after").asText()).isEqualTo(ids.get(lastRead));
            assertThat(gap.get("reason").asText()).isEqualTo("trimmed");
            assertThat(afterGap).as("two gaps after message %d", lastRead).isFalse();
            afterGap = true;
            gaps++;
            return Optional.empty();
        }
        return Optional.of(Integer.parseInt(text.substring(0, text.indexOf(':'))));
    }
}
