package relay.websocket;

import relay.client.InputMemory;
import relay.hub.Hub;
import relay.json.Json;
import relay.json.MessageJson;
import relay.outbound.ConnectionTotals;
import relay.outbound.Encoding;
import relay.schedule.Ticker;

/** What all sockets share: one object, for there are very many of them, each with a reference to it. */
record SocketContext(
        Hub hub,
        Json json,
        Ticker ticker,
        SocketOptions options,
        SocketOwner owner,
        ConnectionTotals totals,
        InputMemory inputs,
        UnfinishedMessages unfinished,
        PongBuffers pongs,
        Encoding texts,
        Encoding envelopes,
        Encoding deflatedTexts,
        Encoding deflatedEnvelopes) {
    static SocketContext of(
            Hub hub,
            Json json,
            Ticker ticker,
            SocketOptions options,
            SocketOwner owner,
            ConnectionTotals totals,
            InputMemory memory) {
        Encoding texts = new TextEncoding(new MessageJson(json));
        Encoding envelopes = new EnvelopeEncoding(new MessageJson(json));
        return new SocketContext(
                hub,
                json,
                ticker,
                options,
                owner,
                totals,
                memory,
                new UnfinishedMessages(ticker, memory, options.frameTimeout()),
                new PongBuffers(),
                texts,
                envelopes,
                new DeflatedEncoding(texts),
                new DeflatedEncoding(envelopes));
    }

    /** The one instance that stands for a format. */
    Encoding encoding(boolean inEnvelopes, boolean deflated) {
        if (inEnvelopes) {
            return deflated ? deflatedEnvelopes : envelopes;
        }
        return deflated ? deflatedTexts : texts;
    }

    /** Whether a connection's messages go out in envelopes. */
    boolean sendsEnvelopes(Encoding encoding) {
        return encoding == envelopes || encoding == deflatedEnvelopes;
    }
}
