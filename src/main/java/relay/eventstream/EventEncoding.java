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
 * any thread. A retained value has no id: a browser goes on after the last id that it has had, and that of such a value is older than
 * where the client already is.
 */
final class EventEncoding implements Encoding {
    /** The rest of an event: field names, the longest id, and the framing. */
    private static final int FRAME_BYTES = 128;

    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);

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
        if (!accepted.retained()) {
            target.put(("id: " + accepted.id() + "\n").getBytes(StandardCharsets.US_ASCII));
        }
        target.put(DATA);
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
