package relay.eventstream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import relay.json.MessageJson;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.outbound.Encoding;

/** Each message is one event: its id is the event's, its text the event's data. */
final class EventEncoding implements Encoding {
    /** What stands around the data: the field names, an id at its longest, and the framing. */
    private static final int FRAME_BYTES = 128;

    private final Framing framing;
    private final MessageJson json;
    private final boolean envelopes;

    private EventEncoding(Framing framing, MessageJson json, boolean envelopes) {
        this.framing = framing;
        this.json = json;
        this.envelopes = envelopes;
    }

    /** The data is just the text. */
    static EventEncoding ofTexts(Framing framing, MessageJson json) {
        return new EventEncoding(framing, json, false);
    }

    /** The data is the text in its envelope, which is one line. */
    static EventEncoding ofEnvelopes(Framing framing, MessageJson json) {
        return new EventEncoding(framing, json, true);
    }

    @Override
    public long maxSize(Message message) {
        return FRAME_BYTES + (envelopes ? json.maxSize(message) : Events.sizeOfLines(message.text()));
    }

    @Override
    public void encode(MessageId id, Message message, ByteBuffer target) {
        int start = target.position();
        target.put(("id: " + id + "\ndata: ").getBytes(StandardCharsets.US_ASCII));
        if (envelopes) {
            json.envelope(id, message).putInto(target);
        } else {
            Events.putLines(message.text(), target);
        }
        target.put(Events.END);
        framing.frame(target, start);
    }

    @Override
    public ByteBuffer encode(Gap gap) {
        return framing.of(Events.named("gap", json.gap(gap)));
    }
}
