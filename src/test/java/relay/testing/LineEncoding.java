package relay.testing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.Message;
import relay.outbound.Encoding;

/** Each message is a line: a prefix and the text. Every instance is a format of its own. */
public final class LineEncoding implements Encoding {
    private final byte[] prefix;
    private final boolean pings;

    public LineEncoding(String prefix) {
        this(prefix, false);
    }

    private LineEncoding(String prefix, boolean pings) {
        this.prefix = prefix.getBytes(StandardCharsets.UTF_8);
        this.pings = pings;
    }

    /** One in which a ping behind messages is a line too. */
    public static LineEncoding withPings() {
        return new LineEncoding("", true);
    }

    @Override
    public long maxSize(Message message) {
        return (long) prefix.length + message.text().size() + 1;
    }

    @Override
    public void encode(AcceptedMessage accepted, ByteBuffer target) {
        target.put(prefix);
        accepted.message().text().putInto(target);
        target.put((byte) '\n');
    }

    @Override
    public boolean ping(long sequence, ByteBuffer target) {
        byte[] line = ("ping " + sequence + "\n").getBytes(StandardCharsets.UTF_8);
        boolean fits = pings && line.length <= target.remaining();
        if (fits) {
            target.put(line);
        }
        return fits;
    }

    @Override
    public ByteBuffer encode(Gap gap) {
        String line = "gap " + gap.topic() + " " + gap.after().sequence() + " " + gap.reason() + "\n";
        return ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    }
}
