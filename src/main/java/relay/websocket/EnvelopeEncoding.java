package relay.websocket;

import java.nio.ByteBuffer;
import org.eclipse.jetty.websocket.core.OpCode;
import relay.json.MessageJson;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.outbound.Encoding;

/** Each message is one text frame that holds a JSON object: the text, and what is known of it. */
final class EnvelopeEncoding implements Encoding {
    private final MessageJson json;

    EnvelopeEncoding(MessageJson json) {
        this.json = json;
    }

    @Override
    public long maxSize(Message message) {
        return Frames.LONGEST_HEADER + json.maxSize(message);
    }

    @Override
    public void encode(MessageId id, Message message, ByteBuffer target) {
        MessageJson.Envelope envelope = json.envelope(id, message);
        Frames.putHeader(OpCode.TEXT, Math.toIntExact(envelope.size()), target);
        envelope.putInto(target);
    }

    @Override
    public ByteBuffer encode(Gap gap) {
        return Frames.text(json.gap(gap));
    }
}
