package relay.testing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;
import relay.outbound.Encoding;

/** Each message is a line: a prefix and the text. Every instance is a format of its own. */
public final class LineEncoding implements Encoding {
    private final byte[] prefix;

    public LineEncoding(String prefix) {
        this.prefix = prefix.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public long maxSize(Message message) {
        return (long) prefix.length + message.text().size() + 1;
    }

    @Override
    public void encode(MessageId id, Message message, ByteBuffer target) {
        target.put(prefix);
        message.text().putInto(target);
        target.put((byte) '\n');
    }

    @Override
    public ByteBuffer encode(Gap gap) {
        String line = "gap " + gap.topic() + " " + gap.after().sequence() + " " + gap.reason() + "\n";
        return ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    }
}
