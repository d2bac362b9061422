package relay.eventstream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.BiFunction;
import relay.client.Encoding;
import relay.json.MessageJson;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;

/** Each message is one event: its id is the event's, its text the event's data. */
final class EventEncoding implements Encoding {
    /** What stands around the data: the field names, an id at its longest, and the framing. */
    private static final int FRAME_BYTES = 128;

    /** The most bytes that one byte of a text takes: an end of line, after which the field's name is repeated. */
    private static final int LONGEST_BYTE = "\ndata: ".length();

    private final Framing framing;
    private final MessageJson json;
    private final boolean envelopes;
    private final BiFunction<MessageId, Message, String> data;

    private EventEncoding(
            Framing framing, MessageJson json, boolean envelopes, BiFunction<MessageId, Message, String> data) {
        this.framing = framing;
        this.json = json;
        this.envelopes = envelopes;
        this.data = data;
    }

    /** The data is just the text. */
    static EventEncoding ofTexts(Framing framing, MessageJson json) {
        return new EventEncoding(
                framing, json, false, (id, message) -> message.text().toString());
    }

    /** The data is the text in its envelope. */
    static EventEncoding ofEnvelopes(Framing framing, MessageJson json) {
        return new EventEncoding(
                framing, json, true, (id, message) -> new String(json.envelope(id, message), StandardCharsets.UTF_8));
    }

    @Override
    public int maxSize(Message message) {
        return FRAME_BYTES
                + (envelopes
                        ? json.maxSize(message)
                        : LONGEST_BYTE * message.text().size());
    }

    @Override
    public void encode(MessageId id, Message message, ByteBuffer target) {
        String event = "id: " + id + "\n" + Events.data(data.apply(id, message)) + "\n";
        framing.put(event.getBytes(StandardCharsets.UTF_8), target);
    }

    @Override
    public ByteBuffer encode(Gap gap) {
        return framing.of(Events.named("gap", json.gap(gap)));
    }
}
