package relay.websocket;

import java.nio.ByteBuffer;
import org.eclipse.jetty.websocket.core.OpCode;
import relay.client.Encoding;
import relay.message.Message;
import relay.message.MessageId;

/** Each message is one text frame that holds just the message's text. */
enum TextEncoding implements Encoding {
    INSTANCE;

    @Override
    public int maxSize(Message message) {
        return Frames.LONGEST_HEADER + message.text().size();
    }

    @Override
    public void encode(MessageId id, Message message, ByteBuffer target) {
        Frames.putHeader(OpCode.TEXT, message.text().size(), target);
        message.text().putInto(target);
    }
}
