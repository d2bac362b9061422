package relay.websocket;

import relay.json.Json;
import relay.json.MessageJson;
import relay.outbound.Encoding;

/** The formats of sockets, for benchmarks of other packages: one instance stands for one format. */
public final class SocketEncodings {
    private static final int JSON_DEPTH = 32;

    private final Encoding texts = new FrameEncoding(new MessageJson(new Json(JSON_DEPTH)), false);
    private final Encoding envelopes = new FrameEncoding(new MessageJson(new Json(JSON_DEPTH)), true);

    /** Just the text of a message. */
    public Encoding texts() {
        return texts;
    }

    /** A message with its id, its time and all that {@code ?format=json} asks for. */
    public Encoding envelopes() {
        return envelopes;
    }
}
