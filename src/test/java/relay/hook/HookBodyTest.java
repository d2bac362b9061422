package relay.hook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import relay.engine.Event;
import relay.engine.Outbox.Batch;
import relay.engine.Outbox.Entry;
import relay.json.Json;
import relay.message.ClientId;
import relay.message.MessageId;
import relay.message.Topic;
import relay.message.UserId;

class HookBodyTest {
    private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");
    private static final ClientId CLIENT =
            ClientId.parse("625ac78b88e047a1bc7b3f8459702078").orElseThrow();
    private static final MessageId MESSAGE = new MessageId("8d2b1f0c9a7e6453", 42);

    @Test
    void eventsAreWrittenToTheLetter() {
        List<Entry> entries = List.of(
                new Entry("e1", NOON, new Event.Connected(CLIENT, new UserId("1")), 0),
                new Entry("e2", NOON.plusMillis(7), new Event.Gone(CLIENT, new UserId("al\"ice")), 3),
                new Entry(
                        "e3",
                        NOON.plusSeconds(1),
                        new Event.Undelivered(
                                MESSAGE,
                                List.of(new Topic("a")),
                                Optional.of(new UserId("18446744073709551615")),
                                Optional.of(new Event.Confirm(3, 2))),
                        0),
                new Entry(
                        "e4",
                        NOON,
                        new Event.Undelivered(
                                MESSAGE, List.of(new Topic("a"), new Topic("b")), Optional.empty(), Optional.empty()),
                        0));
        assertThat(new String(new HookBody(new Json(32)).of(new Batch("b", entries), 0), UTF_8))
                .isEqualTo(
                        "{\"type\":\"relay.events\",\"timestamp\":\"2026-11-26T12:00:01.000Z\",\"data\":{\"events\":["
                                + "{\"id\":\"e1\",\"type\":\"client.connected\",\"timestamp\":\"2026-11-26T12:00:00.000Z\","
                                + "\"data\":{\"id\":\"625ac78b\",\"user_id\":1}},"
                                + "{\"id\":\"e2\",\"type\":\"client.gone\",\"dropped\":3,\"timestamp\":\"2026-11-26T12:00:00.007Z\","
                                + "\"data\":{\"id\":\"625ac78b\",\"user_id\":\"al\\\"ice\"}},"
                                + "{\"id\":\"e3\",\"type\":\"message.undelivered\",\"timestamp\":\"2026-11-26T12:00:01.000Z\","
                                + "\"data\":{\"id\":\"8d2b1f0c9a7e6453-42\",\"topic\":\"a\",\"user_id\":\"18446744073709551615\","
                                + "\"reason\":\"confirm\",\"queued\":3,\"acknowledged\":2}},"
                                + "{\"id\":\"e4\",\"type\":\"message.undelivered\",\"timestamp\":\"2026-11-26T12:00:00.000Z\","
                                + "\"data\":{\"id\":\"8d2b1f0c9a7e6453-42\",\"topics\":[\"a\",\"b\"],\"reason\":\"ttl\"}}]}}");
    }
}
