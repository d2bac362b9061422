package relay.outbound;

import java.nio.ByteBuffer;
import relay.message.AcceptedMessage;
import relay.message.Gap;
import relay.message.Message;

/**
 * The format of messages on a wire. Each format has one shared instance: a worker encodes a message once for all connections
 * with the same instance.
 */
public interface Encoding {
    /**
     * An upper bound, in bytes, of what {@link #encode} appends for this message. It is close, since that much memory is
     * allocated. May read all of the text.
     */
    long maxSize(Message message);

    /** Appends the message to a buffer that has room for {@link #maxSize} bytes. */
    void encode(AcceptedMessage accepted, ByteBuffer target);

    /**
     * Appends a ping that carries a sequence, to be sent behind messages.
     *
     * @return false, with nothing appended, if the wire has no pings or the buffer no room
     */
    boolean ping(long sequence, ByteBuffer target);

    /** The notice that tells a client that it may have missed messages. */
    ByteBuffer encode(Gap gap);
}
