package relay.websocket;

import java.nio.ByteBuffer;
import org.eclipse.jetty.util.BufferUtil;
import relay.client.InputMemory;
import relay.hub.Admission;
import relay.hub.Hub;
import relay.json.Json;
import relay.json.MessageJson;
import relay.outbound.ConnectionTotals;
import relay.outbound.Encoding;
import relay.schedule.Ticker;

/**
 * What all WebSockets share. One object: there may be very many sockets, and each needs only this reference.
 *
 * @param pongs a buffer for each selecting thread to read pongs into
 */
record SocketContext(
        Hub hub,
        Json json,
        Ticker ticker,
        SocketOptions options,
        Admission admission,
        ConnectionTotals totals,
        InputMemory inputs,
        UnfinishedMessages unfinished,
        TokenRenewals renewals,
        ClientPublications publications,
        ThreadLocal<ByteBuffer> pongs,
        Encoding texts,
        Encoding envelopes,
        Encoding deflatedTexts,
        Encoding deflatedEnvelopes) {
    /** The longest pong has 131 bytes: a larger buffer shows whether more follows. */
    private static final int PONG_BUFFER_BYTES = 256;

    static SocketContext of(
            Hub hub,
            Json json,
            Ticker ticker,
            SocketOptions options,
            Admission admission,
            ConnectionTotals totals,
            InputMemory memory,
            TokenRenewals renewals,
            ClientPublications publications) {
        MessageJson messages = new MessageJson(json);
        Encoding texts = new FrameEncoding(messages, false);
        Encoding envelopes = new FrameEncoding(messages, true);
        return new SocketContext(
                hub,
                json,
                ticker,
                options,
                admission,
                totals,
                memory,
                new UnfinishedMessages(ticker, memory, options.frameTimeout()),
                renewals,
                publications,
                ThreadLocal.withInitial(() -> BufferUtil.allocateDirect(PONG_BUFFER_BYTES)),
                texts,
                envelopes,
                new DeflatedEncoding(texts),
                new DeflatedEncoding(envelopes));
    }

    /** The encoding of a connection: one instance for each format. */
    Encoding encoding(boolean inEnvelopes, boolean deflated) {
        if (inEnvelopes) {
            return deflated ? deflatedEnvelopes : envelopes;
        }
        return deflated ? deflatedTexts : texts;
    }

    /** Whether a connection with this encoding sends messages in envelopes. */
    boolean sendsEnvelopes(Encoding encoding) {
        return encoding == envelopes || encoding == deflatedEnvelopes;
    }

    /** The calling thread's buffer for pongs, empty. It is free again when the thread reads from another connection. */
    ByteBuffer pongBuffer() {
        ByteBuffer buffer = pongs.get();
        BufferUtil.clear(buffer);
        return buffer;
    }
}
