package relay.websocket;

import java.nio.ByteBuffer;
import org.eclipse.jetty.websocket.core.OpCode;
import relay.json.MessageJson;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.Message;
import relay.message.Text;
import relay.outbound.Encoding;

/** Encodes each message as one text frame. Immutable, for any thread. */
final class FrameEncoding implements Encoding {
    private final MessageJson json;
    private final boolean envelopes;

    /** @param envelopes whether a frame contains the message in its JSON envelope; otherwise just its text */
    FrameEncoding(MessageJson json, boolean envelopes) {
        this.json = json;
        this.envelopes = envelopes;
    }

    @Override
    public long maxSize(Message message) {
        long payload = envelopes ? json.maxSize(message) : message.text().size();
        return Frames.LONGEST_HEADER + payload;
    }

    @Override
    public void encode(AcceptedMessage accepted, ByteBuffer target) {
        if (envelopes) {
            MessageJson.Envelope envelope = json.envelope(accepted);
            Frames.putHeader(OpCode.TEXT, Math.toIntExact(envelope.size()), target);
            envelope.putInto(target);
        } else {
            Text text = accepted.message().text();
            Frames.putHeader(OpCode.TEXT, text.size(), target);
            text.putInto(target);
        }
    }

    @Override
    public boolean ping(long sequence, ByteBuffer target) {
        ByteBuffer frame = Frames.ping(Long.toString(sequence));
        boolean hasRoom = frame.remaining() <= target.remaining();
        if (hasRoom) {
            target.put(frame);
        }
        return hasRoom;
    }

    @Override
    public ByteBuffer encode(Gap gap) {
        return Frames.text(json.gap(gap));
    }
}
