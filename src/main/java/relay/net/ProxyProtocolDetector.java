package relay.net;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.io.EndPoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jetty's parser, which first looks whether the connection begins with the PROXY protocol (version 1 or 2). The relay does not
 * speak it and refuses what follows: without a line in the log nobody would find out why.
 */
final class ProxyProtocolDetector extends HttpParser {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyProtocolDetector.class);

    private static final byte[] VERSION_1 = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] VERSION_2 = "\r\n\r\n\0\r\nQUIT\n".getBytes(StandardCharsets.US_ASCII);

    private final EndPoint client;
    private boolean begun;

    ProxyProtocolDetector(RequestHandler handler, int maxHeaderBytes, HttpCompliance compliance, EndPoint client) {
        super(handler, maxHeaderBytes, compliance);
        this.client = client;
    }

    @Override
    public boolean parseNext(ByteBuffer buffer) {
        if (!begun && buffer.hasRemaining()) {
            begun = true;
            if (begins(buffer, VERSION_1) || begins(buffer, VERSION_2)) {
                warn();
            }
        }
        return super.parseNext(buffer);
    }

    private void warn() {
        LOG.warn(
                "{} speaks the PROXY protocol, which the relay does not take: let the proxy send X-Forwarded-For"
                        + " instead (HAProxy: no send-proxy, but option forwardfor; nginx: no proxy_protocol to the"
                        + " relay), and name it in --trusted-proxies",
                client.getRemoteSocketAddress());
    }

    private static boolean begins(ByteBuffer buffer, byte[] bytes) {
        if (buffer.remaining() < bytes.length) {
            return false;
        }
        byte[] there = new byte[bytes.length];
        buffer.get(buffer.position(), there);
        return Arrays.equals(there, bytes);
    }
}
