package relay.net;

import org.eclipse.jetty.server.NetworkConnectionLimit;

/**
 * Bounds the sockets there are: further ones wait in the kernel, and connections that wait for their next request make room
 * for them. Jetty's threads run it.
 */
public final class SocketLimit extends NetworkConnectionLimit {
    private final TimedHttpConnectionFactory http;

    public SocketLimit(int most, LeanConnector connector, TimedHttpConnectionFactory http) {
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
