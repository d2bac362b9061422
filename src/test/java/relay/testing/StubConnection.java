package relay.testing;

import relay.outbound.CloseReason;
import relay.outbound.Connection;
import relay.outbound.Encoding;

/** A wire of which everything is of no account but what is written: what test connections have in common. */
public abstract class StubConnection implements Connection {
    private final Encoding encoding;

    protected StubConnection(Encoding encoding) {
        this.encoding = encoding;
    }

    @Override
    public final Encoding encoding() {
        return encoding;
    }

    @Override
    public boolean takesAtOnce() {
        return true;
    }

    @Override
    public boolean answersPings() {
        return true;
    }

    @Override
    public void expectPong() {}

    @Override
    public void ping(String payload) {}

    @Override
    public long openedMillis() {
        return 0;
    }

    @Override
    public long lastHeardNanos() {
        return 0;
    }

    @Override
    public void close(CloseReason reason) {}

    @Override
    public void abort(Throwable cause) {}
}
