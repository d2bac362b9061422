package relay.net;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.eclipse.jetty.io.EndPoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a proxy that was told to speak the PROXY protocol begins a connection with (version 1 and 2). The relay does not speak
 * it and refuses what follows: without a line in the log nobody would find out why. For any thread.
 */
final class ProxyLine {
    private static final Logger LOG = LoggerFactory.getLogger(ProxyLine.class);

    private static final byte[] TEXT = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BINARY = "\r\n\r\n\0\r\nQUIT\n".getBytes(StandardCharsets.US_ASCII);

    private ProxyLine() {}

    /** Warns if these are the first bytes of such a connection; takes none of them. */
    static void warnOf(ByteBuffer first, EndPoint from) {
        if (begins(first, TEXT) || begins(first, BINARY)) {
            LOG.warn(
                    "{} speaks the PROXY protocol, which the relay does not take: let the proxy send X-Forwarded-For"
                            + " instead (HAProxy: no send-proxy, but option forwardfor; nginx: no proxy_protocol to the"
                            + " relay), and name it in --trusted-proxies",
                    from.getRemoteSocketAddress());
        }
    }

    private static boolean begins(ByteBuffer buffer, byte[] bytes) {
        if (buffer.remaining() < bytes.length || buffer.get(buffer.position()) != bytes[0]) {
            return false;
        }
        byte[] there = new byte[bytes.length];
        buffer.get(buffer.position(), there);
        return Arrays.equals(there, bytes);
    }
}
