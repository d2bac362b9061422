package relay.websocket;

import java.nio.ByteBuffer;
import org.eclipse.jetty.websocket.core.OpCode;
import relay.json.MessageJson;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.outbound.Encoding;

/** Each message is one text frame that holds just the message's text. */
final class TextEncoding implements Encoding {
    private final MessageJson json;

    TextEncoding(MessageJson json) {
        this.json = json;
    }

    @Override
    public long maxSize(Message message) {
        return (long) Frames.LONGEST_HEADER + message.text().size();
    }

    @Override
    public void encode(MessageId id, Message message, ByteBuffer target) {
        Frames.putHeader(OpCode.TEXT, message.text().size(), target);
        message.text().putInto(target);
    }

    @Override
    public ByteBuffer encode(Gap gap) {
        return Frames.text(json.gap(gap));
    }
}
