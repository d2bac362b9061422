package relay.eventstream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import relay.json.MessageJson;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.Message;
import relay.outbound.Encoding;

/**
 * Encodes each message as one event: the event's id is the message's id, its data the text or the envelope. Immutable, for
 * any thread.
 */
final class EventEncoding implements Encoding {
    /** The rest of an event: field names, the longest id, and the framing. */
    private static final int FRAME_BYTES = 128;

    private final Framing framing;
    private final MessageJson json;
    private final boolean envelopes;

    /** @param envelopes whether the data is the message in its JSON envelope, which is one line; otherwise just its text */
    EventEncoding(Framing framing, MessageJson json, boolean envelopes) {
        this.framing = framing;
        this.json = json;
        this.envelopes = envelopes;
    }

    @Override
    public long maxSize(Message message) {
        return FRAME_BYTES + (envelopes ? json.maxSize(message) : Events.sizeOfLines(message.text()));
    }

    @Override
    public void encode(AcceptedMessage accepted, ByteBuffer target) {
        int start = target.position();
        target.put(("id: " + accepted.id() + "\ndata: ").getBytes(StandardCharsets.US_ASCII));
        if (envelopes) {
            json.envelope(accepted).putInto(target);
        } else {
            Events.putLines(accepted.message().text(), target);
        }
        target.put(Events.END);
        framing.frame(target, start);
    }

    @Override
    public boolean ping(long sequence, ByteBuffer target) {
        return false;
    }

    @Override
    public ByteBuffer encode(Gap gap) {
        return framing.of(Events.named("gap", json.gap(gap)));
    }
}
