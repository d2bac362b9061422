package relay.outbound;

import java.nio.ByteBuffer;
import relay.message.Gap;
import relay.message.Message;
import relay.message.MessageId;

/**
 * How a message looks on a wire. One shared instance stands for one format: a worker encodes a message once for all the
 * connections that name the same instance.
 */
public interface Encoding {
    /**
     * An upper bound, in bytes, of what {@link #encode} appends for this message: not far above it, for memory is taken by
     * it. May look at all of the text.
     */
    long maxSize(Message message);

    /** Appends the message to a buffer that has room for {@link #maxSize} bytes. */
    void encode(MessageId id, Message message, ByteBuffer target);

    /** What tells a client that it may have missed something. */
    ByteBuffer encode(Gap gap);
}
