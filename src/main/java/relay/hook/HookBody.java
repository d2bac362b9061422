package relay.hook;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import relay.engine.Event;
import relay.engine.Outbox;
import relay.json.Json;
import relay.json.MessageJson;
import relay.json.TimestampText;
import relay.message.Topic;
import relay.message.UserId;

/**
 * Writes events as the backend reads them: {@code {"type":"relay.events","timestamp":"...","data":{"events":[...]}}}. Immutable, for any
 * thread.
 *
 * <p>Its size has a bound: at most {@value Outbox#MOST_IN_BATCH} events, each with at most 100 topics.
 */
record HookBody(Json json) {
    private static final String TYPE = "relay.events";

    private record Body(String type, String timestamp, Data data) {}

    private record Data(List<Line> events) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Line(String id, String type, @Nullable Long dropped, String timestamp, Record data) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record ClientData(
            String id, @JsonProperty("user_id") Object userId) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record MessageData(
            String id,
            @Nullable String topic,
            @Nullable List<String> topics,
            @JsonProperty("user_id") @Nullable Object userId,
            String reason,
            @Nullable Integer queued,
            @Nullable Integer acknowledged) {}

    /**
     * The body of one request.
     *
     * @param dropped how many events were dropped before the first of these, beside those that it knows of itself
     */
    byte[] of(Outbox.Batch batch, long dropped) {
        List<Line> lines = new ArrayList<>();
        Instant newest = Instant.MIN;
        long more = dropped;
        for (Outbox.Entry entry : batch.entries()) {
            lines.add(line(entry, entry.dropped() + more));
            more = 0;
            newest = entry.time().isAfter(newest) ? entry.time() : newest;
        }
        return json.write(new Body(TYPE, text(newest), new Data(lines)));
    }

    private static Line line(Outbox.Entry entry, long dropped) {
        return new Line(
                entry.id(),
                entry.event().type(),
                dropped == 0 ? null : dropped,
                text(entry.time()),
                data(entry.event()));
    }

    private static String text(Instant time) {
        return TimestampText.of(time.toEpochMilli());
    }

    private static Record data(Event event) {
        if (event instanceof Event.Connected connected) {
            return new ClientData(connected.client().toString(), MessageJson.numberOrText(connected.user()));
        }
        if (event instanceof Event.Gone gone) {
            return new ClientData(gone.client().toString(), MessageJson.numberOrText(gone.user()));
        }
        return data((Event.Undelivered) event);
    }

    private static MessageData data(Event.Undelivered event) {
        List<String> topics = event.topics().stream().map(Topic::name).toList();
        boolean one = topics.size() == 1;
        Optional<Event.Confirm> confirm = event.confirm();
        return new MessageData(
                event.message().toString(),
                one ? topics.get(0) : null,
                one ? null : topics,
                event.recipient().map(HookBody::numberOrText).orElse(null),
                confirm.isPresent() ? "confirm" : "ttl",
                confirm.map(Event.Confirm::queued).orElse(null),
                confirm.map(Event.Confirm::acknowledged).orElse(null));
    }

    private static Object numberOrText(UserId user) {
        return MessageJson.numberOrText(user);
    }
}
