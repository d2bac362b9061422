package relay;

import org.eclipse.jetty.server.NetworkConnectionLimit;
import relay.http.TimedHttpConnectionFactory;

/**
 * Bounds the sockets there are: further ones wait in the kernel, and connections that wait for their next request make room
 * for them. Jetty's threads run it.
 */
final class SocketLimit extends NetworkConnectionLimit {
    private final TimedHttpConnectionFactory http;

    SocketLimit(int most, LeanConnector connector, TimedHttpConnectionFactory http) {
        super(most, connector);
        this.http = http;
    }

    @Override
    protected void limit() {
        super.limit();
        http.makeRoom(true);
    }

    @Override
    protected void unlimit() {
        http.makeRoom(false);
        super.unlimit();
    }
}
